// Claims units until the run is finished. Small units run side by side, so that the engine's batches fill; a unit that
// fills the slots alone runs alone, so that other workers find work.
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
  /** Aborts `signal`: one unit failed in a way that ends this process. */
  readonly giveUp: () => void;
  /** Most units at once. */
  readonly unitsInFlight: number;
}

/** How the loop ended. */
export type LoopEnd = 'finished' | 'stopped';

/**
 * Works until the run is finished or stopping. Throws RunLostError when the twin service refuses for good, and what
 * runUnit throws but for a lost lease, after which the next unit is claimed.
 */
export async function workUntilFinished(context: LoopContext): Promise<LoopEnd> {
  const crew = new Crew(context);
  try {
    await claimAndBegin(context, crew);
  } catch (error) {
    crew.fail(error);
  }
  return crew.end();
}

async function claimAndBegin(context: LoopContext, crew: Crew): Promise<void> {
  let failures = 0;
  while (await crew.hasRoom()) {
    const claim = await claimOnce(context);
    failures = claim.kind === 'failed' ? failures + 1 : 0;
    if (claim.kind === 'finished') crew.finish();
    else if (claim.kind === 'unit') crew.begin(claim.unit);
    else await sleep(context.clock, pauseMs(claim, failures, context), crew.over);
  }
}

/** The units under way. */
class Crew {
  readonly #context: LoopContext;
  readonly #running = new Set<Promise<void>>();
  readonly #ending = new AbortController();
  /** Aborted when no further unit may be begun. */
  readonly over: AbortSignal;
  #isFinished = false;
  #failure: { readonly error: unknown } | undefined;

  constructor(context: LoopContext) {
    this.#context = context;
    this.over = AbortSignal.any([context.stopping, this.#ending.signal]);
  }

  /** Waits until another unit may be begun; false when none may be any more. */
  async hasRoom(): Promise<boolean> {
    while (this.#running.size >= this.#context.unitsInFlight) await Promise.race(this.#running);
    await this.#context.slots.idle(this.over);
    return !this.over.aborted;
  }

  /** Begins a unit. It takes its slots at once, so that the next claim sees what is left. */
  begin(unit: Unit): void {
    const running = work(unit, this.#context)
      .then((kind) => (kind === 'failure' ? this.finish() : undefined))
      .catch((error: unknown) => this.fail(error))
      .finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  /** The run is finished: nothing more is begun. */
  finish(): void {
    this.#isFinished = true;
    this.#ending.abort();
  }

  /** This process cannot go on: everything under way is given up. */
  fail(error: unknown): void {
    this.#failure ??= { error };
    this.#ending.abort();
    this.#context.giveUp();
  }

  /** Waits for what is under way. Throws the first failure. */
  async end(): Promise<LoopEnd> {
    await Promise.all(this.#running);
    if (this.#failure !== undefined) throw this.#failure.error;
    return this.#isFinished ? 'finished' : 'stopped';
  }
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
