// How far behind forecasts are, for alerts: counted every quarter of a minute, over all tenants.
import { type Clock, sleep } from '#runtime/clock.ts';
import type { Log } from '#runtime/log.ts';
import type { Database } from '../store/database.ts';
import { countDue } from '../store/due.ts';
import { allTenants } from '../store/tenants.ts';

const intervalMs = 15_000;

/** What is due in all tenants; `oldestSeconds` is 0 when nothing is. */
export interface TotalBacklog {
  readonly due: number;
  readonly oldestSeconds: number;
}

/** Counts once. */
export async function backlogOf(service: Database): Promise<TotalBacklog> {
  let due = 0;
  let oldestSeconds = 0;
  for (const tenant of await service.inSystem(allTenants)) {
    const found = await service.inTenant(tenant.tenant_id, countDue);
    due += found.due;
    oldestSeconds = Math.max(oldestSeconds, found.oldest_seconds);
  }
  return { due, oldestSeconds };
}

/** Counts at once and then on an interval, until the signal is aborted. */
export async function runBacklog(
  service: Database,
  options: {
    readonly clock: Clock;
    readonly log: Log;
    readonly onFailure: () => void;
    readonly show: (due: number, oldestSeconds: number) => void;
  },
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      const { due, oldestSeconds } = await backlogOf(service);
      options.show(due, oldestSeconds);
    } catch (error) {
      options.onFailure();
      options.log.warn('counting due twins failed', { error });
    }
    await sleep(options.clock, intervalMs, signal);
  }
}
