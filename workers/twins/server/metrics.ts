import type { Registry } from 'prom-client';
import { createCounter, createGauge } from '#runtime/metrics.ts';

const methods = [
  ...[
    'EnsureModels',
    'EnsureSources',
    'EnsureTwins',
    'RetainTwins',
    'BatchGetTwins',
    'BatchGetSources',
    'WatchChanges',
  ],
  ...[
    'FreezeSimulation',
    'FinalizeSimulation',
    'OpenSync',
    'IngestRecords',
    'CloseSync',
    'ClaimUnit',
    'ExtendUnit',
  ],
  ...[
    'CommitUnit',
    'Enrol',
    'EraseSubject',
    'GetTwin',
    'ListEvents',
    'ListPredictions',
    'WhatIf',
    'QueryCohort',
  ],
  ...['GetResults', 'VerifyAudit'],
];

const loops = ['update', 'sweep', 'seal', 'erase', 'backlog'] as const;
/** What the twin service does on its own, again and again. */
export type Loop = (typeof loops)[number];

/** Counts of the twin service. */
export interface TwinsMetrics {
  /** Whether calls are answered. */
  readonly ready: (isReady: boolean) => void;
  /** A turn of a loop failed; it is tried again. */
  readonly failed: (loop: Loop) => void;
  /** Twins whose forecast is due, and for how long the oldest has been, in seconds. */
  readonly backlog: (due: number, oldestSeconds: number) => void;
  readonly call: (method: string, outcome: 'ok' | 'refused' | 'failed') => void;
  readonly forecast: (outcome: 'predicted' | 'refused' | 'unavailable' | 'superseded' | 'error') => void;
}

/** Registers the metrics of the twin service. */
export function twinsMetrics(registry: Registry): TwinsMetrics {
  const calls = createCounter(registry, {
    name: 'twinward_twins_calls_total',
    help: 'Calls that ended, by method and outcome.',
    labels: { method: methods, outcome: ['ok', 'refused', 'failed'] },
  });
  const forecasts = createCounter(registry, {
    name: 'twinward_twins_forecasts_total',
    help: 'Due twins that were taken, by outcome.',
    labels: { outcome: ['predicted', 'refused', 'unavailable', 'superseded', 'error'] },
  });
  const ready = createGauge(registry, {
    name: 'twinward_twins_ready',
    help: 'Whether the store can be used and calls are answered, 1 or 0.',
    labels: {},
  });
  const failures = createCounter(registry, {
    name: 'twinward_twins_loop_failures_total',
    help: 'Turns of a loop that failed, by loop.',
    labels: { loop: loops },
  });
  const due = createGauge(registry, {
    name: 'twinward_twins_due',
    help: 'Twins of all tenants whose forecast is due. Every replica says the same.',
    labels: {},
  });
  const oldest = createGauge(registry, {
    name: 'twinward_twins_due_oldest_seconds',
    help: 'For how long the oldest due forecast has been due; 0 without any.',
    labels: {},
  });
  return {
    ready: (isReady) => ready.set(isReady ? 1 : 0),
    failed: (loop) => failures.inc({ loop }),
    backlog: (count, oldestSeconds) => {
      due.set(count);
      oldest.set(oldestSeconds);
    },
    call: (method, outcome) => calls.inc({ method, outcome }),
    forecast: (outcome) => forecasts.inc({ outcome }),
  };
}
