// Ready means: the database answers and its schema lies in the window of this version. Looked at every two seconds.
import { type Clock, sleep } from '#runtime/clock.ts';
import type { Log } from '#runtime/log.ts';
import { fitsSchema, type Schema } from '../migrate.ts';
import { type Database, StoreError } from '../store/database.ts';
import { readSchema } from '../store/schema.ts';
import { TransactionsBehindError } from './restored.ts';

/** Whether the store can be used. */
export interface Readiness {
  /** Undefined when ready, else a constant reason. */
  reason(): string | undefined;
}

const intervalMs = 2_000;

/** The reason why a schema does not fit; undefined when it does. */
export function schemaReason(schema: Schema): string | undefined {
  return fitsSchema(schema) ? undefined : 'SCHEMA_NOT_READY';
}

/** How the store is watched. */
export interface WatchOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** Runs once before the first readiness: it repeats erasures that a restored database forgot. */
  readonly prepare: () => Promise<void>;
}

/** Watches the store until the signal is aborted. */
export function watchStore(
  service: Database,
  options: WatchOptions,
  onChange: (ready: boolean) => void,
  signal: AbortSignal,
): Readiness {
  let reason: string | undefined = 'STARTING';
  let prepared = false;
  const prepareOnce = async (): Promise<void> => {
    if (!prepared) await options.prepare();
    prepared = true;
  };
  const run = async (): Promise<void> => {
    while (!signal.aborted) {
      const found = await look(service, options.log, prepareOnce);
      if (found !== reason) {
        reason = found;
        options.log.info('readiness changed', { reason: reason ?? 'READY' });
        onChange(reason === undefined);
      }
      await sleep(options.clock, intervalMs, signal);
    }
  };
  void run();
  return { reason: () => reason };
}

async function look(service: Database, log: Log, prepare: () => Promise<void>): Promise<string | undefined> {
  try {
    const found = schemaReason(await service.inSystem(readSchema));
    if (found === undefined) await prepare();
    return found;
  } catch (error) {
    // The schema table, or a column of it, is missing: nothing, or something older, was migrated.
    if (error instanceof StoreError && ['42P01', '42703', '42501'].includes(error.code))
      return 'SCHEMA_NOT_READY';
    log.warn('the store cannot be used', { error });
    return error instanceof TransactionsBehindError ? error.code : 'DATABASE_UNAVAILABLE';
  }
}
