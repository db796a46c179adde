// Alerts of the twin service.
import { type AlertCase, gauge } from './alert-case.ts';

const ready = (pod: string): string => `twinward_twins_ready{pod="${pod}"}`;
const calls = (outcome: string): string =>
  `twinward_twins_calls_total{method="GetTwin",outcome="${outcome}"}`;
const failures = (loop: string): string => `twinward_twins_loop_failures_total{loop="${loop}"}`;

/** By name. */
export const twinsCases: Readonly<Record<string, AlertCase>> = {
  TwinwardTwinsAbsent: {
    severity: 'critical',
    fires: { inputs: {}, at: 6, says: 'No replica of the twin service is being scraped.' },
    quiet: { inputs: { [ready('a')]: '0x10' }, at: 6 },
  },
  TwinwardTwinsNotReady: {
    severity: 'critical',
    fires: {
      inputs: { [ready('a')]: '0x10', [ready('b')]: '1 0x10' },
      at: 5,
      says: 'No replica of the twin service can use the store.',
    },
    quiet: { inputs: { [ready('a')]: '0x10', [ready('b')]: '1x10' }, at: 5 },
  },
  TwinwardTwinsReplicaNotReady: {
    severity: 'warning',
    fires: {
      inputs: { [ready('a')]: '0x30', [ready('b')]: '1x30' },
      at: 16,
      says: 'A replica of the twin service cannot use the store.',
    },
    quiet: { inputs: { [ready('a')]: '0x10 1x20', [ready('b')]: '1x30' }, at: 16 },
  },
  TwinwardCallsFail: {
    severity: 'warning',
    fires: {
      inputs: { [calls('ok')]: '0+9x60', [calls('failed')]: '0+1x60' },
      at: 25,
      labels: { method: 'GetTwin' },
      says: '10% of the calls of GetTwin fail.',
    },
    quiet: {
      inputs: { [calls('ok')]: '0+99x60', [calls('failed')]: '0+1x60', [calls('refused')]: '0+40x60' },
      at: 25,
    },
  },
  TwinwardCallsRefused: {
    severity: 'info',
    fires: {
      inputs: { [calls('ok')]: '0+1x60', [calls('refused')]: '0+3x60' },
      at: 45,
      labels: { method: 'GetTwin' },
      says: '75% of the calls of GetTwin are refused.',
    },
    quiet: { inputs: { [calls('ok')]: '0+3x60', [calls('refused')]: '0+1x60' }, at: 45 },
  },
  TwinwardAuditNotSealed: gauge(
    'critical',
    failures('seal'),
    { fires: '0+60x60', quiet: '0x20 3x40', at: 30 },
    'The audit log is not being sealed.',
  ),
  TwinwardLoopFails: {
    severity: 'warning',
    fires: {
      inputs: { [failures('sweep')]: '0 0 0 0 0 1x4 2x4 3x4 4x4 5x4 6x4 7x4 8x4 9x4 10x20' },
      at: 45,
      labels: { loop: 'sweep' },
      says: 'The loop sweep of the twin service fails again and again.',
    },
    quiet: { inputs: { [failures('sweep')]: '0x10 2x60', [failures('seal')]: '0+60x60' }, at: 45 },
  },
  TwinwardForecastsLate: gauge(
    'warning',
    'twinward_twins_due_oldest_seconds{pod="a"}',
    { fires: '3600x30', quiet: '3600x10 0x20', at: 16 },
    'A forecast has been due for 1h 0m 0s.',
  ),
  TwinwardForecastsFail: {
    severity: 'warning',
    fires: {
      inputs: {
        'twinward_twins_forecasts_total{outcome="predicted"}': '0+2x60',
        'twinward_twins_forecasts_total{outcome="error"}': '0+1x60',
        'twinward_twins_forecasts_total{outcome="refused"}': '0+1x60',
      },
      at: 35,
      says: '50% of the forecasts fail.',
    },
    quiet: {
      inputs: {
        'twinward_twins_forecasts_total{outcome="predicted"}': '0+9x60',
        'twinward_twins_forecasts_total{outcome="error"}': '0+1x60',
        'twinward_twins_forecasts_total{outcome="superseded"}': '0+9x60',
      },
      at: 35,
    },
  },
  TwinwardCertificateEnds: {
    severity: 'warning',
    fires: {
      inputs: { 'twinward_twins_certificate_not_after_timestamp_seconds{pod="a"}': '867600x90' },
      at: 60,
      says: 'The certificate of the twin service ends in 10d 0h 0m 0s.',
    },
    quiet: {
      inputs: {
        'twinward_twins_certificate_not_after_timestamp_seconds{pod="a"}': '2592000x90',
        'twinward_twins_certificate_not_after_timestamp_seconds{pod="b"}': '0x90',
      },
      at: 65,
    },
  },
};
