// Who may enter: a bounded amount of work (rows to roll) and of memory (bytes to hold). What is admitted is computed;
// what is not is refused at once, with a hint when to come back, so that overload does not become latency.
import { CallError } from '../errors.ts';
import type { PriorityClass } from '../trajectory/plan.ts';

/** What a request will take. */
export interface Demand {
  /** Samples times scenarios; an open protocol pass counts its rows. */
  readonly rows: number;
  /** Bytes of request and answer held in memory. */
  readonly bytes: number;
  readonly priority: PriorityClass;
}

/** Bounds of what is admitted and not finished. */
export interface AdmissionLimits {
  readonly rows: number;
  readonly bytes: number;
}

/** A place in the queue; release it exactly once, further releases do nothing. */
export interface Ticket {
  release(): void;
}

// Share of the bounds that each priority may fill: batch work always leaves room for people.
const SHARE: Readonly<Record<PriorityClass, number>> = { 0: 1, 1: 0.9, 2: 0.8 };
const SHORTEST_PUSHBACK_MS = 50;
const LONGEST_PUSHBACK_MS = 5_000;

/** Counts what has been admitted. */
export class Admission {
  readonly #limits: AdmissionLimits;
  #rows = 0;
  #bytes = 0;
  #waiting: [number, number, number] = [0, 0, 0];
  #rowsPerSecond = 20_000;
  #isDraining = false;

  constructor(limits: AdmissionLimits) {
    this.#limits = limits;
  }

  /** Rows admitted and not finished. */
  get rows(): number {
    return this.#rows;
  }

  /** Requests admitted and not finished, by priority class. */
  get requests(): readonly [number, number, number] {
    return this.#waiting;
  }

  /** Whether admission has ended for good. */
  get isDraining(): boolean {
    return this.#isDraining;
  }

  /** Ends admission: whatever comes is DRAINING. */
  drain(): void {
    this.#isDraining = true;
  }

  /** Learns how fast paths end, for the hint when to come back. */
  observe(rows: number, seconds: number): void {
    if (seconds <= 0) return;
    this.#rowsPerSecond = 0.95 * this.#rowsPerSecond + 0.05 * (rows / seconds);
  }

  /** Admits a demand. Throws CallError REQUEST_TOO_LARGE, QUEUE_FULL or DRAINING. */
  admit(demand: Demand): Ticket {
    this.#refuseIfImpossible(demand);
    const share = SHARE[demand.priority];
    const isFull =
      this.#rows + demand.rows > this.#limits.rows * share ||
      this.#bytes + demand.bytes > this.#limits.bytes * share;
    // An idle server takes any possible demand, whatever its priority.
    if (isFull && this.#rows > 0) {
      throw new CallError('QUEUE_FULL', 'the queue of the engine is full; call again later', {
        retryAfterMs: this.#pushbackMs(),
      });
    }
    return this.#enter(demand);
  }

  #refuseIfImpossible(demand: Demand): void {
    if (this.#isDraining) {
      throw new CallError('DRAINING', 'this engine is going away; call again to reach another one', {
        retryAfterMs: SHORTEST_PUSHBACK_MS,
      });
    }
    if (demand.rows > this.#limits.rows || demand.bytes > this.#limits.bytes) {
      throw new CallError(
        'REQUEST_TOO_LARGE',
        'ranges ask for too much at once; ask for fewer samples per call',
      );
    }
  }

  #enter(demand: Demand): Ticket {
    this.#count(demand, 1);
    let isHeld = true;
    return {
      release: () => {
        if (isHeld) this.#count(demand, -1);
        isHeld = false;
      },
    };
  }

  #count({ rows, bytes, priority }: Demand, sign: 1 | -1): void {
    this.#rows += sign * rows;
    this.#bytes += sign * bytes;
    this.#waiting[priority] += sign;
  }

  #pushbackMs(): number {
    const half = (this.#rows / 2 / this.#rowsPerSecond) * 1_000;
    return Math.round(Math.min(LONGEST_PUSHBACK_MS, Math.max(SHORTEST_PUSHBACK_MS, half)));
  }
}
