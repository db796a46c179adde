import { writeFileSync } from 'node:fs';
import { type Clock, sleep } from './clock.ts';
import { type Duration, seconds } from './duration.ts';
import type { Log } from './log.ts';
import { mountedPath } from './mounted-path.ts';

/** The end of a process in order: what was registered last is stopped first. */
export interface Shutdown {
  /** Aborted as soon as the shutdown begins: loops end by it. */
  readonly signal: AbortSignal;
  /** Registers a step; steps run one after another, last registered first. */
  onShutdown(name: string, stop: () => Promise<void> | void): void;
  /** Begins the shutdown (once); resolves when all steps have ended or the grace period has passed. */
  begin(reason: string): Promise<void>;
  /** Resolves when the shutdown has ended; the value says whether every step ended well and in time. */
  readonly ended: Promise<boolean>;
}

/** What a shutdown needs. */
export interface ShutdownOptions {
  readonly log: Log;
  readonly clock: Clock;
  /** How long all steps together may take; default 25 s (Kubernetes kills after 30 s). */
  readonly grace?: Duration;
  /** Where signals come from; default `process`. */
  readonly source?: Pick<NodeJS.Process, 'on'>;
}

interface Step {
  readonly name: string;
  readonly stop: () => Promise<void> | void;
}

/** Listens to SIGTERM and SIGINT and ends the process's parts in order. It never calls `process.exit`. */
export function createShutdown(options: ShutdownOptions): Shutdown {
  const controller = new AbortController();
  const steps: Step[] = [];
  const { promise: ended, resolve } = Promise.withResolvers<boolean>();
  let running: Promise<void> | undefined;
  const begin = (reason: string): Promise<void> => {
    running ??= (async () => {
      options.log.info('shutdown begins', { reason });
      controller.abort();
      resolve(await runSteps(steps.toReversed(), options));
    })();
    return running;
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    (options.source ?? process).on(signal, () => void begin(signal));
  }
  return {
    signal: controller.signal,
    onShutdown: (name, stop) => void steps.push({ name, stop }),
    begin,
    ended,
  };
}

async function runSteps(steps: readonly Step[], options: ShutdownOptions): Promise<boolean> {
  const late = new AbortController();
  const timedOut = sleep(options.clock, options.grace ?? seconds(25), late.signal).then(() => false);
  const done = (async () => {
    let clean = true;
    for (const step of steps) clean = (await runStep(step, options.log)) && clean;
    return clean;
  })();
  const clean = await Promise.race([done, timedOut]);
  late.abort();
  options.log.info('shutdown ended', { result: clean ? 'clean' : 'incomplete' });
  return clean;
}

async function runStep(step: Step, log: Log): Promise<boolean> {
  try {
    await step.stop();
    return true;
  } catch (error) {
    log.error('shutdown step failed', { step: step.name, error });
    return false;
  }
}

/** The exit code of a terminal failure: a retry cannot mend it. */
export const EXIT_TERMINAL = 78;

/** Writes `{"reason","message"}` where Kubernetes reads it (`/dev/termination-log`). No patient data. Never throws. */
export function writeTerminationMessage(reason: string, message: string): void {
  try {
    writeFileSync(
      mountedPath('/dev/termination-log'),
      JSON.stringify({ reason, message: message.slice(0, 2_048) }),
    );
  } catch {
    // Outside a pod there is no termination log; the exit code still tells.
  }
}
