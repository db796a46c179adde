import { type ApiClient, isConflict, isNotFound } from './api.ts';
import type { Clock } from './clock.ts';
import { milliseconds } from './duration.ts';
import { asError } from './errors.ts';
import type { Log } from './log.ts';
import { collectionPath, objectPath } from './object-key.ts';
import type { KubernetesObject } from './objects.ts';
import { RESOURCES } from './resource-types.ts';

/** What a standby needs to know of a Lease. */
export interface LeaseRecord {
  /** Empty when nobody holds it. */
  readonly holder: string;
  /** Changes with every renewal. */
  readonly version: string;
  readonly durationMilliseconds: number;
}

/**
 * Judges a Lease by when this process saw it change; times that others wrote are never read, so a wrong clock
 * elsewhere does no harm.
 */
export class LeaseObservation {
  readonly #identity: string;
  readonly #lease: number;
  #version: string | undefined;
  #at = 0;

  /** `lease` is how long, in milliseconds, a Lease must stay unchanged before it may be taken. */
  constructor(identity: string, lease: number) {
    this.#identity = identity;
    this.#lease = lease;
  }

  /** Whether the Lease may be taken at `now` (monotonic milliseconds): given up, our own, or no longer renewed. */
  isFree(lease: LeaseRecord, now: number): boolean {
    if (this.#version !== lease.version) {
      this.#version = lease.version;
      this.#at = now;
    }
    if (lease.holder === '' || lease.holder === this.#identity) return true;
    return now - this.#at > Math.max(this.#lease, lease.durationMilliseconds);
  }
}

interface Lease extends KubernetesObject {
  readonly spec?: {
    readonly holderIdentity?: string;
    readonly leaseDurationSeconds?: number;
    readonly acquireTime?: string;
    readonly renewTime?: string;
    readonly leaseTransitions?: number;
  };
}

interface Times {
  readonly lease: number;
  readonly renewDeadline: number;
}

/** Reads and writes one Lease. Failures are logged here and come back as values: an election just tries again. */
export class LeaseStore {
  readonly #client: ApiClient;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #key: { readonly namespace: string; readonly name: string };
  readonly #identity: string;
  #known: Lease | undefined;

  constructor(
    client: ApiClient,
    options: {
      readonly clock: Clock;
      readonly log: Log;
      readonly namespace: string;
      readonly name: string;
      readonly identity: string;
    },
  ) {
    this.#client = client;
    this.#clock = options.clock;
    this.#log = options.log;
    this.#key = { namespace: options.namespace, name: options.name };
    this.#identity = options.identity;
  }

  /** The Lease as it is; undefined when the server does not answer. A missing Lease is free. */
  async read(signal: AbortSignal, times: Times): Promise<LeaseRecord | undefined> {
    try {
      const lease = await this.#get(signal, times);
      this.#known = lease;
      const duration = (lease.spec?.leaseDurationSeconds ?? 0) * 1_000;
      const version = `${lease.metadata.uid}/${lease.metadata.resourceVersion}`;
      return { holder: lease.spec?.holderIdentity ?? '', version, durationMilliseconds: duration };
    } catch (error) {
      if (isNotFound(error)) {
        this.#known = undefined;
        return { holder: '', version: '', durationMilliseconds: 0 };
      }
      if (!signal.aborted) this.#log.warn('lease not read', { error: asError(error) });
      return undefined;
    }
  }

