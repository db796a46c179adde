// Builders of objects for tests: each shows only what a case is about.
import { type DataSource, parseDataSource } from '#crds/data-source/v1alpha1.ts';
import { type PatientTwin, parsePatientTwin } from '#crds/patient-twin/v1alpha1.ts';
import { parseSimulation, type Simulation } from '#crds/simulation/v1alpha1.ts';
import { parseTwinModel, type TwinModel } from '#crds/twin-model/v1alpha1.ts';
import type { Tenant } from '#proto/gen/twinward/v1/Tenant.ts';
import type { Pod } from '#runtime/pod-objects.ts';

type Json = Readonly<Record<string, unknown>>;

/** Any digest, by one hex digit. */
export const digest = (digit: string): string => digit.repeat(64);

const object = (kind: string, name: string, spec: Json, more: Json): Json => ({
  apiVersion: 'twinward.io/v1alpha1',
  kind,
  metadata: {
    name,
    namespace: 'clinic',
    uid: `uid-${name}`,
    generation: 1,
    ...((more['metadata'] as Json) ?? {}),
  },
  spec,
  ...(more['status'] === undefined ? {} : { status: more['status'] }),
});

/** A TwinModel. */
export const aModel = (spec: Json = {}, more: Json = {}): TwinModel =>
  parseTwinModel(
    object(
      'TwinModel',
      'trajectory',
      { task: 'Trajectory', artifact: { uri: 'builtin:trajectory-core', sha256: digest('a') }, ...spec },
      more,
    ),
  );

/** A DataSource of type Folder. */
export const aSource = (spec: Json = {}, more: Json = {}): DataSource =>
  parseDataSource(
    object(
      'DataSource',
      'ehr',
      { type: 'Folder', folder: { uri: 'builtin:getting-started' }, ...spec },
      more,
    ),
  );

/** A PatientTwin. */
export const aTwin = (spec: Json = {}, more: Json = {}): PatientTwin =>
  parsePatientTwin(
    object('PatientTwin', 'pt-4m9x2k7q8vth3c6d', { modelRefs: [{ name: 'trajectory' }], ...spec }, more),
  );

/** A Simulation of a cohort with two scenarios. */
export const aSimulation = (spec: Json = {}, more: Json = {}): Simulation =>
  parseSimulation(
    object(
      'Simulation',
      'statins',
      {
        modelRef: { name: 'trajectory' },
        subjects: { cohort: {} },
        horizon: 'P5Y',
        trajectories: 64,
        baseline: 'usual-care',
        scenarios: [
          { name: 'usual-care' },
          {
            name: 'statin',
            interventions: [
              { action: 'Start', system: 'http://www.whocc.no/atc', code: 'C10AA05', after: 'P0D' },
            ],
          },
        ],
        outcomes: [{ name: 'mi' }],
        ...spec,
      },
      more,
    ),
  );

/** The tenant of the namespace of all objects here. */
export const aTenant: Tenant = {
  namespace: 'clinic',
  namespaceUid: 'uid-clinic',
  purpose: 'clinical',
  adoptsNamespaceUid: '',
};

/** A pod with a status. */
export const aPod = (
  labels: Record<string, string>,
  status: Pod['status'],
  annotations: Record<string, string> = {},
): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'pod', namespace: 'clinic', labels, annotations },
  spec: { containers: [] },
  ...(status === undefined ? {} : { status }),
});

/** What a container that ended with a terminal failure leaves behind. */
export const endedWith = (reason: string, message: string): Pod['status'] => ({
  phase: 'Running',
  containerStatuses: [
    {
      name: 'inference',
      ready: false,
      restartCount: 1,
      state: { waiting: { reason: 'CrashLoopBackOff' } },
      lastState: { terminated: { exitCode: 78, message: JSON.stringify({ reason, message }) } },
    },
  ],
});

/** Where children come from, in tests. */
export const anInstallation = {
  images: {
    ingest: 'ghcr.io/twinward/ingest:1',
    inference: 'ghcr.io/twinward/inference:1',
    inferenceCuda: 'ghcr.io/twinward/inference:1-cuda',
    simulate: 'ghcr.io/twinward/simulate:1',
  },
  twinsAddress: 'dns:///twinward-twins.twinward-system.svc:8443',
  imagePullPolicy: 'IfNotPresent',
  logLevel: 'info',
} as const;
