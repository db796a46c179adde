// One subject of a unit: asks the engine until all leaves are there. Leaves that came are kept when a call breaks, and
// only what is missing is asked for again.
import type { Leaf__Output } from '#proto/gen/twinward/v1/Leaf.ts';
import type { SubjectLeaves } from '#proto/gen/twinward/v1/SubjectLeaves.ts';
import { isRetryable, isServiceError, reasonOf } from '#proto/status.ts';
import { type Clock, type Random, sleep } from '#runtime/clock.ts';
import { EngineMixedError, EngineUnavailableError, RunRefusedError } from './errors.ts';
import type { Engine, EnginePart, Subject } from './ports.ts';
import { missingRanges } from './ranges.ts';
import { backoffMs } from './retry.ts';

/** What a subject is run with. */
export interface SubjectContext {
  readonly engine: Engine;
  readonly clock: Clock;
  readonly random: Random;
  /** Aborted when the unit is given up. */
  readonly signal: AbortSignal;
  /** How long a subject may go without any new leaf. */
  readonly patienceMs: number;
  readonly onRetry: () => void;
}

/** Leaves of a subject in ascending order, or why it is excluded; and the class of the engine that computed them. */
export interface SubjectOutcome {
  readonly subject: SubjectLeaves;
  readonly engine: string | undefined;
}

// The subject, not the run, is what the engine refuses.
const EXCLUDING: ReadonlySet<string> = new Set(['COVERAGE_TOO_LOW', 'OUT_OF_SCOPE']);
const MOST_ENGINE_FAILURES = 3;

interface Collected {
  readonly leaves: Map<number, Leaf__Output>;
  requestDigest: Buffer | undefined;
  engine: string | undefined;
  outcomes: readonly string[];
}

/**
 * Runs a subject to its end. Throws RunRefusedError when the engine refuses the run, EngineUnavailableError when it
 * stays away, EngineMixedError when leaves came from engines of different classes; the signal's reason when aborted.
 */
export async function runSubject(subject: Subject, context: SubjectContext): Promise<SubjectOutcome> {
  const collected: Collected = {
    leaves: new Map(),
    requestDigest: undefined,
    engine: undefined,
    outcomes: [],
  };
  const patience: Patience = { attempts: 0, engineFailures: 0, since: context.clock.monotonic() };
  for (;;) {
    context.signal.throwIfAborted();
    const ranges = missingRanges(subject.request.ranges, new Set(collected.leaves.keys()));
    if (ranges.length === 0) return outcomeOf(subject, collected);
    const before = collected.leaves.size;
    const failure = await collect(subject, ranges, collected, context);
    if (EXCLUDING.has(reasonOf(failure))) return excluded(subject, reasonOf(failure));
    await pause(failure, collected.leaves.size > before, patience, context);
  }
}

interface Patience {
  attempts: number;
  engineFailures: number;
  since: number;
}

async function pause(
  failure: unknown,
  hasProgressed: boolean,
  patience: Patience,
  context: SubjectContext,
): Promise<void> {
  if (hasProgressed) {
    patience.attempts = 0;
    patience.since = context.clock.monotonic();
    if (failure === undefined) return;
  }
  await waitToRetry(failure, patience, context);
}

/** Takes what one call gives; answers why it broke, undefined when it ended well. */
async function collect(
  subject: Subject,
  ranges: ReturnType<typeof missingRanges>,
  collected: Collected,
  context: SubjectContext,
): Promise<unknown> {
  try {
    const request = { ...subject.request, ranges: [...ranges] };
    for await (const part of context.engine.simulate(request, context.signal)) take(part, collected);
    return undefined;
  } catch (error) {
    if (error instanceof EngineMixedError) throw error;
    return error;
  }
}

function take(part: EnginePart, collected: Collected): void {
  if (part.kind === 'leaf') {
    collected.leaves.set(part.leaf.range?.from ?? 0, part.leaf);
    return;
  }
  const { header } = part;
  const isOther = collected.engine !== undefined && collected.engine !== header.engine;
  const isOtherQuestion = collected.requestDigest?.equals(header.requestDigest) === false;
  if (isOther || isOtherQuestion) throw new EngineMixedError();
  collected.engine = header.engine;
  collected.requestDigest = header.requestDigest;
  collected.outcomes = header.outcomes;
}

async function waitToRetry(failure: unknown, patience: Patience, context: SubjectContext): Promise<void> {
  context.signal.throwIfAborted();
  if (failure !== undefined) refuseIfFinal(failure, patience);
  // An engine that is busy is there: its queue is worth waiting for.
  if (reasonOf(failure) === 'QUEUE_FULL') patience.since = context.clock.monotonic();
  if (context.clock.monotonic() - patience.since > context.patienceMs) {
    throw new EngineUnavailableError({ cause: failure });
  }
  patience.attempts++;
  context.onRetry();
  await sleep(context.clock, backoffMs(patience.attempts, failure, context.random), context.signal);
}

function refuseIfFinal(failure: unknown, patience: Patience): void {
  const reason = reasonOf(failure);
  if (reason === 'ENGINE_FAILED') {
    patience.engineFailures++;
    if (patience.engineFailures > MOST_ENGINE_FAILURES) throw new EngineUnavailableError({ cause: failure });
    return;
  }
  if (reason === 'REQUEST_TOO_LARGE' || !isRetryable(failure)) {
    const message = isServiceError(failure) ? failure.details : 'the engine refused the request';
    throw new RunRefusedError(reason, message, { cause: failure });
  }
}

function outcomeOf({ ordinal }: Subject, collected: Collected): SubjectOutcome {
  const leaves = [...collected.leaves.entries()]
    .sort(([one], [other]) => one - other)
    .map(([, leaf]) => leaf);
  const { requestDigest = Buffer.alloc(0), engine, outcomes } = collected;
  return { subject: { ordinal, requestDigest, leaves, outcomes: [...outcomes] }, engine };
}

function excluded({ ordinal }: Subject, reason: string): SubjectOutcome {
  return { subject: { ordinal, leaves: [], excluded: reason }, engine: undefined };
}
