// How well a history is what the model expected of it: the time-rescaling theorem makes every event of the past a test
// of the model on this one subject. Pure.
import { type IndexLists, listAt, type TrajectoryModel } from '../trajectory/model.ts';
import type { Instant } from '../trajectory/tokenise.ts';
import type { Segment } from './leave-one-out.ts';

/** An event of the history as the model saw it coming. */
export interface SeenEvent {
  /** Position in the history. */
  readonly position: number;
  /** 1 - exp(-integrated hazard since it could last happen): uniform on 0 to 1 when the model is right. */
  readonly pit: number;
}

/** Observed against expected. */
export interface Surprise {
  readonly observed: number;
  readonly expected: number;
  /** Two-sided Poisson probability. */
  readonly surprise: number;
  readonly years: number;
  /** Newest first. */
  readonly latest: readonly SeenEvent[];
}

/** How far back is looked, in years. */
export const WINDOW_YEARS = 5;
const MOST_LATEST = 5;

/** Judges the last years of a history; `observedFromYears` <= 0 is the entry into observation. */
export function judgeHistory(
  segments: readonly Segment[],
  instants: readonly Instant[],
  { events }: Pick<TrajectoryModel, 'events'>,
  observedFromYears: number,
): Surprise {
  const begin = Math.max(-WINDOW_YEARS, observedFromYears, segments[0]?.fromYears ?? 0);
  const waited = new Float64Array(events.count);
  const seen: SeenEvent[] = [];
  let expected = 0;
  for (const segment of segments) {
    expected += expectedIn(segment, begin, events.terminal);
    for (let event = 0; event < events.count; event++)
      waited[event] = (waited[event] ?? 0) + (segment.spent[event] ?? 0);
    const instant = instants[segment.instant];
    if (instant === undefined || segment.toYears < begin) forget(waited, segment, instant, events.now);
    else seen.push(...happenedAt(segment, instant, events.now, waited));
  }
  const observed = seen.length;
  return {
    ...{ observed, expected, surprise: poissonTwoSided(observed, expected), years: -begin },
    latest: seen.toReversed().slice(0, MOST_LATEST),
  };
}

function expectedIn(segment: Segment, begin: number, terminal: Uint8Array): number {
  const length = segment.toYears - segment.fromYears;
  const share = length > 0 ? Math.min(1, Math.max(0, segment.toYears - begin) / length) : 0;
  // The subject is known to be alive: death cannot have been observed.
  return segment.spent.reduce((sum, spent, event) => sum + (terminal[event] === 1 ? 0 : spent), 0) * share;
}

function happenedAt(
  segment: Segment,
  instant: Instant,
  now: IndexLists,
  waited: Float64Array,
): readonly SeenEvent[] {
  return eventsAt(segment, instant, now).map((event) => {
    const lit = new Set(listAt(now, event));
    const position = instant.sources.find(({ index }) => lit.has(index))?.position ?? 0;
    const pit = -Math.expm1(-(waited[event] ?? 0));
    waited[event] = 0;
    return { position, pit };
  });
}

function forget(waited: Float64Array, segment: Segment, instant: Instant | undefined, now: IndexLists): void {
  if (instant === undefined) return;
  for (const event of eventsAt(segment, instant, now)) waited[event] = 0;
}

/** Events that could happen and whose indices all lit up. */
function eventsAt(segment: Segment, instant: Instant, now: IndexLists): readonly number[] {
  const lit = new Set(instant.now);
  return [...segment.atRisk.keys()].filter((event) => {
    const indices = listAt(now, event);
    return segment.atRisk[event] === 1 && indices.length > 0 && indices.every((index) => lit.has(index));
  });
}

/** Probability of a Poisson count at least as far off on either side, doubled, at most 1. Mean 0 and count 0 give 1. */
export function poissonTwoSided(count: number, mean: number): number {
  let term = Math.exp(-mean);
  let below = 0;
  for (let k = 0; k < count; k++) {
    below += term;
    term *= mean / (k + 1);
  }
  return Math.min(1, 2 * Math.min(below + term, 1 - below));
}
