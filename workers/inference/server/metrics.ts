// Metrics of this process. Label values are closed sets; nothing of a request is a label.
import type { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { createCounter, createGauge, createHistogram } from '#runtime/metrics.ts';
import { PROVIDERS } from '../engine/provider-names.ts';
import type { Admission } from './admission.ts';
import { REFUSALS } from './caller-guard.ts';
import { CALL_REASONS } from './refusal.ts';

/** Calls that are counted. */
export const METHODS = ['Describe', 'Tokenize', 'Explain', 'Simulate', 'ModelInfer'] as const;
/** One of METHODS. */
export type Method = (typeof METHODS)[number];

const PRIORITIES = ['interactive', 'update', 'batch'] as const;

/** Everything that this process measures of its work. */
export interface InferenceMetrics {
  readonly requests: Counter;
  readonly refusedCallers: Counter;
  readonly steps: Counter;
  readonly events: Counter;
  readonly leaves: Counter;
  readonly runs: Counter;
  readonly busySeconds: Counter;
  readonly batchRows: Histogram;
  readonly firstLeafSeconds: Histogram;
  /** 1 for what graphs run on. */
  readonly provider: Gauge;
  readonly providerFallbacks: Counter;
  readonly queuedRows: Gauge;
  readonly queuedSeconds: Gauge;
  readonly pendingRequests: Gauge;
}

/** Registers the metrics of this process, all at zero. */
export function createInferenceMetrics(registry: Registry): InferenceMetrics {
  const none = {};
  const counter = (name: string, help: string): Counter =>
    createCounter(registry, { name: `twinward_inference_${name}`, help, labels: none });
  return {
    requests: createCounter(registry, {
      name: 'twinward_inference_requests_total',
      help: 'Calls by method and the reason code they ended with.',
      labels: { method: METHODS, reason: CALL_REASONS },
    }),
    refusedCallers: createCounter(registry, {
      name: 'twinward_inference_refused_callers_total',
      help: 'Calls refused for who made them.',
      labels: { reason: REFUSALS },
    }),
    steps: counter('steps_total', 'Rows computed through the graph for finished leaves.'),
    events: counter('events_total', 'Events sampled in finished leaves.'),
    leaves: counter('leaves_total', 'Leaves of 64 samples finished.'),
    runs: counter('runs_total', 'Runs of the graph.'),
    busySeconds: counter(
      'engine_busy_seconds_total',
      'Seconds that engine threads spent filling and running batches.',
    ),
    batchRows: createHistogram(registry, {
      name: 'twinward_inference_batch_rows',
      help: 'Rows of a run before padding.',
      labels: none,
      buckets: [1, 16, 64, 128, 256, 512, 1_024, 2_048, 4_096],
    }),
    firstLeafSeconds: createHistogram(registry, {
      name: 'twinward_inference_first_leaf_seconds',
      help: 'Seconds from admission to the first leaf of a Simulate call.',
      labels: none,
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    }),
    ...providerMetrics(registry),
    ...queueGauges(registry),
  };
}

function providerMetrics(registry: Registry): Pick<InferenceMetrics, 'provider' | 'providerFallbacks'> {
  return {
    provider: createGauge(registry, {
      name: 'twinward_inference_provider',
      help: '1 for the execution provider that graphs run on.',
      labels: { provider: PROVIDERS },
    }),
    providerFallbacks: createCounter(registry, {
      name: 'twinward_inference_provider_fallbacks_total',
      help: 'Times that the CPU took the place of the provider that was asked for.',
      labels: {},
    }),
  };
}

function queueGauges(
  registry: Registry,
): Pick<InferenceMetrics, 'queuedRows' | 'queuedSeconds' | 'pendingRequests'> {
  const none = {};
  return {
    queuedRows: createGauge(registry, {
      name: 'twinward_inference_queue_rows',
      help: 'Rows admitted and not finished.',
      labels: none,
    }),
    queuedSeconds: createGauge(registry, {
      name: 'twinward_inference_queue_seconds',
      help: 'Predicted seconds of what is admitted and not done.',
      labels: none,
    }),
    pendingRequests: createGauge(registry, {
      name: 'twinward_inference_pending_requests',
      help: 'Calls admitted and not finished, by priority.',
      labels: { priority: PRIORITIES },
    }),
  };
}

/** Publishes what is admitted at this moment. */
export function showQueue(
  metrics: InferenceMetrics,
  { rows, seconds, requests }: Pick<Admission, 'rows' | 'seconds' | 'requests'>,
): void {
  metrics.queuedSeconds.set(seconds);
  metrics.queuedRows.set(rows);
  for (const [at, priority] of PRIORITIES.entries()) {
    metrics.pendingRequests.set({ priority }, requests[at] ?? 0);
  }
}
