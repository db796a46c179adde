// One unit: all of its subjects, as many at a time as there are slots, under a lease that is kept alive.
import type { SubjectLeaves } from '#proto/gen/twinward/v1/SubjectLeaves.ts';
import { reasonOf } from '#proto/status.ts';
import { sleep } from '#runtime/clock.ts';
import { EngineMixedError, LeaseLostError, RunRefusedError } from './errors.ts';
import type { Outcome, Unit, Units } from './ports.ts';
import { runSubject, type SubjectContext, type SubjectOutcome } from './run-subject.ts';
import type { Slots } from './slots.ts';

/** What a unit is run with. */
export interface UnitContext extends SubjectContext {
  readonly units: Units;
  /** Places for subjects, shared by all units of this worker. */
  readonly slots: Slots;
}

/**
 * Computes a unit. Throws LeaseLostError when the lease is gone, and what runSubject throws but for a refused run,
 * which is an outcome.
 */
export async function runUnit(unit: Unit, context: UnitContext): Promise<Outcome> {
  const given = new AbortController();
  const signal = AbortSignal.any([context.signal, given.signal]);
  const heart = keepLease(unit, context, given, signal);
  try {
    const outcomes = await mapAll(unit.subjects, given, (subject) =>
      context.slots.within(() => runSubject(subject, { ...context, signal })),
    );
    return resultOf(outcomes);
  } catch (error) {
    if (error instanceof RunRefusedError) {
      return { kind: 'failure', reason: error.reason, message: error.message };
    }
    throw given.signal.reason instanceof LeaseLostError ? given.signal.reason : error;
  } finally {
    given.abort();
    await heart;
  }
}

function resultOf(outcomes: readonly SubjectOutcome[]): Outcome {
  const engines = new Set(outcomes.flatMap(({ engine }) => (engine === undefined ? [] : [engine])));
  if (engines.size > 1) throw new EngineMixedError();
  const subjects: readonly SubjectLeaves[] = outcomes.map(({ subject }) => subject);
  return { kind: 'result', subjects, engine: [...engines][0] ?? '' };
}

/** Extends the lease three times per term until aborted; aborts `given` when it is lost or could not be extended. */
async function keepLease(
  unit: Unit,
  context: UnitContext,
  given: AbortController,
  signal: AbortSignal,
): Promise<void> {
  const { clock, units } = context;
  let termMs = unit.leaseSeconds * 1_000;
  let heldUntil = clock.monotonic() + termMs;
  for (;;) {
    await sleep(clock, termMs / 3, signal);
    if (signal.aborted) return;
    const failure = await units.extend(unit, signal).then(
      (leaseSeconds) => {
        termMs = leaseSeconds * 1_000;
        heldUntil = clock.monotonic() + termMs;
        return undefined;
      },
      (error: unknown) => error,
    );
    const isLost = failure !== undefined && reasonOf(failure) === 'LEASE_LOST';
    if (isLost || clock.monotonic() >= heldUntil) {
      given.abort(new LeaseLostError({ cause: failure }));
      return;
    }
  }
}

/** Maps all items at once, in order. The first failure aborts the others and is thrown when all have ended. */
async function mapAll<T, R>(
  items: readonly T[],
  controller: AbortController,
  run: (item: T) => Promise<R>,
): Promise<readonly R[]> {
  let failure: { readonly error: unknown } | undefined;
  const settled = await Promise.allSettled(
    items.map((item) =>
      run(item).catch((error: unknown) => {
        failure ??= { error };
        controller.abort();
        throw error;
      }),
    ),
  );
  if (failure !== undefined) throw failure.error;
  return settled.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
}
