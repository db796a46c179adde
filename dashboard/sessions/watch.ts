// Prepares the store of sessions as soon as its database answers, keeps asking it, and sweeps what has ended.
import { type Clock, sleep } from '#runtime/clock.ts';
import { asError, CodedError } from '#runtime/errors.ts';
import type { Log } from '#runtime/log.ts';
import type { DashboardMetrics } from '../metrics.ts';
import type { SessionStore } from './store.ts';

/** Whether sessions can be kept now. */
export interface SessionReadiness {
  /** Undefined when they can; else a constant reason. */
  reason(): string | undefined;
  /** Resolves when the loop has ended after an abort. */
  readonly ended: Promise<void>;
}

const ASK_EVERY_MS = 5_000;
const ASK_AGAIN_MS = 1_000;
const SWEEP_EVERY_MS = 60_000;

interface WatchParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: DashboardMetrics;
}

/** Starts the loop; it ends with `signal`. */
export function watchSessions(
  store: SessionStore,
  { clock, log, metrics }: WatchParts,
  signal: AbortSignal,
): SessionReadiness {
  let reason: string | undefined = 'STARTING';
  const keep = keeper(store, clock, metrics);
  const round = async (): Promise<void> => {
    const before = reason;
    const error = await keep();
    reason = error === undefined ? undefined : reasonOf(error);
    metrics.databaseAnswers(reason === undefined);
    if (before === reason) return;
    if (reason === undefined) log.info('sessions can be kept');
    else log.warn('sessions cannot be kept', { reason, error });
  };
  const run = async (): Promise<void> => {
    while (!signal.aborted) {
      await round();
      await sleep(clock, reason === undefined ? ASK_EVERY_MS : ASK_AGAIN_MS, signal);
    }
  };
  return { reason: () => reason, ended: run() };
}

/** One look at the store: prepared once, asked, swept now and then. Answers what was thrown. */
function keeper(
  store: SessionStore,
  clock: Clock,
  metrics: DashboardMetrics,
): () => Promise<Error | undefined> {
  let isPrepared = false;
  let sweptAt = Number.NEGATIVE_INFINITY;
  return async () => {
    try {
      await (isPrepared ? store.ping() : store.prepare());
      isPrepared = true;
      if (clock.monotonic() - sweptAt < SWEEP_EVERY_MS) return undefined;
      metrics.swept(await store.sweep());
      sweptAt = clock.monotonic();
      return undefined;
    } catch (error) {
      return asError(error);
    }
  };
}

function reasonOf(error: Error): string {
  return error instanceof CodedError && error.code === 'SchemaTooNew'
    ? 'SCHEMA_TOO_NEW'
    : 'DATABASE_UNAVAILABLE';
}
