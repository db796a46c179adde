// The update loop: takes due twins of all tenants, a bounded number at a time.
import { type Clock, sleep } from '#runtime/clock.ts';
import type { Log } from '#runtime/log.ts';
import { type DueRow, extendLeases, releaseDue, takeDue } from '../store/due.ts';
import { allTenants, type Tenant, tenantsWithDue } from '../store/tenants.ts';
import { type ForecastOutcome, type ForecastParts, forecast } from './forecast.ts';

/** How the loop runs. */
export interface LoopOptions {
  readonly workers: number;
  readonly leaseSeconds: number;
  readonly clock: Clock;
  readonly log: Log;
  readonly count: (outcome: ForecastOutcome | 'error') => void;
  /** Called when due twins could not even be taken. */
  readonly onFailure: () => void;
}

const idleMs = 500;
const failedMs = 2_000;

/** Runs until the signal is aborted; resolves when the work in hand has ended. */
export async function runUpdateLoop(
  parts: ForecastParts,
  options: LoopOptions,
  signal: AbortSignal,
): Promise<void> {
  const { clock, log } = options;
  while (!signal.aborted) {
    try {
      const done = await updateOnce(parts, options, signal);
      if (done === 0) await sleep(clock, idleMs, signal);
    } catch (error) {
      options.onFailure();
      log.warn('taking due twins failed', { error });
      await sleep(clock, failedMs, signal);
    }
  }
}

/** Takes what is due in every tenant and forecasts it; answers how many twins were taken. */
export async function updateOnce(
  parts: ForecastParts,
  options: LoopOptions,
  signal: AbortSignal,
): Promise<number> {
  const due = new Set(await parts.service.inSystem(tenantsWithDue));
  if (due.size === 0) return 0;
  const tenants = (await parts.service.inSystem(allTenants)).filter((tenant) => due.has(tenant.tenant_id));
  let taken = 0;
  for (const tenant of tenants) taken += await updateTenant(parts, tenant, options, signal);
  return taken;
}

async function updateTenant(
  parts: ForecastParts,
  tenant: Tenant,
  options: LoopOptions,
  signal: AbortSignal,
): Promise<number> {
  const rows = await parts.service.inTenant(tenant.tenant_id, (session) =>
    takeDue(session, options.workers * 4, options.leaseSeconds),
  );
  const inHand = new Set(rows);
  const done = new AbortController();
  const kept = keepLeases(parts, tenant, inHand, options, done.signal);
  const waiting = [...rows];
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined && !signal.aborted; next = waiting.shift()) {
      await updateTwin(parts, tenant, next, options, signal);
      inHand.delete(next);
    }
  };
  await Promise.all(Array.from({ length: options.workers }, worker));
  done.abort();
  await kept;
  return rows.length;
}

async function updateTwin(
  parts: ForecastParts,
  tenant: Tenant,
  due: DueRow,
  options: LoopOptions,
  signal: AbortSignal,
): Promise<void> {
  try {
    options.count(await forecast(parts, tenant, due, signal));
  } catch (error) {
    options.count('error');
    options.log.warn('forecast failed; it is tried again', { error });
    const release = parts.service.inTenant(tenant.tenant_id, (session) =>
      releaseDue(session, due, 2 ** Math.min(due.attempts, 6)),
    );
    // Where even that fails, the lease runs out.
    await release.catch(() => undefined);
  }
}

/** Extends the leases of twins in hand, three times per term. A process that is killed gives them up within one term. */
async function keepLeases(
  parts: ForecastParts,
  tenant: Tenant,
  inHand: ReadonlySet<DueRow>,
  options: LoopOptions,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    await sleep(options.clock, (options.leaseSeconds * 1_000) / 3, signal);
    if (signal.aborted) return;
    const extend = parts.service.inTenant(tenant.tenant_id, (session) =>
      extendLeases(session, [...inHand], options.leaseSeconds),
    );
    await extend.catch((error: unknown) =>
      options.log.warn('leases of due twins were not extended', { error }),
    );
  }
}
