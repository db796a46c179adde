// Folds a history into the state at the index with the same graph as rollouts: a point per instant, and a tick for
// every year without one. The index point itself is the first point of every rollout.

import type { RolloutPlan } from './plan.ts';
import type { RowBlock } from './rows.ts';
import { mark } from './state.ts';

/** What a fold needs of a plan. */
export type FoldPlan = Pick<RolloutPlan, 'ageYears' | 'history'>;

/** The row of the index point before its step; every sample of every arm starts from it. */
export interface IndexState {
  readonly hidden: Float32Array;
  readonly bag: Float32Array;
  readonly now: Float32Array;
  readonly dtYears: number;
}

/** Puts the first point of a history into a row. True when that point is the index already. */
export function beginFold(rows: RowBlock, row: number, plan: FoldPlan): boolean {
  const { years, initialBag } = plan.history;
  rows.clear(row);
  const bag = row * rows.sizes.vocabulary;
  for (const index of initialBag) rows.bag[bag + index] = 1;
  rows.clock.fill(1, row * rows.sizes.events, (row + 1) * rows.sizes.events);
  rows.tStop[row] = 1;
  rows.time[row] = years[0] ?? 0;
  if (years.length > 0) lightInstant(rows, row, plan);
  return aim(rows, row, plan);
}

/** Moves a row whose step was computed to the next point. True when that is the index. */
export function advanceFold(rows: RowBlock, row: number, plan: FoldPlan, tickYears: number): boolean {
  const time = rows.time[row] ?? 0;
  const next = nextPoint(rows, row, plan);
  const isTick = next - time > tickYears;
  rows.dt[row] = isTick ? tickYears : next - time;
  rows.time[row] = isTick ? time + tickYears : next;
  if (!isTick && (rows.cursor[row] ?? 0) < plan.history.years.length) lightInstant(rows, row, plan);
  return aim(rows, row, plan);
}

/** Years from a row's point to its next one, and the instant that is there; -1 for a tick and for the index. */
export function aheadOf(
  rows: RowBlock,
  row: number,
  plan: FoldPlan,
  tickYears: number,
): { readonly years: number; readonly instant: number } {
  const years = nextPoint(rows, row, plan) - (rows.time[row] ?? 0);
  const cursor = rows.cursor[row] ?? 0;
  const isInstant = years <= tickYears && cursor < plan.history.years.length;
  return { years: Math.min(years, tickYears), instant: isInstant ? cursor : -1 };
}

/** Takes the state of a row that has reached the index. */
export function takeIndexState(rows: RowBlock, row: number): IndexState {
  const { vocabulary, hidden } = rows.sizes;
  return {
    hidden: rows.hidden.slice(row * hidden, (row + 1) * hidden),
    bag: rows.bag.slice(row * vocabulary, (row + 1) * vocabulary),
    now: rows.now.slice(row * vocabulary, (row + 1) * vocabulary),
    dtYears: rows.dt[row] ?? 0,
  };
}

/** The next instant, or the index after the last one. */
function nextPoint(rows: RowBlock, row: number, plan: FoldPlan): number {
  return plan.history.years[rows.cursor[row] ?? 0] ?? 0;
}

function lightInstant(rows: RowBlock, row: number, plan: FoldPlan): void {
  const { now, set, clear } = plan.history;
  const instant = rows.cursor[row] ?? 0;
  const offset = row * rows.sizes.vocabulary;
  mark(rows.now, offset, now, instant, 1);
  mark(rows.bag, offset, clear, instant, 0);
  mark(rows.bag, offset, set, instant, 1);
  rows.cursor[row] = instant + 1;
}

function aim(rows: RowBlock, row: number, plan: FoldPlan): boolean {
  const time = rows.time[row] ?? 0;
  rows.age[row] = plan.ageYears + time;
  return time >= 0;
}
