// The adapter to inference: one client per target, leaves collected, what a drain left out asked again.

import { status } from '@grpc/grpc-js';
import { connect, type ServiceClient } from '#proto/connect.ts';
import type { DescribeResponse__Output } from '#proto/gen/twinward/v1/DescribeResponse.ts';
import type { SampleRange } from '#proto/gen/twinward/v1/SampleRange.ts';
import type { SimulateRequest } from '#proto/gen/twinward/v1/SimulateRequest.ts';
import type { SimulateResponse__Output } from '#proto/gen/twinward/v1/SimulateResponse.ts';
import type { TrajectoryGeneratorDefinition } from '#proto/gen/twinward/v1/TrajectoryGenerator.ts';
import { isRetryable, isServiceError } from '#proto/status.ts';
import { type Clock, sleep } from '#runtime/clock.ts';
import { CodedError } from '#runtime/errors.ts';
import type { Rollout, Trajectories } from '../ports.ts';
import { type EngineProof, engineTarget } from './engine-target.ts';

type Client = ServiceClient<TrajectoryGeneratorDefinition>;

const describeMs = 10_000;
const explainMs = 30_000;
const simulateMs = 120_000;
const attempts = 4;
const pauseMs = 500;

/** Clients of trajectory generators; a description is believed for 30 s. `proof` is shown where TLS is spoken. */
export function grpcTrajectories(clock: Clock, proof?: EngineProof): Trajectories {
  const clients = new Map<string, Client>();
  const described = new Map<string, { readonly value: DescribeResponse__Output; readonly until: number }>();
  const clientOf = (target: string): Client => {
    const known =
      clients.get(target) ??
      connect<TrajectoryGeneratorDefinition>('twinward.v1.TrajectoryGenerator', engineTarget(target, proof));
    clients.set(target, known);
    return known;
  };
  return {
    describe: async (target) => {
      const known = described.get(target);
      if (known !== undefined && known.until > clock.monotonic()) return known.value;
      const value = await clientOf(target).call('Describe', { model: '' }, describeMs);
      described.set(target, { value, until: clock.monotonic() + 30_000 });
      return value;
    },
    simulate: (target, request, signal) => simulate(clientOf(target), clock, request, signal),
    explain: (target, request) =>
      clientOf(target)
        .call('Explain', request, explainMs)
        .catch((error: unknown) => {
          if (isServiceError(error) && error.code === status.UNIMPLEMENTED) return undefined;
          throw error;
        }),
    close: () => {
      for (const client of clients.values()) client.close();
    },
  };
}

async function simulate(
  client: Client,
  clock: Clock,
  request: SimulateRequest,
  signal?: AbortSignal,
): Promise<Rollout> {
  let ranges: readonly SampleRange[] = request.ranges ?? [];
  let header: Rollout['header'] | undefined;
  const leaves: Rollout['leaves'][number][] = [];
  for (let attempt = 1; ranges.length > 0; attempt += 1) {
    const part = await once(client, { ...request, ranges: [...ranges] }, signal).catch((error: unknown) => {
      if (attempt < attempts && isRetryable(error) && signal?.aborted !== true) return undefined;
      throw error;
    });
    if (part !== undefined) {
      requireSameRequest(header, part.header);
      header = part.header;
      leaves.push(...part.leaves);
      ranges = part.unfinished;
    }
    if (ranges.length > 0 && attempt >= attempts)
      throw new CodedError('RUN_UNFINISHED', 'the model did not finish all samples');
    if (ranges.length > 0) await sleep(clock, pauseMs * attempt, signal);
  }
  if (header === undefined) throw new CodedError('RUN_UNFINISHED', 'the model answered nothing');
  return { header, leaves };
}

function requireSameRequest(before: Rollout['header'] | undefined, now: Rollout['header']): void {
  if (before === undefined) return;
  if (!before.requestDigest.equals(now.requestDigest) || before.engine !== now.engine) {
    throw new CodedError(
      'ENGINE_MISMATCH',
      'parts of one run came from different engines; they must not be merged',
    );
  }
}

interface Part extends Rollout {
  readonly unfinished: readonly SampleRange[];
}

function once(client: Client, request: SimulateRequest, signal?: AbortSignal): Promise<Part> {
  return new Promise((resolve, reject) => {
    const stream = client.serverStream('Simulate', request, simulateMs);
    const cancel = (): void => stream.cancel();
    signal?.addEventListener('abort', cancel, { once: true });
    const parts: SimulateResponse__Output[] = [];
    stream.on('data', (message: SimulateResponse__Output) => parts.push(message));
    stream.on('error', (error) => {
      signal?.removeEventListener('abort', cancel);
      reject(error);
    });
    stream.on('end', () => {
      signal?.removeEventListener('abort', cancel);
      const header = parts.find((part) => part.header)?.header;
      const done = parts.find((part) => part.done)?.done;
      if (!header || !done) {
        reject(new CodedError('RUN_UNFINISHED', 'the stream of the model ended early'));
        return;
      }
      resolve({ header, leaves: parts.flatMap((part) => part.leaf ?? []), unfinished: done.unfinished });
    });
  });
}
