import { randomUUID } from 'node:crypto';
import { type Clock, type Random, sleep } from './clock.ts';
import type { ControllerMetrics, ReconcileOutcome } from './controller-metrics.ts';
import type { Duration } from './duration.ts';
import { StaleError, TerminalError, TimeoutError } from './errors.ts';
import type { Log } from './log.ts';
import { formatKey, parseKey } from './object-key.ts';
import type { KubernetesObject, ObjectKey } from './objects.ts';
import { PRIORITY, type Priority, PriorityQueue, type QueuedKey } from './queue.ts';
import type { Reflector } from './reflector.ts';
import type { Change } from './store.ts';
import { trackerKey, type Write, type WriteTracker } from './write-tracker.ts';

/** What a reconcile asks for when it ends well. */
export interface Result {
  /** Look again after this time; absent: only when something changes. */
  readonly requeueAfter?: Duration;
}

/** What a reconcile is given besides the key. */
export interface ReconcileContext {
  /** Carries `controller`, `object` and `reconcileID`. */
  readonly log: Log;
  /** Aborted when the time is over, the process ends or leadership is lost. */
  readonly signal: AbortSignal;
  /** Tells the loop of a write, so that the key does not run again before the caches show it. */
  wrote(write: Write): void;
}

/** Brings the world in line for one key. A thrown TerminalError is not retried; any other error is, with back-off. */
export type Reconcile = (key: ObjectKey, context: ReconcileContext) => Promise<Result>;

/** What a controller is made of. */
export interface ControllerOptions {
  /** Lower-case, for example `patient-twin`; the label of its metrics. */
  readonly name: string;
  readonly reconcile: Reconcile;
  /** Keys worked on at once; default 10. */
  readonly workers?: number;
  /** Milliseconds a reconcile may take; default 60 s. */
  readonly timeout?: number;
}

/** What a controller needs from outside. */
export interface ControllerDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly metrics: ControllerMetrics;
  readonly writes: WriteTracker;
}

/** A key to look at, and how urgent it is. */
export interface Request {
  readonly key: ObjectKey;
  readonly priority: Priority;
}

/** Says which keys a change concerns. It only computes keys: it reads nothing but the change and caches. */
export type Mapping<T extends KubernetesObject> = (change: Change<T>) => readonly Request[];

const WORKERS = 10;
const TIMEOUT = 60_000;
const STALE_DELAY = 20;
const SETTLE = 5_000;

/** A loop around one queue: changes become keys, keys become reconciles, failures become delays. */
export class Controller {
  readonly name: string;
  readonly #options: ControllerOptions;
  readonly #deps: ControllerDeps;
  readonly #queue: PriorityQueue;

