import { type BackoffBounds, backoffDelay } from './backoff.ts';
import type { Clock, Random } from './clock.ts';
import { type Delayed, DelayHeap } from './delay-heap.ts';
import { FairList } from './fair-list.ts';

/** What goes first. A key keeps the highest priority that was asked for while it waits. */
export const PRIORITY = { userEdit: 100, childEvent: 0, resync: -100 } as const;
/** One of the three priorities. */
export type Priority = (typeof PRIORITY)[keyof typeof PRIORITY];

/** A key that was handed out; `done`, `retry` or `requeue` gives it back. */
export interface QueuedKey {
  readonly key: string;
  readonly priority: Priority;
}

/** What the queue tells about itself; times are seconds. */
export interface QueueObserver {
  added(): void;
  retried(): void;
  /** `change` is +1 or -1 keys ready at a priority. */
  depth(priority: Priority, change: number): void;
  waited(seconds: number): void;
  worked(seconds: number): void;
}

/** What a queue needs. */
export interface QueueOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** The group that shares fairly within a priority; default: the text before the first `/`, the namespace. */
  readonly group?: (key: string) => string;
  /** Back-off of a failing key; default 5 ms doubling to 1000 s. */
  readonly backoff?: BackoffBounds;
  readonly observer?: QueueObserver;
}

interface Entry {
  readonly key: string;
  priority: Priority;
  /** When it may run (monotonic milliseconds); undefined once it is ready. */
  due: number | undefined;
  readySince: number;
}

const ORDER = [PRIORITY.userEdit, PRIORITY.childEvent, PRIORITY.resync];

/**
 * A queue of keys. A key is in it at most once and is never handed out while it is being worked on:
 *
 *   add ─► waiting (has a due time) ─► ready ─► taken ─► done
 *   add while taken is remembered and takes effect at done.
 */
export class PriorityQueue {
  readonly #options: QueueOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #ready = new Map<Priority, FairList>(ORDER.map((priority) => [priority, new FairList()]));
  readonly #delayed = new DelayHeap();
  /** Keys in work, with the time they were taken. */
  readonly #taken = new Map<string, number>();
  readonly #failures = new Map<string, number>();
  readonly #takers: ((key: QueuedKey | undefined) => void)[] = [];
  #cancelTimer: (() => void) | undefined;
  #timerAt = Number.POSITIVE_INFINITY;

  constructor(options: QueueOptions) {
    this.#options = options;
  }

  /** Asks for work on `key`, at once or `after` milliseconds. A second request can only make it sooner and higher. */
  add(key: string, priority: Priority, after = 0): void {
    this.#options.observer?.added();
    const due = after > 0 ? this.#now() + after : undefined;
    const entry = this.#entries.get(key);
    if (entry === undefined) this.#insert({ key, priority, due, readySince: this.#now() });
    else this.#improve(entry, priority, due);
    this.#serve();
  }

