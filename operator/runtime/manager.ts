import type { Gauge, Registry } from 'prom-client';
import type { ApiClient } from './api.ts';
import type { Clock, Random } from './clock.ts';
import { Controller, type ControllerOptions } from './controller.ts';
import { createControllerMetrics } from './controller-metrics.ts';
import type { Log } from './log.ts';
import { createGauge } from './metrics.ts';
import type { KubernetesObject } from './objects.ts';
import type { Check } from './probes.ts';
import { createReflector, type Reflector, type ReflectorOptions } from './reflector.ts';
import { WriteTracker } from './write-tracker.ts';

/** What a manager needs. */
export interface ManagerOptions {
  readonly client: ApiClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly registry: Registry;
  /** The names of all controllers that will be made: metric labels are a closed set. */
  readonly controllers: readonly string[];
}

/** Who decides when this process may work; an Elector is one. */
export interface Leadership {
  run(signal: AbortSignal, lead: (term: AbortSignal) => Promise<void>): Promise<void>;
}

/** What a process does as leader besides its controllers. */
export interface LeaderHooks {
  /** Runs beside the workers until its signal is aborted. */
  readonly whileLeading?: (term: AbortSignal) => Promise<void>;
  /** Runs after the workers have ended, while this process may still write. */
  readonly beforeRelease?: () => Promise<void>;
}

/** Puts caches, controllers and leadership together: caches always run, workers only while this process leads. */
export class Manager {
  readonly writes = new WriteTracker();
  readonly #options: ManagerOptions;
  readonly #metrics: ReturnType<typeof createControllerMetrics>;
  readonly #caches: ManagedCache[] = [];
  readonly #controllers: Controller[] = [];

  constructor(options: ManagerOptions) {
    this.#options = options;
    this.#metrics = createControllerMetrics(options.registry, options.clock, options.controllers);
  }

  /** A cache of one resource. Make each once and share it between controllers. */
  cache<T extends KubernetesObject>(options: ReflectorOptions<T>): Reflector<T> {
    const reflector = createReflector(options, this.#options);
    this.#caches.push(reflector);
    this.writes.observe(reflector);
    return reflector;
  }

  /** A controller; `watch` on it says what wakes it. */
  controller(options: ControllerOptions): Controller {
    const { clock, random, log } = this.#options;
    const deps = { clock, random, log, metrics: this.#metrics, writes: this.writes };
    const controller = new Controller(options, deps);
    this.#controllers.push(controller);
    return controller;
  }

  /** Ready when every cache has its first list. */
  readyCheck(): Check {
    return {
      name: 'caches',
      run: () =>
        this.#caches.every((cache) => cache.hasSynced()) ? { ok: true } : { ok: false, reason: 'NotSynced' },
    };
  }

  /** Alive unless a cache has heard nothing for `milliseconds` (default 10 min; a watch is given up after 100 s). */
  liveCheck(milliseconds = 600_000): Check {
    return {
      name: 'watches',
      run: () =>
        this.#caches.every((cache) => cache.silence() < milliseconds)
          ? { ok: true }
          : { ok: false, reason: 'Silent' },
    };
  }

  /** Runs until `signal` is aborted and everything in progress has ended. */
  async run(signal: AbortSignal, leadership: Leadership, hooks: LeaderHooks = {}): Promise<void> {
    this.#exportFreshness();
    const caches = this.#caches.map((cache) => cache.run(signal));
    await Promise.race([Promise.all(this.#caches.map((cache) => cache.synced)), aborted(signal)]);
    await leadership.run(signal, async (term) => {
      const workers = this.#controllers.map((controller) => controller.run(term));
      await Promise.all([...workers, hooks.whileLeading?.(term)]);
      await hooks.beforeRelease?.();
    });
    await Promise.all(caches);
    for (const controller of this.#controllers) controller.close();
  }

  /** Both are computed when they are read. */
  #exportFreshness(): void {
    const labels = { resource: [...new Set(this.#caches.map((cache) => cache.type.plural))] };
    const { registry } = this.#options;
    const silence = createGauge(registry, {
      name: 'twin_watch_silence_seconds',
      help: 'Seconds since the API server was last heard on the watch of a resource',
      labels,
    });
    const version = createGauge(registry, {
      name: 'store_resource_version',
      help: 'The newest resource version that the cache of a resource is known to include',
      labels,
    });
    onRead(silence, this.#caches, (cache) => cache.silence() / 1_000);
    onRead(version, this.#caches, (cache) => Number(cache.resourceVersion()));
  }
}

type ManagedCache = Pick<
  Reflector<KubernetesObject>,
  'run' | 'synced' | 'hasSynced' | 'silence' | 'type' | 'resourceVersion'
>;

function onRead(gauge: Gauge, caches: readonly ManagedCache[], value: (cache: ManagedCache) => number): void {
  const collect = (): void => {
    for (const cache of caches) gauge.set({ resource: cache.type.plural }, value(cache));
  };
  Object.assign(gauge, { collect });
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
