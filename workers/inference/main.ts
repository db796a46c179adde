// Composition root of the inference worker: serves one verified bundle over gRPC. Exit codes: 0 drained, 78 a bundle
// or configuration that a retry cannot mend, 1 anything else.
import { systemClock } from '#runtime/clock.ts';
import { CodedError, TerminalError } from '#runtime/errors.ts';
import { guardLastWords } from '#runtime/last-words.ts';
import { createLog } from '#runtime/log.ts';
import { createShutdown, EXIT_TERMINAL, writeTerminationMessage } from '#runtime/shutdown.ts';
import { readInferenceConfig } from './config.ts';
import { startInference } from './process.ts';

const log = createLog({ name: 'inference' });
guardLastWords(log);
const shutdown = createShutdown({ log, clock: systemClock() });

function exitCodeOf(error: unknown): number {
  if (error instanceof CodedError) writeTerminationMessage(error.code, error.message);
  return error instanceof TerminalError ? EXIT_TERMINAL : 1;
}

async function run(): Promise<number> {
  try {
    const config = readInferenceConfig();
    const started = await startInference(
      config,
      createLog({ name: 'inference', level: config.logLevel }),
      shutdown,
    );
    await started.serving;
    return (await shutdown.ended) ? 0 : 1;
  } catch (error) {
    log.error('the bundle is not served', { error });
    const code = exitCodeOf(error);
    await shutdown.begin('failure');
    return code;
  }
}

process.exit(await run());