  /** The next key, or undefined once `signal` is aborted. */
  take(signal: AbortSignal): Promise<QueuedKey | undefined> {
    if (signal.aborted) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      const taker = (key: QueuedKey | undefined): void => {
        signal.removeEventListener('abort', onAbort);
        resolve(key);
      };
      const onAbort = (): void => {
        const index = this.#takers.indexOf(taker);
        if (index >= 0) this.#takers.splice(index, 1);
        resolve(undefined);
      };
      signal.addEventListener('abort', onAbort, { once: true });
      this.#takers.push(taker);
      this.#serve();
    });
  }

  /** Work on the key succeeded, or is given up: its failures are forgotten. */
  done(taken: QueuedKey): void {
    this.#failures.delete(taken.key);
    this.#giveBack(taken.key);
  }

  /** Work on the key succeeded; look again after `milliseconds`, no longer as urgent as a user's edit. */
  requeue(taken: QueuedKey, milliseconds: number): void {
    this.#failures.delete(taken.key);
    const priority = taken.priority === PRIORITY.userEdit ? PRIORITY.childEvent : taken.priority;
    this.#again(taken.key, priority, milliseconds);
  }

  /** Work on the key could not begin; try again after `milliseconds` with the same urgency and no failure counted. */
  postpone(taken: QueuedKey, milliseconds: number): void {
    this.#again(taken.key, taken.priority, milliseconds);
  }

  /** Work on the key failed; try again after a growing, jittered delay, which is returned in milliseconds. */
  retry(taken: QueuedKey): number {
    const failures = this.#failures.get(taken.key) ?? 0;
    this.#failures.set(taken.key, failures + 1);
    const delay = backoffDelay(this.#options.backoff ?? DEFAULT_BACKOFF, failures, this.#options.random);
    this.#options.observer?.retried();
    this.#again(taken.key, taken.priority, delay);
    return delay;
  }

  /** Keys that wait, are ready, or were asked for while in work. */
  get size(): number {
    return this.#entries.size;
  }

  /** Monotonic times at which the keys in work were taken. */
  takenSince(): readonly number[] {
    return [...this.#taken.values()];
  }

  #again(key: string, priority: Priority, milliseconds: number): void {
    this.add(key, priority, milliseconds);
    this.#giveBack(key);
  }

  #giveBack(key: string): void {
    const since = this.#taken.get(key);
    if (since === undefined) return;
    this.#taken.delete(key);
    this.#options.observer?.worked((this.#now() - since) / 1_000);
    const entry = this.#entries.get(key);
    if (entry !== undefined && entry.due === undefined) this.#makeReady(entry);
    this.#serve();
  }

  #insert(entry: Entry): void {
    this.#entries.set(entry.key, entry);
    this.#place(entry);
  }

  #improve(entry: Entry, priority: Priority, due: number | undefined): void {
    const sooner = entry.due !== undefined && (due === undefined || due < entry.due);
    const higher = priority > entry.priority;
    if (!sooner && !higher) return;
    this.#removeReady(entry);
    entry.priority = higher ? priority : entry.priority;
    if (sooner) {
      entry.due = due;
      entry.readySince = this.#now();
    }
    this.#place(entry);
  }

  #place(entry: Entry): void {
    if (entry.due !== undefined) this.#delayed.push({ due: entry.due, key: entry.key });
    else if (!this.#taken.has(entry.key)) this.#makeReady(entry);
  }

  #makeReady(entry: Entry): void {
    entry.due = undefined;
    if (this.#ready.get(entry.priority)?.add(entry.key, this.#group(entry.key))) {
      this.#options.observer?.depth(entry.priority, 1);
    }
  }

  #removeReady(entry: Entry): void {
    if (this.#ready.get(entry.priority)?.remove(entry.key, this.#group(entry.key))) {
      this.#options.observer?.depth(entry.priority, -1);
    }
  }

  /** Moves what is due to ready, hands out what is ready, and sets the timer for the next due key. */
  #serve(): void {
    this.#promoteDue();
    while (this.#takers.length > 0) {
      const next = this.#takeReady();
      if (next === undefined) break;
      this.#takers.shift()?.(next);
    }
    this.#setTimer();
  }

  #promoteDue(): void {
    const now = this.#now();
    for (let top = this.#topDelayed(); top !== undefined && top.due <= now; top = this.#topDelayed()) {
      this.#delayed.pop();
      const entry = this.#entries.get(top.key);
      if (entry === undefined) continue;
      entry.due = undefined;
      entry.readySince = now;
      if (!this.#taken.has(entry.key)) this.#makeReady(entry);
    }
  }

  /** The earliest due key; entries that were overtaken by a later `add` are dropped on the way. */
  #topDelayed(): Delayed | undefined {
    for (let top = this.#delayed.peek(); top !== undefined; top = this.#delayed.peek()) {
      if (this.#entries.get(top.key)?.due === top.due) return top;
      this.#delayed.pop();
    }
    return undefined;
  }

  #takeReady(): QueuedKey | undefined {
    for (const priority of ORDER) {
      const key = this.#ready.get(priority)?.shift();
      if (key === undefined) continue;
      this.#options.observer?.depth(priority, -1);
      const since = this.#entries.get(key)?.readySince ?? this.#now();
      this.#entries.delete(key);
      this.#taken.set(key, this.#now());
      this.#options.observer?.waited((this.#now() - since) / 1_000);
      return { key, priority };
    }
    return undefined;
  }

  #setTimer(): void {
    const due = this.#topDelayed()?.due ?? Number.POSITIVE_INFINITY;
    if (due === this.#timerAt) return;
    this.#cancelTimer?.();
    this.#timerAt = due;
    this.#cancelTimer = undefined;
    if (due === Number.POSITIVE_INFINITY) return;
    this.#cancelTimer = this.#options.clock.schedule(due - this.#now(), () => {
      this.#timerAt = Number.POSITIVE_INFINITY;
      this.#serve();
    });
  }

  /** Stops the timer; waiting keys stay. */
  close(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.#timerAt = Number.POSITIVE_INFINITY;
  }

  #now(): number {
    return this.#options.clock.monotonic();
  }

  #group(key: string): string {
    return this.#options.group?.(key) ?? key.slice(0, key.indexOf('/'));
  }
}

const DEFAULT_BACKOFF: BackoffBounds = { first: 5, longest: 1_000_000 };
