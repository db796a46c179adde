import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** Label names with the closed set of values each may take. */
export type ClosedLabels = Readonly<Record<string, readonly string[]>>;

/** Name and help of a metric, with its labels. */
export interface MetricOptions<L extends ClosedLabels> {
  readonly name: string;
  readonly help: string;
  readonly labels: L;
}

/** A fresh registry; with `process: true` (default) it also has prom-client's process and event-loop metrics. */
export function createRegistry(options: { readonly process?: boolean } = {}): Registry {
  const registry = new Registry();
  if (options.process ?? true) collectDefaultMetrics({ register: registry });
  return registry;
}

/** A counter whose label values are a closed set; every combination starts at zero. */
export function createCounter<L extends ClosedLabels>(
  registry: Registry,
  options: MetricOptions<L>,
): Counter {
  const { name, help, labels } = options;
  const counter = new Counter({ name, help, labelNames: Object.keys(labels), registers: [registry] });
  for (const combination of combinations(labels)) counter.inc(combination, 0);
  return counter;
}

/** A gauge whose label values are a closed set; every combination starts at zero. */
export function createGauge<L extends ClosedLabels>(registry: Registry, options: MetricOptions<L>): Gauge {
  const { name, help, labels } = options;
  const gauge = new Gauge({ name, help, labelNames: Object.keys(labels), registers: [registry] });
  for (const combination of combinations(labels)) gauge.set(combination, 0);
  return gauge;
}

/** A histogram whose label values are a closed set; every combination starts at zero. Unit: as the name says. */
export function createHistogram<L extends ClosedLabels>(
  registry: Registry,
  options: MetricOptions<L> & { readonly buckets: readonly number[] },
): Histogram {
  const { name, help, labels, buckets } = options;
  const settings = {
    name,
    help,
    labelNames: Object.keys(labels),
    buckets: [...buckets],
    registers: [registry],
  };
  const histogram = new Histogram(settings);
  for (const combination of combinations(labels)) histogram.zero(combination);
  return histogram;
}

/** Every combination of the label values. */
function combinations(labels: ClosedLabels): readonly Record<string, string>[] {
  return Object.entries(labels).reduce<Record<string, string>[]>(
    (rows, [name, values]) => rows.flatMap((row) => values.map((value) => ({ ...row, [name]: value }))),
    [{}],
  );
}

/** Seconds from 5 ms to 60 s, as controller-runtime has them. */
export const RECONCILE_BUCKETS: readonly number[] = [
  ...[
    0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.25,
    1.5,
  ],
  ...[1.75, 2, 2.5, 3, 3.5, 4, 4.5, 5, 6, 7, 8, 9, 10, 15, 20, 25, 30, 40, 50, 60],
];

/** Seconds from 10 ns to 10 s by powers of ten, then up to 1000 s, as client-go's work queue has them. */
export const QUEUE_BUCKETS: readonly number[] = [
  1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1, 10, 100, 1000,
];