  constructor(options: ControllerOptions, deps: ControllerDeps) {
    this.name = options.name;
    this.#options = options;
    this.#deps = deps;
    const observer = deps.metrics.queue(options.name, () => this.#queue.takenSince());
    this.#queue = new PriorityQueue({ clock: deps.clock, random: deps.random, observer });
    deps.metrics.workers(options.name, options.workers ?? WORKERS);
  }

  /** Enqueues what `mapping` makes of every change of `cache`. Call it before the cache runs. */
  watch<T extends KubernetesObject>(cache: Reflector<T>, mapping: Mapping<T>): this {
    cache.subscribe((change) => {
      for (const { key, priority } of mapping(change)) this.enqueue(key, priority);
    });
    return this;
  }

  /** Asks for one key, for example because something outside the cluster changed. */
  enqueue(key: ObjectKey, priority: Priority = PRIORITY.childEvent): void {
    this.#queue.add(formatKey(key), priority);
  }

  /** Works until `signal` is aborted, then waits for the reconciles in progress. The queue is kept. */
  async run(signal: AbortSignal): Promise<void> {
    const workers = Array.from({ length: this.#options.workers ?? WORKERS }, () => this.#work(signal));
    await Promise.all(workers);
  }

  /** Stops the timer of the queue: with a key in back-off it would keep the process alive for minutes. */
  close(): void {
    this.#queue.close();
  }

  async #work(signal: AbortSignal): Promise<void> {
    for (
      let taken = await this.#queue.take(signal);
      taken !== undefined;
      taken = await this.#queue.take(signal)
    ) {
      await this.#handle(taken, signal);
    }
  }

  async #handle(taken: QueuedKey, signal: AbortSignal): Promise<void> {
    const { metrics, writes, clock } = this.#deps;
    if (!writes.isVisible(this.#trackerKey(taken))) {
      metrics.skippedStale(this.name);
      this.#queue.postpone(taken, STALE_DELAY * (0.5 + this.#deps.random()));
      return;
    }
    const started = clock.monotonic();
    metrics.active(this.name, 1);
    const outcome = await this.#reconcile(taken, signal);
    metrics.active(this.name, -1);
    metrics.reconciled(this.name, outcome, (clock.monotonic() - started) / 1_000);
  }

  async #reconcile(taken: QueuedKey, signal: AbortSignal): Promise<ReconcileOutcome> {
    const log = this.#deps.log.with({ controller: this.name, object: taken.key, reconcileID: randomUUID() });
    try {
      const result = await this.#withinTime(taken, log, signal);
      if (result.requeueAfter === undefined) this.#queue.done(taken);
      else this.#queue.requeue(taken, result.requeueAfter);
      return result.requeueAfter === undefined ? 'success' : 'requeue_after';
    } catch (error) {
      return this.#failed(taken, log, error, signal);
    }
  }

  #failed(taken: QueuedKey, log: Log, error: unknown, signal: AbortSignal): ReconcileOutcome {
    if (signal.aborted) {
      this.#queue.postpone(taken, 0);
      return 'requeue';
    }
    if (error instanceof StaleError) {
      log.debug('reconcile was overtaken', { retryInSeconds: this.#queue.retry(taken) / 1_000 });
      return 'requeue';
    }
    this.#deps.metrics.failed(this.name, kindOf(error));
    if (error instanceof TerminalError) {
      log.error('reconcile failed for good', { error });
      this.#queue.done(taken);
    } else {
      log.error('reconcile failed', { error, retryInSeconds: this.#queue.retry(taken) / 1_000 });
    }
    return 'error';
  }

  /** Runs the reconcile with a signal that also ends at the timeout; a reconcile that ignores it fails all the same. */
  async #withinTime(taken: QueuedKey, log: Log, signal: AbortSignal): Promise<Result> {
    const limit = new AbortController();
    const onAbort = (): void => limit.abort();
    signal.addEventListener('abort', onAbort, { once: true });
    const finished = new AbortController();
    const wrote = (write: Write): void => this.#deps.writes.wrote(this.#trackerKey(taken), write);
    try {
      const late = sleep(this.#deps.clock, this.#options.timeout ?? TIMEOUT, finished.signal).then(
        () => undefined,
      );
      const work = this.#options.reconcile(parseKey(taken.key), { log, signal: limit.signal, wrote });
      const result = await Promise.race([work, late]);
      if (result !== undefined) return result;
      limit.abort();
      await this.#settle(work);
      throw new TimeoutError('the reconcile took too long and was given up');
    } finally {
      signal.removeEventListener('abort', onAbort);
      limit.abort();
      finished.abort();
    }
  }

  /** Gives work that was told to stop a moment to do so, so that a key is not worked on twice at once. */
  async #settle(work: Promise<Result>): Promise<void> {
    const settled = new AbortController();
    const end = (): void => settled.abort();
    work.then(end, end);
    await sleep(this.#deps.clock, SETTLE, settled.signal);
  }

  #trackerKey(taken: QueuedKey): string {
    return trackerKey(this.name, parseKey(taken.key));
  }
}

/** An error of a class that no code of ours throws is a bug: controller-runtime counts it as a panic. */
function kindOf(error: unknown): 'error' | 'terminal' | 'timeout' | 'panic' {
  if (error instanceof TimeoutError) return 'timeout';
  if (error instanceof TerminalError) return 'terminal';
  return error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError
    ? 'panic'
    : 'error';
}
