import type { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Clock } from './clock.ts';
import { createCounter, createGauge, createHistogram, QUEUE_BUCKETS, RECONCILE_BUCKETS } from './metrics.ts';
import { PRIORITY, type Priority, type QueueObserver } from './queue.ts';

/** How a reconcile ended. */
export type ReconcileOutcome = 'success' | 'error' | 'requeue' | 'requeue_after';

/** The metrics of all controllers of a process, under controller-runtime's names. */
export interface ControllerMetrics {
  reconciled(controller: string, outcome: ReconcileOutcome, seconds: number): void;
  failed(controller: string, kind: 'error' | 'terminal' | 'timeout' | 'panic'): void;
  workers(controller: string, most: number): void;
  active(controller: string, change: number): void;
  skippedStale(controller: string): void;
  /** What the queue of a controller reports to; `takenSince` gives the monotonic times of work in progress. */
  queue(controller: string, takenSince: () => readonly number[]): QueueObserver;
}

const OUTCOMES: readonly ReconcileOutcome[] = ['success', 'error', 'requeue', 'requeue_after'];

/** Metrics for exactly these controllers; every series exists from the start. */
export function createControllerMetrics(
  registry: Registry,
  clock: Clock,
  controllers: readonly string[],
): ControllerMetrics {
  const gauge = (name: string, help: string): Gauge =>
    createGauge(registry, { name: `controller_runtime_${name}`, help, labels: { controller: controllers } });
  const total = createCounter(registry, {
    name: 'controller_runtime_reconcile_total',
    help: 'Total number of reconciliations per controller',
    labels: { controller: controllers, result: OUTCOMES },
  });
  const time = createHistogram(registry, {
    name: 'controller_runtime_reconcile_time_seconds',
    help: 'Length of time per reconciliation per controller',
    labels: { controller: controllers },
    buckets: RECONCILE_BUCKETS,
  });
  const failures = createFailureCounters(registry, controllers);
  const most = gauge('max_concurrent_reconciles', 'Maximum number of concurrent reconciles per controller');
  const active = gauge('active_workers', 'Number of currently used workers per controller');
  const skips = createCounter(registry, {
    name: 'stale_sync_skips_total',
    help: 'Number of reconciles put off because the cache did not yet show the own writes',
    labels: { controller: controllers },
  });
  const queues = createQueueMetrics(registry, clock, controllers);
  return {
    reconciled: (controller, result, seconds) => {
      total.inc({ controller, result });
      time.observe({ controller }, seconds);
    },
    failed: (controller, kind) => {
      failures[kind].inc({ controller });
      if (kind !== 'error') failures.error.inc({ controller });
    },
    workers: (controller, count) => most.set({ controller }, count),
    active: (controller, change) => active.inc({ controller }, change),
    skippedStale: (controller) => skips.inc({ controller }),
    queue: queues,
  };
}

function createFailureCounters(
  registry: Registry,
  controllers: readonly string[],
): Readonly<Record<'error' | 'terminal' | 'timeout' | 'panic', Counter>> {
  const counter = (name: string, what: string): Counter =>
    createCounter(registry, {
      name: `controller_runtime_${name}_total`,
      help: `Total number of ${what} per controller`,
      labels: { controller: controllers },
    });
  return {
    error: counter('reconcile_errors', 'reconciliation errors'),
    terminal: counter('terminal_reconcile_errors', 'terminal reconciliation errors'),
    timeout: counter('reconcile_timeouts', 'reconciliation timeouts'),
    panic: counter('reconcile_panics', 'reconciliation panics'),
  };
}

type QueueObserverOf = ControllerMetrics['queue'];

function createQueueMetrics(
  registry: Registry,
  clock: Clock,
  controllers: readonly string[],
): QueueObserverOf {
  const taken = new Map<string, () => readonly number[]>();
  const metrics = createQueueSeries(registry, controllers);
  const ages = (name: string): readonly number[] =>
    (taken.get(name)?.() ?? []).map((since) => (clock.monotonic() - since) / 1_000);
  onCollect(metrics.unfinished, controllers, (name) => ages(name).reduce((sum, age) => sum + age, 0));
  onCollect(metrics.longest, controllers, (name) => Math.max(0, ...ages(name)));
  return (controller, takenSince) => {
    taken.set(controller, takenSince);
    const labels = { name: controller, controller };
    return {
      added: () => metrics.adds.inc(labels),
      retried: () => metrics.retries.inc(labels),
      depth: (priority: Priority, change) =>
        metrics.depth.inc({ ...labels, priority: String(priority) }, change),
      waited: (seconds) => metrics.waited.observe(labels, seconds),
      worked: (seconds) => metrics.worked.observe(labels, seconds),
    };
  };
}

interface QueueSeries {
  readonly depth: Gauge;
  readonly adds: Counter;
  readonly retries: Counter;
  readonly waited: Histogram;
  readonly worked: Histogram;
  readonly unfinished: Gauge;
  readonly longest: Gauge;
}

/** The label `name` always equals `controller`, so only those pairs are set to zero. */
function createQueueSeries(registry: Registry, controllers: readonly string[]): QueueSeries {
  const priorities = Object.values(PRIORITY).map(String);
  const pairs = controllers.map((controller) => ({ name: controller, controller }));
  const named = (name: string, help: string) => ({ name: `workqueue_${name}`, help, labels: NAMES });
  const series: QueueSeries = {
    depth: createGauge(registry, {
      ...named('depth', 'Current depth of workqueue by priority'),
      labels: DEPTH_NAMES,
    }),
    adds: createCounter(registry, named('adds_total', 'Total number of adds handled by workqueue')),
    retries: createCounter(registry, named('retries_total', 'Total number of retries handled by workqueue')),
    waited: createHistogram(registry, {
      ...named(
        'queue_duration_seconds',
        'How long in seconds an item stays in workqueue before being requested',
      ),
      buckets: QUEUE_BUCKETS,
    }),
    worked: createHistogram(registry, {
      ...named('work_duration_seconds', 'How long in seconds processing an item from workqueue takes'),
      buckets: QUEUE_BUCKETS,
    }),
    unfinished: createGauge(
      registry,
      named('unfinished_work_seconds', 'Seconds of work in progress, summed'),
    ),
    longest: createGauge(
      registry,
      named('longest_running_processor_seconds', 'Age of the oldest work in progress'),
    ),
  };
  for (const pair of pairs) {
    for (const priority of priorities) series.depth.set({ ...pair, priority }, 0);
    for (const one of [series.adds, series.retries]) one.inc(pair, 0);
    for (const one of [series.unfinished, series.longest]) one.set(pair, 0);
    for (const one of [series.waited, series.worked]) one.zero(pair);
  }
  return series;
}

const NAMES = { name: [], controller: [] };
const DEPTH_NAMES = { name: [], controller: [], priority: [] };

/** Computes a gauge at the moment it is read. */
function onCollect(
  gauge: Gauge,
  controllers: readonly string[],
  value: (controller: string) => number,
): void {
  Object.assign(gauge, {
    collect: () => {
      for (const controller of controllers) gauge.set({ name: controller, controller }, value(controller));
    },
  });
}
