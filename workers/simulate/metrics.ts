// Metrics of this process.
import type { Counter, Registry } from 'prom-client';
import { createCounter } from '#runtime/metrics.ts';

/** Everything that this process measures of its work. */
export interface SimulateMetrics {
  readonly units: Counter;
  readonly subjects: Counter;
  readonly leaves: Counter;
  readonly retries: Counter;
}

/** Registers the metrics of this process, all at zero. */
export function createSimulateMetrics(registry: Registry): SimulateMetrics {
  return {
    units: createCounter(registry, {
      name: 'twinward_simulate_units_total',
      help: 'Units by what came of them.',
      labels: { outcome: ['committed', 'duplicate', 'failed', 'lost'] },
    }),
    subjects: createCounter(registry, {
      name: 'twinward_simulate_subjects_total',
      help: 'Subjects of committed units.',
      labels: { outcome: ['simulated', 'excluded'] },
    }),
    leaves: createCounter(registry, {
      name: 'twinward_simulate_leaves_total',
      help: 'Leaves of 64 samples in committed units.',
      labels: {},
    }),
    retries: createCounter(registry, {
      name: 'twinward_simulate_retries_total',
      help: 'Calls to the engine that broke and were made again for what was missing.',
      labels: {},
    }),
  };
}