  /** Takes the Lease that was read last; false when somebody was faster or the server does not answer. */
  async acquire(signal: AbortSignal, times: Times): Promise<boolean> {
    const now = microTime(this.#clock.now());
    const spec = {
      ...this.#known?.spec,
      holderIdentity: this.#identity,
      leaseDurationSeconds: Math.max(1, Math.ceil(times.lease / 1_000)),
      acquireTime: now,
      renewTime: now,
      leaseTransitions: (this.#known?.spec?.leaseTransitions ?? -1) + 1,
    };
    try {
      this.#known =
        this.#known === undefined
          ? await this.#create(spec, signal, times)
          : await this.#put(spec, signal, times);
      return true;
    } catch (error) {
      if (!signal.aborted) this.#log.info('lease not acquired', { error: asError(error) });
      return false;
    }
  }

  /** Renews the Lease this process holds. `Lost` when another holds it now, `Failed` when that is not known. */
  async renew(signal: AbortSignal, times: Times): Promise<'Renewed' | 'Lost' | 'Failed'> {
    try {
      this.#known = await this.#put(
        { ...this.#known?.spec, renewTime: microTime(this.#clock.now()) },
        signal,
        times,
      );
      return 'Renewed';
    } catch (error) {
      if (isNotFound(error)) return 'Lost';
      if (isConflict(error)) return this.#renewAfterConflict(signal, times);
      return 'Failed';
    }
  }

  /** Gives the Lease up so that another may take it at once; false when that failed. */
  async release(times: Times): Promise<boolean> {
    try {
      await this.#putReleased(times).catch((error: unknown) => this.#releaseAfterConflict(error, times));
      return true;
    } catch (error) {
      this.#log.warn('lease not released', { error: asError(error) });
      return false;
    }
  }

  #putReleased(times: Times): Promise<Lease> {
    const renewTime = microTime(this.#clock.now());
    const spec = { ...this.#known?.spec, holderIdentity: '', leaseDurationSeconds: 1, renewTime };
    return this.#put(spec, undefined, times);
  }

  /** The last renewal may have been given up after it was executed: then the version that is known is old. */
  async #releaseAfterConflict(error: unknown, times: Times): Promise<void> {
    if (!isConflict(error)) throw error;
    const lease = await this.#get(undefined, times);
    if (lease.spec?.holderIdentity !== this.#identity) return;
    this.#known = lease;
    await this.#putReleased(times);
  }

  /** Somebody wrote the Lease: perhaps only a label, perhaps our own write whose answer was lost. */
  async #renewAfterConflict(signal: AbortSignal, times: Times): Promise<'Renewed' | 'Lost' | 'Failed'> {
    try {
      const lease = await this.#get(signal, times);
      if (lease.spec?.holderIdentity !== this.#identity) return 'Lost';
      this.#known = lease;
      this.#known = await this.#put(
        { ...lease.spec, renewTime: microTime(this.#clock.now()) },
        signal,
        times,
      );
      return 'Renewed';
    } catch (error) {
      return isNotFound(error) ? 'Lost' : 'Failed';
    }
  }

  #get(signal: AbortSignal | undefined, times: Times): Promise<Lease> {
    return this.#client.request({
      method: 'GET',
      path: objectPath(RESOURCES.leases, this.#key),
      retries: 0,
      urgent: true,
      timeout: attemptTime(times),
      ...(signal ? { signal } : {}),
    });
  }

  #put(spec: Lease['spec'], signal: AbortSignal | undefined, times: Times): Promise<Lease> {
    return this.#client.request({
      method: 'PUT',
      path: objectPath(RESOURCES.leases, this.#key),
      body: { ...this.#known, spec },
      retries: 0,
      urgent: true,
      timeout: attemptTime(times),
      ...(signal ? { signal } : {}),
    });
  }

  #create(spec: Lease['spec'], signal: AbortSignal, times: Times): Promise<Lease> {
    return this.#client.request({
      method: 'POST',
      path: collectionPath(RESOURCES.leases, this.#key.namespace),
      body: { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: this.#key, spec },
      signal,
      retries: 0,
      urgent: true,
      timeout: attemptTime(times),
    });
  }
}

/** Several attempts fit into the renew deadline. */
function attemptTime(times: Times): ReturnType<typeof milliseconds> {
  return milliseconds(times.renewDeadline / 2);
}

/** RFC 3339 with microseconds, as a Lease wants it. */
function microTime(date: Date): string {
  return date.toISOString().replace('Z', '000Z');
}
