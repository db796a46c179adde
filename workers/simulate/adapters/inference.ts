// The engine over gRPC, in a sidecar or behind a Service.
import { connect, type Target } from '#proto/connect.ts';
import type { SimulateResponse__Output } from '#proto/gen/twinward/v1/SimulateResponse.ts';
import type { TrajectoryGeneratorDefinition } from '#proto/gen/twinward/v1/TrajectoryGenerator.ts';
import type { Engine, EnginePart } from '../ports.ts';

// An engine ends a stream shortly before its deadline and says what is missing.
const CALL_MS = 60_000;
const DESCRIBE_MS = 5_000;

/** Connects to an engine; close it at shutdown. */
export function connectEngine(target: Target): Engine & { readonly close: () => void } {
  const client = connect<TrajectoryGeneratorDefinition>('twinward.v1.TrajectoryGenerator', target);
  return {
    simulate: async function* (request, signal): AsyncGenerator<EnginePart> {
      const stream = client.serverStream('Simulate', request, CALL_MS);
      const cancel = (): void => stream.cancel();
      signal.addEventListener('abort', cancel, { once: true });
      try {
        if (signal.aborted) cancel();
        for await (const message of stream) yield* partsOf(message);
      } finally {
        signal.removeEventListener('abort', cancel);
        cancel();
      }
    },
    isServing: () =>
      client.call('Describe', { model: '' }, DESCRIBE_MS).then(
        () => true,
        () => false,
      ),
    close: () => client.close(),
  };
}

function partsOf({ header, leaf }: SimulateResponse__Output): readonly EnginePart[] {
  if (header) return [{ kind: 'header', header }];
  return leaf ? [{ kind: 'leaf', leaf }] : [];
}
