// The sweep heals every hole: twins that are behind and not due, schedules that are not computed, the day that changed.
import { Cron } from 'croner';
import { type Clock, sleep } from '#runtime/clock.ts';
import type { Log } from '#runtime/log.ts';
import { changeKind, noteChanges, trimChanges } from '../store/changes.ts';
import type { Database, Session } from '../store/database.ts';
import { duePriority, dueStatements } from '../store/due.ts';
import { predictionStatements } from '../store/predictions.ts';
import { sourceStatements } from '../store/sources.ts';
import { allTenants } from '../store/tenants.ts';
import { setTwinState, type TwinRow, twinStatements } from '../store/twins.ts';
import { utcDay } from './history.ts';

const keepChangesSeconds = 3_600;
const mostPerSweep = 10_000;
const sweepsPerThinning = 72;

/** Sweeps every tenant once; answers how many twins became due. */
export async function sweep(service: Database, now: Date): Promise<number> {
  await service.inSystem((session) => trimChanges(session, keepChangesSeconds));
  let due = 0;
  for (const tenant of await service.inSystem(allTenants)) {
    due += await service.inTenant(tenant.tenant_id, async (session) => {
      await computeSchedules(session, now);
      return (await session.query(dueStatements.sweep, [duePriority.sweep, utcDay(now), mostPerSweep]))
        .length;
    });
  }
  return due;
}

/** Drops what is not kept for ever: forecasts beyond the latest and the first of a day, the log of old batches. */
export async function thin(service: Database): Promise<void> {
  for (const tenant of await service.inSystem(allTenants)) {
    await service.inTenant(tenant.tenant_id, async (session) => {
      await session.query(predictionStatements.thin);
      await session.query(sourceStatements.forgetBatches);
    });
  }
}

async function computeSchedules(session: Session, now: Date): Promise<void> {
  for (const twin of await session.query<TwinRow>(twinStatements.unscheduled)) {
    const next = nextRun(twin, now);
    if (next !== undefined) {
      await session.query(twinStatements.schedule, [twin.twin_id, next]);
      continue;
    }
    await session.query(twinStatements.schedule, [twin.twin_id, 'infinity']);
    const handle = await setTwinState(
      session,
      twin.twin_id,
      'FAILED',
      'BAD_SPEC',
      'update.cron is no cron expression: correct it',
    );
    if (handle !== undefined) await noteChanges(session, changeKind.twin, [handle]);
  }
}

/** The next time of a twin's schedule; undefined when the schedule is none. */
export function nextRun(twin: Pick<TwinRow, 'spec'>, after: Date): Date | undefined {
  try {
    const { cron, timeZone } = twin.spec;
    return new Cron(cron, { timezone: timeZone === '' ? 'Etc/UTC' : timeZone }).nextRun(after) ?? undefined;
  } catch {
    return undefined;
  }
}

/** Sweeps at once and then on an interval, until the signal is aborted. */
export async function runSweep(
  service: Database,
  options: {
    readonly clock: Clock;
    readonly log: Log;
    readonly intervalMs: number;
    readonly onFailure: () => void;
  },
  signal: AbortSignal,
): Promise<void> {
  let sweeps = 0;
  while (!signal.aborted) {
    try {
      if (sweeps % sweepsPerThinning === 0) await thin(service);
      sweeps += 1;
      const due = await sweep(service, options.clock.now());
      if (due > 0) options.log.info('sweep made twins due', { count: due });
    } catch (error) {
      options.onFailure();
      options.log.warn('sweep failed', { error });
    }
    await sleep(options.clock, options.intervalMs, signal);
  }
}
