import type { Registry } from 'prom-client';
import { createCounter } from '#runtime/metrics.ts';

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

/** Counts of the twin service. */
export interface TwinsMetrics {
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
  return {
    call: (method, outcome) => calls.inc({ method, outcome }),
    forecast: (outcome) => forecasts.inc({ outcome }),
  };
}
