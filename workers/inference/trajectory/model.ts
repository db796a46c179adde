// What rollouts need of a bundle, as flat arrays: it is posted to engine threads and read in the innermost loops.
import type { GraphSizes } from '../bundle/manifest.ts';

/** Lists of small integers, one after another: list i is items[offsets[i] … offsets[i + 1]). */
export interface IndexLists {
  readonly offsets: Uint32Array;
  readonly items: Uint16Array;
}

/** The hazard events (K). What an event does is listed in the event itself. */
export interface HazardEvents {
  readonly count: number;
  /** Word of the random counter, by event. */
  readonly streams: Uint32Array;
  /** 1 where the event ends the path. */
  readonly terminal: Uint8Array;
  /** Vocabulary indices that the event lights in the instant. */
  readonly now: IndexLists;
  /** Bag indices that the event sets, and clears. */
  readonly set: IndexLists;
  readonly clear: IndexLists;
  /** Bag indices that must be 1, and that must be 0, for the event to be at risk. */
  readonly requires: IndexLists;
  readonly excludes: IndexLists;
  /** Events whose being at risk depends on a vocabulary index, by index. */
  readonly dependents: IndexLists;
}

/** Outcomes that can be asked for: groups of events. */
export interface Outcomes {
  readonly count: number;
  /** 1 where the outcome may happen more than once. */
  readonly recurrent: Uint8Array;
  /** 1 where what is reported is that it did not happen: event-free survival. */
  readonly complement: Uint8Array;
  /** Events of each outcome. */
  readonly events: IndexLists;
  /** Outcomes of each event. */
  readonly ofEvent: IndexLists;
}

/** Everything that a rollout depends on besides graph and plan. Times are in years. */
export interface TrajectoryModel {
  readonly sizes: GraphSizes;
  readonly tickYears: number;
  readonly ageCapYears: number;
  readonly events: HazardEvents;
  readonly outcomes: Outcomes;
  /** Calibration on the log-hazard, by event. */
  readonly baseLogHazard: Float32Array;
}

/** Packs lists into one array. */
export function packLists(lists: readonly (readonly number[])[]): IndexLists {
  const offsets = new Uint32Array(lists.length + 1);
  for (const [index, list] of lists.entries()) offsets[index + 1] = (offsets[index] ?? 0) + list.length;
  return { offsets, items: Uint16Array.from(lists.flat()) };
}

/** One list as an array. */
export function listAt(lists: IndexLists, index: number): Uint16Array {
  return lists.items.subarray(lists.offsets[index], lists.offsets[index + 1]);
}
