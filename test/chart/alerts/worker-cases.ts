// Alerts of ingest, inference, simulations and processes.
import { type AlertCase, bucket, gauge } from './alert-case.ts';

const reader = 'namespace="ward",pod="ehr-ingest-0"';
const engine = 'namespace="ward",pod="trajectory-0"';
const simulate = 'namespace="ward",pod="trial-1-0"';
const requests = (reason: string): string =>
  `twinward_inference_requests_total{${engine},method="Simulate",reason="${reason}"}`;

/** By name. */
export const workerCases: Readonly<Record<string, AlertCase>> = {
  TwinwardScansFail: {
    severity: 'warning',
    fires: {
      inputs: {
        [`twinward_ingest_scans_total{${reader},result="failed"}`]: '0+1x60',
        [`twinward_ingest_scans_total{${reader},result="succeeded"}`]: '7x60',
      },
      at: 45,
      labels: { namespace: 'ward', pod: 'ehr-ingest-0' },
      says: 'Every scan of ward/ehr-ingest-0 fails.',
    },
    quiet: {
      inputs: {
        [`twinward_ingest_scans_total{${reader},result="failed"}`]: '0+1x60',
        [`twinward_ingest_scans_total{${reader},result="succeeded"}`]: '0+1x60',
      },
      at: 45,
    },
  },
  TwinwardSourceStale: gauge(
    'warning',
    `twinward_ingest_last_success_timestamp_seconds{${reader}}`,
    { fires: '60x1600', quiet: '0x1600', at: 1500 },
    'ward/ehr-ingest-0 has read its source last 1d 0h 59m 0s ago.',
    { namespace: 'ward', pod: 'ehr-ingest-0' },
  ),
  TwinwardQuarantine: {
    severity: 'warning',
    fires: {
      inputs: {
        [`twinward_ingest_records_total{${reader},result="stored"}`]: '0+8x120',
        [`twinward_ingest_records_total{${reader},result="quarantined"}`]: '0+2x120',
      },
      at: 80,
      labels: { namespace: 'ward' },
      says: '20% of the new records of ward are quarantined.',
    },
    quiet: {
      inputs: {
        [`twinward_ingest_records_total{${reader},result="stored"}`]: '0+99x120',
        [`twinward_ingest_records_total{${reader},result="quarantined"}`]: '0+1x120',
      },
      at: 80,
    },
  },
  TwinwardFilesUnreadable: gauge(
    'info',
    `twinward_ingest_files_total{${reader},result="unreadable"}`,
    { fires: '0x10 1x60', quiet: '1x80', at: 30 },
    'Files of sources in ward cannot be read.',
    { namespace: 'ward' },
  ),
  TwinwardEngineFails: {
    severity: 'critical',
    fires: {
      inputs: { [requests('NON_FINITE')]: '0x10 1x20', [requests('OK')]: '0+60x30' },
      at: 15,
      labels: { namespace: 'ward', pod: 'trajectory-0' },
      says: 'The engine of ward/trajectory-0 fails or answers what is no number.',
    },
    quiet: {
      inputs: {
        [requests('NON_FINITE')]: '0x30',
        [requests('BAD_RANGE')]: '0+10x30',
        [requests('OK')]: '0+60x30',
      },
      at: 15,
    },
  },
  TwinwardEngineOverloaded: {
    severity: 'warning',
    fires: {
      inputs: { [requests('QUEUE_FULL')]: '0+10x60', [requests('OK')]: '0+30x60' },
      at: 25,
      labels: { namespace: 'ward' },
      says: '25% of the calls to engines in ward find the queue full.',
    },
    quiet: { inputs: { [requests('QUEUE_FULL')]: '0+1x60', [requests('OK')]: '0+30x60' }, at: 25 },
  },
  TwinwardEngineSlow: {
    severity: 'warning',
    fires: {
      inputs: {
        [bucket('twinward_inference_first_leaf_seconds', engine, '10')]: '0x60',
        [bucket('twinward_inference_first_leaf_seconds', engine, '30')]: '0+20x60',
        [bucket('twinward_inference_first_leaf_seconds', engine, '+Inf')]: '0+20x60',
      },
      at: 30,
      labels: { namespace: 'ward' },
      says: 'Engines in ward take 29s to the first answer.',
    },
    quiet: {
      inputs: {
        [bucket('twinward_inference_first_leaf_seconds', engine, '10')]: '0+20x60',
        [bucket('twinward_inference_first_leaf_seconds', engine, '30')]: '0+20x60',
        [bucket('twinward_inference_first_leaf_seconds', engine, '+Inf')]: '0+20x60',
      },
      at: 30,
    },
  },
  TwinwardEngineFellBack: gauge(
    'warning',
    `twinward_inference_provider_fallbacks_total{${engine}}`,
    { fires: '1x20', quiet: '0x20', at: 6 },
    'The engine of ward/trajectory-0 runs on the CPU instead of its accelerator.',
    { namespace: 'ward', pod: 'trajectory-0' },
  ),
  TwinwardEngineCallersRefused: {
    severity: 'warning',
    fires: {
      inputs: {
        [`twinward_inference_refused_callers_total{${engine},reason="CALLER_NOT_ALLOWED"}`]: '0+2x60',
      },
      at: 30,
      labels: { namespace: 'ward', reason: 'CALLER_NOT_ALLOWED' },
      says: 'Engines in ward refuse callers (CALLER_NOT_ALLOWED).',
    },
    quiet: {
      inputs: { [`twinward_inference_refused_callers_total{${engine},reason="KEYS_MISSING"}`]: '0 1 2x60' },
      at: 30,
    },
  },
  TwinwardUnitsFail: {
    severity: 'warning',
    fires: {
      inputs: {
        [`twinward_simulate_units_total{${simulate},outcome="failed"}`]: '0+1x60',
        [`twinward_simulate_units_total{${simulate},outcome="lost"}`]: '0+1x60',
      },
      at: 45,
      labels: { namespace: 'ward' },
      says: 'Workers in ward failed or lost 60 units within half an hour.',
    },
    quiet: {
      inputs: {
        [`twinward_simulate_units_total{${simulate},outcome="failed"}`]: '0x20 2x40',
        [`twinward_simulate_units_total{${simulate},outcome="committed"}`]: '0+9x60',
      },
      at: 45,
    },
  },
  TwinwardEngineRetries: {
    severity: 'warning',
    fires: {
      inputs: {
        [`twinward_simulate_retries_total{${simulate}}`]: '0+120x60',
        [`twinward_simulate_units_total{${simulate},outcome="committed"}`]: '0+60x60',
      },
      at: 35,
      labels: { namespace: 'ward' },
      says: 'Workers in ward call their engines again 2 times per unit.',
    },
    quiet: {
      inputs: {
        [`twinward_simulate_retries_total{${simulate}}`]: '0+1x60',
        [`twinward_simulate_units_total{${simulate},outcome="committed"}`]: '0+60x60',
      },
      at: 35,
    },
  },
  TwinwardTargetDown: {
    severity: 'warning',
    fires: {
      inputs: { 'up{job="twinward-twins",namespace="twinward-system",pod="a"}': '0x20' },
      at: 12,
      labels: { job: 'twinward-twins', namespace: 'twinward-system', pod: 'a' },
      says: 'twinward-system/a (twinward-twins) cannot be scraped.',
    },
    quiet: {
      inputs: {
        'up{job="twinward-twins",namespace="twinward-system",pod="a"}': '1x20',
        'up{job="other",namespace="default",pod="b"}': '0x20',
        'up{job="twinward-simulate",namespace="ward",pod="c"}': '0x20',
      },
      at: 12,
    },
  },
  TwinwardEventLoopBlocked: {
    severity: 'warning',
    fires: {
      inputs: { 'nodejs_eventloop_lag_p99_seconds{job="twinward-ingest",namespace="ward",pod="a"}': '2x20' },
      at: 12,
      labels: { job: 'twinward-ingest', namespace: 'ward', pod: 'a' },
      says: 'ward/a (twinward-ingest) answers late: its thread is busy.',
    },
    quiet: {
      inputs: {
        'nodejs_eventloop_lag_p99_seconds{job="twinward-ingest",namespace="ward",pod="a"}': '0.01x20',
        'nodejs_eventloop_lag_p99_seconds{job="other",namespace="ward",pod="b"}': '2x20',
      },
      at: 12,
    },
  },
};
