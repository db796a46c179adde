// Who may enter: a bounded amount of work (rows to roll, and the seconds that they are predicted to take) and of memory
// (bytes to hold). What is admitted is computed; what is not, or could not begin before its deadline, is refused at
// once, with a hint when to come back, so that overload does not become latency.
import { CallError } from '../errors.ts';
import type { PriorityClass } from '../trajectory/plan.ts';

/** What a request will take. */
export interface Demand {
  /** Samples times scenarios; an open protocol pass counts its rows. */
  readonly rows: number;
  /** Bytes of request and answer held in memory. */
  readonly bytes: number;
  readonly priority: PriorityClass;
  /** Rows times years to roll; absent for single passes. */
  readonly rowYears?: number;
  /** Instants of the history that are folded first, one row each. */
  readonly instants?: number;
  /** Seconds that the caller will wait; absent = for ever. */
  readonly patienceSeconds?: number;
}

/** Bounds of what is admitted and not finished. */
export interface AdmissionLimits {
  readonly rows: number;
  readonly bytes: number;
  /** Predicted seconds of work. */
  readonly seconds: number;
}

/** A place in the queue; release it exactly once, further releases do nothing. */
export interface Ticket {
  /** Tells which share of it is done, 0 to 1. */
  progress(share: number): void;
  release(): void;
}

// Share of the bounds that each priority may fill: batch work always leaves room for people.
const SHARE: Readonly<Record<PriorityClass, number>> = { 0: 1, 1: 0.9, 2: 0.8 };
const SHORTEST_PUSHBACK_MS = 50;
const LONGEST_PUSHBACK_MS = 5_000;
/** How fast the speed is learnt: weight of a new observation of a second's work, or of a leaf. */
const LEARNING = 0.05;

type PerPriority = [number, number, number];

/** Counts what has been admitted. */
export class Admission {
  readonly #limits: AdmissionLimits;
  #rows = 0;
  #bytes = 0;
  readonly #waiting: PerPriority = [0, 0, 0];
  /** Steps (rows through the graph) admitted and not done. */
  readonly #steps: PerPriority = [0, 0, 0];
  #stepsPerSecond = 50_000;
  #stepsPerYear = 2;
  #threads = 1;
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

  /** Predicted seconds of what is admitted and not done. */
  get seconds(): number {
    return this.#secondsUpTo(2);
  }

  /** Whether admission has ended for good. */
  get isDraining(): boolean {
    return this.#isDraining;
  }

  /** Ends admission: whatever comes is DRAINING. */
  drain(): void {
    this.#isDraining = true;
  }

  /** Tells how many engine threads share the work. */
  begin(threads: number): void {
    this.#threads = threads;
  }

  /** Learns how many steps an engine thread makes in a second. */
  observeRuns(steps: number, seconds: number): void {
    if (seconds <= 0) return;
    const weight = Math.min(1, LEARNING + seconds / 10);
    this.#stepsPerSecond += weight * (steps / seconds - this.#stepsPerSecond);
  }

  /** Learns how many steps a row needs for a year, from a finished leaf. */
  observeLeaf(steps: number, rowYears: number): void {
    if (rowYears > 0) this.#stepsPerYear += LEARNING * (steps / rowYears - this.#stepsPerYear);
  }

  /** Predicted seconds of a demand on all threads. */
  predict(demand: Pick<Demand, 'rows' | 'rowYears' | 'instants'>): number {
    return this.#stepsOf(demand) / (this.#stepsPerSecond * this.#threads);
  }

  /** Admits a demand. Throws CallError REQUEST_TOO_LARGE, QUEUE_FULL or DRAINING. */
  admit(demand: Demand): Ticket {
    this.#refuseIfImpossible(demand);
    // An idle server takes any possible demand, whatever its priority.
    if (this.#rows > 0 && (this.#isFull(demand) || this.#isTooLate(demand))) {
      throw new CallError('QUEUE_FULL', 'the queue of the engine is full; call again later', {
        retryAfterMs: this.#pushbackMs(),
      });
    }
    return this.#enter(demand);
  }

  #isFull(demand: Demand): boolean {
    const share = SHARE[demand.priority];
    return (
      this.#rows + demand.rows > this.#limits.rows * share ||
      this.#bytes + demand.bytes > this.#limits.bytes * share ||
      this.seconds + this.predict(demand) > this.#limits.seconds * share
    );
  }

  /** Whether the work before it takes longer than its caller waits. */
  #isTooLate({ priority, patienceSeconds = Infinity }: Demand): boolean {
    return this.#secondsUpTo(priority) > patienceSeconds;
  }

  #secondsUpTo(priority: PriorityClass): number {
    const steps = this.#steps.slice(0, priority + 1).reduce((sum, one) => sum + one, 0);
    return steps / (this.#stepsPerSecond * this.#threads);
  }

  #stepsOf({ rows, rowYears = 0, instants = 0 }: Pick<Demand, 'rows' | 'rowYears' | 'instants'>): number {
    return rowYears > 0 ? rowYears * this.#stepsPerYear + instants : rows;
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
    const { priority } = demand;
    const total = this.#stepsOf(demand);
    let left = total;
    const leave = (steps: number): void => {
      this.#steps[priority] -= left - steps;
      left = steps;
    };
    this.#count(demand, 1);
    this.#steps[priority] += total;
    let isHeld = true;
    return {
      progress: (share) => {
        if (isHeld) leave(total * (1 - Math.min(1, Math.max(0, share))));
      },
      release: () => {
        if (!isHeld) return;
        isHeld = false;
        leave(0);
        this.#count(demand, -1);
        if (this.#rows === 0) this.#steps.fill(0);
      },
    };
  }

  #count({ rows, bytes, priority }: Demand, sign: 1 | -1): void {
    this.#rows += sign * rows;
    this.#bytes += sign * bytes;
    this.#waiting[priority] += sign;
  }

  #pushbackMs(): number {
    const half = (this.seconds / 2) * 1_000;
    return Math.round(Math.min(LONGEST_PUSHBACK_MS, Math.max(SHORTEST_PUSHBACK_MS, half)));
  }
}
