// Alerts of the operator and its objects.
import { type AlertCase, bucket, gauge } from './alert-case.ts';

const lease = (pod: string): string => `leader_election_master_status{name="twinward-operator",pod="${pod}"}`;
const operator = 'job="twinward-operator"';
const controller = `${operator},controller="simulation"`;
const condition = (kind: string, type: string, status: string): string =>
  `twinward_conditions{kind="${kind}",type="${type}",status="${status}"}`;

/** By name. */
export const operatorCases: Readonly<Record<string, AlertCase>> = {
  TwinwardOperatorAbsent: {
    severity: 'critical',
    fires: {
      inputs: {},
      at: 6,
      labels: { name: 'twinward-operator' },
      says: 'No replica of the operator is being scraped.',
    },
    quiet: { inputs: { [lease('a')]: '0x10' }, at: 6 },
  },
  TwinwardNoLeader: {
    severity: 'critical',
    fires: {
      inputs: { [lease('a')]: '0x10', [lease('b')]: '0x10' },
      at: 4,
      says: 'No replica of the operator leads; nothing is reconciled.',
    },
    quiet: { inputs: { [lease('a')]: '0x10', [lease('b')]: '0 0 1x10' }, at: 4 },
  },
  TwinwardManyLeaders: {
    severity: 'critical',
    fires: {
      inputs: { [lease('a')]: '1x10', [lease('b')]: '1x10' },
      at: 4,
      says: '2 replicas of the operator say that they lead.',
    },
    quiet: { inputs: { [lease('a')]: '1x10', [lease('b')]: '1 0x10' }, at: 4 },
  },
  TwinwardReconcileErrors: {
    severity: 'warning',
    fires: {
      inputs: {
        [`controller_runtime_reconcile_errors_total{${controller}}`]: '0+30x60',
        [`controller_runtime_reconcile_total{${controller},result="error"}`]: '0+30x60',
        [`controller_runtime_reconcile_total{${controller},result="success"}`]: '0+30x60',
      },
      at: 30,
      labels: { controller: 'simulation' },
      says: '50% of the reconciles of simulation fail.',
    },
    quiet: {
      inputs: {
        [`controller_runtime_reconcile_errors_total{${controller}}`]: '0+3x60',
        [`controller_runtime_reconcile_total{${controller},result="error"}`]: '0+3x60',
        [`controller_runtime_reconcile_total{${controller},result="success"}`]: '0+57x60',
        'controller_runtime_reconcile_errors_total{job="other",controller="pod"}': '0+30x60',
        'controller_runtime_reconcile_total{job="other",controller="pod",result="error"}': '0+30x60',
      },
      at: 30,
    },
  },
  TwinwardReconcilePanics: gauge(
    'warning',
    `controller_runtime_reconcile_panics_total{${controller}}`,
    { fires: '0x10 1x30', quiet: '1x40', at: 20 },
    'The controller simulation met an error that nobody expected.',
    { controller: 'simulation' },
  ),
  TwinwardReconcileStuck: gauge(
    'warning',
    `workqueue_longest_running_processor_seconds{${controller},name="simulation"}`,
    { fires: '0+60x20', quiet: '0 60 120 180 0x20', at: 10 },
    'A reconcile of simulation has been running for 10m 0s.',
    { controller: 'simulation' },
  ),
  TwinwardQueueSlow: {
    severity: 'warning',
    fires: {
      inputs: {
        [bucket('workqueue_queue_duration_seconds', controller, '10')]: '0x60',
        [bucket('workqueue_queue_duration_seconds', controller, '100')]: '0+10x60',
        [bucket('workqueue_queue_duration_seconds', controller, '+Inf')]: '0+10x60',
      },
      at: 30,
      labels: { controller: 'simulation' },
      says: 'Objects wait 1m 39s in the queue of simulation.',
    },
    quiet: {
      inputs: {
        [bucket('workqueue_queue_duration_seconds', controller, '10')]: '0+10x60',
        [bucket('workqueue_queue_duration_seconds', controller, '100')]: '0+10x60',
        [bucket('workqueue_queue_duration_seconds', controller, '+Inf')]: '0+10x60',
      },
      at: 30,
    },
  },
  TwinwardWatchSilent: gauge(
    'warning',
    `twin_watch_silence_seconds{${operator},resource="patienttwins"}`,
    { fires: '0+60x20', quiet: '75x20', at: 12 },
    'The operator has heard nothing about patienttwins for 12m 0s.',
    { resource: 'patienttwins' },
  ),
  TwinwardApiServerRefuses: gauge(
    'warning',
    `rest_client_requests_total{${operator},code="403",method="PATCH",host="api"}`,
    { fires: '0x10 2x20', quiet: '2x40', at: 15 },
    'The API server forbids PATCH requests of the operator.',
    { method: 'PATCH' },
  ),
  TwinwardApiServerFails: {
    severity: 'warning',
    fires: {
      inputs: {
        [`rest_client_requests_total{${operator},code="200",method="GET",host="api"}`]: '0+30x60',
        [`rest_client_requests_total{${operator},code="503",method="GET",host="api"}`]: '0+5x60',
        [`rest_client_requests_total{${operator},code="<error>",method="GET",host="api"}`]: '0+5x60',
      },
      at: 25,
      says: '25% of the requests of the operator to the API server fail.',
    },
    quiet: {
      inputs: {
        [`rest_client_requests_total{${operator},code="200",method="GET",host="api"}`]: '0+30x60',
        [`rest_client_requests_total{${operator},code="503",method="GET",host="api"}`]: '0+1x60',
        [`rest_client_requests_total{${operator},code="409",method="GET",host="api"}`]: '0+30x60',
      },
      at: 25,
    },
  },
  TwinwardTwinServiceAway: {
    severity: 'critical',
    fires: {
      inputs: { 'twinward_twins_available{pod="a"}': '0x10', 'twinward_twins_available{pod="b"}': '1x10' },
      at: 6,
      says: 'The twin service does not answer the operator.',
    },
    quiet: {
      inputs: {
        'twinward_twins_available{pod="a"}': '0 0 0 1x10',
        'twinward_twins_available{pod="b"}': '1x10',
      },
      at: 6,
    },
  },
  TwinwardModelUnavailable: gauge(
    'warning',
    condition('TwinModel', 'Available', 'False'),
    { fires: '2x30', quiet: '0x30', at: 16 },
    '2 TwinModels have no pod that serves.',
  ),
  TwinwardSourcesNotSynced: gauge(
    'warning',
    condition('DataSource', 'Synced', 'False'),
    { fires: '1x60', quiet: '1x20 0x40', at: 31 },
    '1 DataSources do not sync.',
  ),
  TwinwardTwinsNotUpToDate: gauge(
    'warning',
    condition('PatientTwin', 'UpToDate', 'False'),
    { fires: '3x90', quiet: '3x30 0x60', at: 65 },
    '3 PatientTwins wait for somebody to act.',
  ),
  TwinwardSimulationsFailed: gauge(
    'warning',
    condition('Simulation', 'Succeeded', 'False'),
    { fires: '4x60 5x30', quiet: '5x90', at: 70 },
    'More Simulations have failed than an hour ago, 5 in all.',
  ),
};
