// A request in the form that engine threads work on: indices, years and float64 times instead of codes and days.
import type { IndexLists } from './model.ts';
import type { StreamKey } from './streams.ts';

/** Days of a clinical year. */
export const DAYS_PER_YEAR = 365.25;

/** Samples of a leaf. */
export const LEAF_SAMPLES = 64;

/** Observed instants, oldest first; each lights, sets and clears vocabulary indices. */
export interface HistoryPlan {
  /** Years from the index, <= 0, strictly ascending. */
  readonly years: Float64Array;
  readonly now: IndexLists;
  readonly set: IndexLists;
  readonly clear: IndexLists;
  /** Indices that hold before the first instant. */
  readonly initialBag: readonly number[];
}

/** One intervention of an arm. */
export interface InterventionPlan {
  /** Years from the index, >= 0. */
  readonly atYears: number;
  readonly now: readonly number[];
  readonly set: readonly number[];
  readonly clear: readonly number[];
  /** Events that are off risk from then on. */
  readonly holds: readonly number[];
  /** Events whose log-hazard is raised by `logHazard` from then on. */
  readonly hazards: readonly number[];
  readonly logHazard: number;
}

/** An arm; interventions by date. */
export interface ScenarioPlan {
  readonly interventions: readonly InterventionPlan[];
}

/** 0 = interactive, 1 = update, 2 = batch. */
export type PriorityClass = 0 | 1 | 2;

/** The rollouts of one subject under all scenarios. */
export interface RolloutPlan {
  readonly key: StreamKey;
  readonly ageYears: number;
  readonly history: HistoryPlan;
  readonly scenarios: readonly ScenarioPlan[];
  /** 1 to 8, ascending. */
  readonly horizonsYears: Float64Array;
  /** Outcomes by index, in the order of the answer. */
  readonly outcomes: Uint16Array;
  /** First sample of each leaf. */
  readonly leaves: Uint32Array;
  readonly priority: PriorityClass;
  readonly wantsPaths: boolean;
}
