// Composition root of the simulate worker. Exit codes: 0 the run is finished; 78 it cannot be; 143 stopped before the
// run was finished, so that the index of the Job is not taken for done; 1 anything else, retried by Kubernetes.
import { systemClock } from '#runtime/clock.ts';
import { TerminalError } from '#runtime/errors.ts';
import { guardLastWords } from '#runtime/last-words.ts';
import { createLog } from '#runtime/log.ts';
import { createShutdown, EXIT_TERMINAL, writeTerminationMessage } from '#runtime/shutdown.ts';
import { readSimulateConfig } from './config.ts';
import { runSimulate } from './process.ts';

const EXIT_STOPPED = 143;
const log = createLog({ name: 'simulate' });
guardLastWords(log);
const shutdown = createShutdown({ log, clock: systemClock() });

function exitCodeOf(error: unknown): number {
  if (shutdown.signal.aborted) return EXIT_STOPPED;
  if (!(error instanceof TerminalError)) return 1;
  writeTerminationMessage(error.code, error.message);
  return EXIT_TERMINAL;
}

async function run(): Promise<number> {
  try {
    const config = readSimulateConfig();
    const { simulation, runKey, logLevel: level } = config;
    const runLog = createLog({ name: 'simulate', level }).with({ simulation, runKey });
    const end = await runSimulate(config, runLog, shutdown);
    runLog.info('work ended', { result: end });
    return end === 'finished' ? 0 : EXIT_STOPPED;
  } catch (error) {
    const code = exitCodeOf(error);
    if (code !== EXIT_STOPPED) log.error('the worker failed', { error });
    return code;
  }
}

const code = await run();
await shutdown.begin('done');
process.exit(code);
