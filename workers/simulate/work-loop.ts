// Claims units until the run is finished.
import { isRetryable, isServiceError, reasonOf } from '#proto/status.ts';
import { sleep } from '#runtime/clock.ts';
import type { Log } from '#runtime/log.ts';
import { LeaseLostError, RunLostError } from './errors.ts';
import type { SimulateMetrics } from './metrics.ts';
import type { Claim, Outcome, Unit } from './ports.ts';
import { backoffMs } from './retry.ts';
import { runUnit, type UnitContext } from './run-unit.ts';

/** What the loop works with. */
export interface LoopContext extends UnitContext {
  readonly log: Log;
  readonly metrics: SimulateMetrics;
  /** Aborted when no further unit may be begun; `signal` is aborted later, when the present one must be given up. */
  readonly stopping: AbortSignal;
}

/** How the loop ended. */
export type LoopEnd = 'finished' | 'stopped';

/**
 * Works until the run is finished or stopping. Throws RunLostError when the twin service refuses for good, and what
 * runUnit throws but for a lost lease, after which the next unit is claimed.
 */
export async function workUntilFinished(context: LoopContext): Promise<LoopEnd> {
  let failures = 0;
  while (!context.stopping.aborted) {
    const claim = await claimOnce(context);
    failures = claim.kind === 'failed' ? failures + 1 : 0;
    if (claim.kind === 'finished') return 'finished';
    if (claim.kind !== 'unit') {
      await sleep(context.clock, pauseMs(claim, failures, context), context.stopping);
    } else if ((await work(claim.unit, context)) === 'failure') {
      return 'finished';
    }
  }
  return 'stopped';
}

function pauseMs(
  claim: { readonly kind: 'none'; readonly retryAfterMs: number } | Failed,
  failures: number,
  context: LoopContext,
): number {
  return claim.kind === 'none' ? claim.retryAfterMs : backoffMs(failures, claim.error, context.random);
}

interface Failed {
  readonly kind: 'failed';
  readonly error: unknown;
}

async function claimOnce(context: LoopContext): Promise<Claim | Failed> {
  try {
    return await context.units.claim(context.stopping);
  } catch (error) {
    if (context.stopping.aborted) return { kind: 'none', retryAfterMs: 0 };
    throwIfFinal(error);
    context.log.warn('no unit could be claimed', { reason: reasonOf(error), error });
    return { kind: 'failed', error };
  }
}

function throwIfFinal(error: unknown): void {
  const reason = reasonOf(error);
  if (reason === 'RUN_UNKNOWN' || reason === 'NONDETERMINISTIC_RESULT') {
    const details = isServiceError(error) ? error.details : reason;
    throw new RunLostError(reason, `the twin service ends this run: ${details}`, { cause: error });
  }
  if (!isRetryable(error)) throw error;
}

/** Runs and commits a unit. Answers what was committed; `lost` when the lease was. */
async function work(unit: Unit, context: LoopContext): Promise<'result' | 'failure' | 'lost'> {
  const { log, metrics } = context;
  const started = context.clock.monotonic();
  try {
    const outcome = await runUnit(unit, context);
    const { duplicate } = await commit(unit, outcome, context);
    const elapsedSeconds = (context.clock.monotonic() - started) / 1_000;
    record(outcome, duplicate, metrics);
    const result = outcome.kind === 'failure' ? outcome.reason : duplicate ? 'duplicate' : 'committed';
    log.info('unit committed', { unit: unit.unit, subjects: unit.subjects.length, result, elapsedSeconds });
    return outcome.kind;
  } catch (error) {
    if (!(error instanceof LeaseLostError)) throw error;
    metrics.units.inc({ outcome: 'lost' });
    log.warn('lease lost, unit dropped', { unit: unit.unit, error });
    return 'lost';
  }
}

/** Commits until it is said to be done: a commit is compared, not added, when it comes twice. */
async function commit(
  unit: Unit,
  outcome: Outcome,
  context: LoopContext,
): Promise<{ readonly duplicate: boolean }> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await context.units.commit(unit, outcome, context.signal);
    } catch (error) {
      context.signal.throwIfAborted();
      if (isUnitGone(error)) throw new LeaseLostError({ cause: error });
      throwIfFinal(error);
      await sleep(context.clock, backoffMs(attempt, error, context.random), context.signal);
    }
  }
}

/** The unit is not ours any more, or one of its subjects must not be simulated any more: it is planned anew. */
function isUnitGone(error: unknown): boolean {
  return ['LEASE_LOST', 'SUBJECT_ERASED', 'SUBJECT_RESTRICTED'].includes(reasonOf(error));
}

function record(outcome: Outcome, duplicate: boolean, metrics: SimulateMetrics): void {
  if (outcome.kind === 'failure') {
    metrics.units.inc({ outcome: 'failed' });
    return;
  }
  metrics.units.inc({ outcome: duplicate ? 'duplicate' : 'committed' });
  for (const { excluded, leaves } of outcome.subjects) {
    metrics.subjects.inc({ outcome: excluded ? 'excluded' : 'simulated' });
    metrics.leaves.inc(leaves?.length ?? 0);
  }
}
