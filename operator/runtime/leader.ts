import type { Registry } from 'prom-client';
import type { ApiClient, Fence } from './api.ts';
import { type Clock, type Random, sleep } from './clock.ts';
import { LeaseObservation, LeaseStore } from './lease.ts';
import type { Log } from './log.ts';
import { createGauge } from './metrics.ts';

/** Times of an election, in milliseconds. */
export interface ElectionTimes {
  /** How long others must see no renewal before they may take over; default 15 s. */
  readonly lease: number;
  /** How long after the start of its last renewal a leader may still write; default 10 s. Less than `lease`. */
  readonly renewDeadline: number;
  /** Between two attempts of a leader to renew; default 2 s. */
  readonly retry: number;
  /** Between two looks of a standby; default 0.8 s, so that a released lease is taken within a second. */
  readonly look: number;
}

/** What an elector needs. */
export interface ElectorOptions {
  readonly client: ApiClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly registry?: Registry;
  /** Where the Lease is. */
  readonly namespace: string;
  readonly name: string;
  /** Unique per process, for example the pod's name and a random part. */
  readonly identity: string;
  readonly times?: Partial<ElectionTimes>;
}

const DEFAULTS: ElectionTimes = { lease: 15_000, renewDeadline: 10_000, retry: 2_000, look: 800 };

/**
 * Decides which of several processes may write, by a Lease:
 *
 *   standby ──(lease free, released, or unchanged for `lease` by the own clock)──► leading
 *   leading ──(`renewDeadline` after the start of the last renewal, or the lease is another's)──► standby
 *   leading ──(release)──► ended, the lease is given up
 *
 * Times of others are never read: what counts is when this process saw the lease change.
 */
export class Elector implements Fence {
  readonly #options: ElectorOptions;
  readonly #times: ElectionTimes;
  readonly #store: LeaseStore;
  readonly #setGauge: (leading: boolean) => void;
  readonly #seen: LeaseObservation;
  #term: AbortController | undefined;
  #deadline = 0;
  #cancelDeadline: () => void = () => {};

  constructor(options: ElectorOptions) {
    this.#options = options;
    this.#times = { ...DEFAULTS, ...options.times };
    this.#seen = new LeaseObservation(options.identity, this.#times.lease);
    this.#store = new LeaseStore(options.client, options);
    const { name } = options;
    const gauge =
      options.registry &&
      createGauge(options.registry, {
        name: 'leader_election_master_status',
        help: 'Gauge of if the reporting system is master of the relevant lease, 0 indicates backup, 1 indicates master.',
        labels: { name: [name] },
      });
    this.#setGauge = (leading) => gauge?.set({ name }, leading ? 1 : 0);
  }

  /** Whether this process leads at this very moment, also if it was stopped and has just gone on. */
  isLeading(): boolean {
    return this.#term !== undefined && this.#options.clock.monotonic() < this.#deadline;
  }

  /** A signal that is aborted when the present term ends; undefined when this process does not lead. */
  signal(): AbortSignal | undefined {
    return this.isLeading() ? this.#term?.signal : undefined;
  }

  /**
   * Stands for election until `signal` is aborted, and calls `lead` for each term; `lead` must end soon after
   * its signal is aborted. On the way out the lease is released, once `lead` has ended.
   */
  async run(signal: AbortSignal, lead: (term: AbortSignal) => Promise<void>): Promise<void> {
    while (!signal.aborted) {
      if (await this.#tryAcquire(signal)) await this.#lead(signal, lead);
      else await sleep(this.#options.clock, this.#jittered(this.#times.look), signal);
    }
  }

  async #lead(signal: AbortSignal, lead: (term: AbortSignal) => Promise<void>): Promise<void> {
    const term = this.#term;
    if (term === undefined) return;
    this.#options.log.info('leading', { identity: this.#options.identity });
    const stopped = new AbortController();
    const onShutdown = (): void => stopped.abort();
    signal.addEventListener('abort', onShutdown, { once: true });
    term.signal.addEventListener('abort', onShutdown, { once: true });
    const renewing = this.#renewUntilEnd(term.signal);
    try {
      if (signal.aborted) stopped.abort();
      await lead(stopped.signal);
    } finally {
      signal.removeEventListener('abort', onShutdown);
      const mine = this.#term === term && this.isLeading();
      this.#endTerm('Ended');
      await renewing;
      if (mine && signal.aborted) await this.#release();
    }
  }

  async #renewUntilEnd(term: AbortSignal): Promise<void> {
    for (;;) {
      await sleep(this.#options.clock, this.#jittered(this.#times.retry), term);
      if (term.aborted) return;
      await this.#renew(term);
    }
  }

  async #renew(term: AbortSignal): Promise<void> {
    const started = this.#options.clock.monotonic();
    const outcome = await this.#store.renew(term, this.#times);
    if (term.aborted) return;
    if (outcome === 'Renewed') this.#extend(started);
    else if (outcome === 'Lost') this.#endTerm('LeaseTaken');
    else this.#options.log.warn('lease not renewed', { identity: this.#options.identity });
  }

  async #tryAcquire(signal: AbortSignal): Promise<boolean> {
    const started = this.#options.clock.monotonic();
    const lease = await this.#store.read(signal, this.#times);
    if (lease === undefined || !this.#seen.isFree(lease, this.#options.clock.monotonic())) return false;
    if (!(await this.#store.acquire(signal, this.#times))) return false;
    this.#term = new AbortController();
    this.#setGauge(true);
    this.#extend(started);
    return true;
  }

  #extend(renewalStarted: number): void {
    this.#deadline = renewalStarted + this.#times.renewDeadline;
    this.#cancelDeadline();
    const left = this.#deadline - this.#options.clock.monotonic();
    this.#cancelDeadline = this.#options.clock.schedule(left, () => this.#endTerm('RenewDeadline'));
  }

  #endTerm(reason: string): void {
    if (this.#term === undefined) return;
    this.#options.log.info('no longer leading', { identity: this.#options.identity, reason });
    this.#cancelDeadline();
    const term = this.#term;
    this.#term = undefined;
    this.#setGauge(false);
    term.abort();
  }

  async #release(): Promise<void> {
    const released = await this.#store.release(this.#times);
    this.#options.log.info('lease released', { identity: this.#options.identity, result: String(released) });
  }

  #jittered(milliseconds: number): number {
    return milliseconds * (0.9 + 0.2 * this.#options.random());
  }
}
