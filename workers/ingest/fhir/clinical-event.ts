/** What happened, as in the store's contract. */
export const EventAction = {
  occur: 'ACTION_OCCUR',
  resolve: 'ACTION_RESOLVE',
  start: 'ACTION_START',
  stop: 'ACTION_STOP',
  measure: 'ACTION_MEASURE',
} as const;

/** One of the actions that a record can say. */
export type EventAction = (typeof EventAction)[keyof typeof EventAction];

/** How exact a time is. */
export type Precision = 'year' | 'month' | 'day' | 'second';

/** A point in time as the source gave it. */
export interface ClinicalTime {
  /** RFC 3339 in UTC. A partial date stands at the start of its year, month or day in UTC: the date stays the date. */
  readonly instant: string;
  readonly precision: Precision;
  /** Minutes from UTC, as written in the source; absent when assumed or when there is no time of day. */
  readonly offsetMinutes?: number;
}

/** A code in a code system that may enter the store. */
export interface Coding {
  readonly system: string;
  readonly code: string;
}

/** A number with its literal, as the source wrote it. */
export interface Literal {
  readonly number: number;
  /** `1.50` stays `1.50`; a comparator stands in front (`<0.5`). */
  readonly text: string;
}

/** A clinical event without text: codes, times, numbers. */
export interface ClinicalEvent extends Coding {
  readonly time: ClinicalTime;
  readonly action: EventAction;
  readonly value?:
    | { readonly kind: 'number'; readonly literal: Literal; readonly ucum: string }
    | { readonly kind: 'concept'; readonly concept: Coding };
}
