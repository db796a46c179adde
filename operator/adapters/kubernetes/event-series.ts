import type { Clock } from '#runtime/clock.ts';

/** What makes two events the same story. */
export interface EventIdentity {
  readonly regardingUid: string;
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly action: string;
}

/** What is to be written because of one more occurrence. */
export type EventDecision =
  | { readonly write: 'Create' }
  | { readonly write: 'Series'; readonly eventName: string; readonly count: number }
  | { readonly write: 'Nothing' };

interface Series {
  eventName: string | undefined;
  count: number;
  /** Occurrences that have been written. */
  written: number;
  lastSeen: number;
  lastWritten: number;
}

/** Without an occurrence for this long a series is over, and the next occurrence is a new event. */
const SERIES_ENDS_AFTER = 6 * 60_000;
/** A series is written at most this often. */
const SERIES_WRITTEN_EVERY = 60_000;
const MOST_SERIES = 4_096;

/** Turns occurrences into few writes: one event when a story begins, then a count once a minute. */
export class EventSeries {
  readonly #clock: Clock;
  readonly #series = new Map<string, Series>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Notes one occurrence. */
  occurred(identity: EventIdentity): EventDecision {
    const now = this.#clock.monotonic();
    const key = keyOf(identity);
    const known = this.#series.get(key);
    this.#series.delete(key);
    if (known === undefined || now - known.lastSeen > SERIES_ENDS_AFTER) {
      this.#series.set(key, { eventName: undefined, count: 1, written: 1, lastSeen: now, lastWritten: now });
      this.#dropOldest();
      return { write: 'Create' };
    }
    this.#series.set(key, known);
    known.count++;
    known.lastSeen = now;
    return this.#decide(known, now);
  }

  /** The event of a story was created under this name. */
  created(identity: EventIdentity, eventName: string): void {
    const known = this.#series.get(keyOf(identity));
    if (known !== undefined) known.eventName = eventName;
  }

  /** The event of a story could not be written, or is gone: the next occurrence creates one again. */
  lost(identity: EventIdentity): void {
    this.#series.delete(keyOf(identity));
  }

  #decide(series: Series, now: number): EventDecision {
    const due = series.written === 1 || now - series.lastWritten >= SERIES_WRITTEN_EVERY;
    if (series.eventName === undefined || !due) return { write: 'Nothing' };
    series.written = series.count;
    series.lastWritten = now;
    return { write: 'Series', eventName: series.eventName, count: series.count };
  }

  #dropOldest(): void {
    for (const key of this.#series.keys()) {
      if (this.#series.size <= MOST_SERIES) return;
      this.#series.delete(key);
    }
  }
}

function keyOf(identity: EventIdentity): string {
  return `${identity.regardingUid}/${identity.type}/${identity.reason}/${identity.action}`;
}
