// The child of a Simulation: one Indexed Job, created once.
import type { Simulation } from '#crds/simulation/v1alpha1.ts';
import type { TwinModel } from '#crds/twin-model/v1alpha1.ts';
import type { Job } from '#runtime/objects.ts';
import type { Container, EnvVar, PodSpec } from '#runtime/pod-objects.ts';
import type { Installation } from '../installation.ts';
import { annotation, convention, label, queueLabels, wellKnown } from '../names.ts';
import {
  commonEnv,
  containerSecurity,
  labelsOf,
  ownerOf,
  podSecurity,
  probes,
  twinsAccess,
  twinsEnv,
} from '../pod-parts.ts';
import { inferenceContainer, inferencePlacement, servingTarget } from '../twin-model/children.ts';

/** What a Job is made from. */
export interface JobInput {
  readonly simulation: Simulation;
  readonly model: TwinModel;
  readonly installation: Installation;
  readonly runKey: string;
  readonly modelSha256: string;
  /** 1 for the first Job. */
  readonly attempt: number;
  /** Units of the run: there are never more workers than units. */
  readonly units: number;
}

/** Name of the Job of an attempt. */
export function jobName(simulation: string, attempt: number): string {
  return `${simulation}-${attempt}`;
}

/** Address at which a worker finds its engine. */
function engineAddress(input: JobInput): string {
  const { simulation, modelSha256 } = input;
  return simulation.spec.engine === 'Dedicated'
    ? `loopback:${convention.inferencePort}`
    : servingTarget(simulation.spec.modelRef.name, simulation.metadata.namespace, modelSha256);
}

function workerEnv(input: JobInput): readonly EnvVar[] {
  return [
    ...commonEnv(input.installation),
    ...twinsEnv(input.installation),
    { name: 'TWINWARD_SIMULATION', value: input.simulation.metadata.name },
    { name: 'TWINWARD_RUN_KEY', value: input.runKey },
    { name: 'TWINWARD_INFERENCE_ADDRESS', value: engineAddress(input) },
    ...engineTrust(input),
  ];
}

/** A Shared engine shows a certificate of the operator's authority, and asks for the worker's token. */
function engineTrust({ simulation, installation }: JobInput): readonly EnvVar[] {
  if (simulation.spec.engine === 'Dedicated' || installation.sharedEngines === undefined) return [];
  return [{ name: 'TWINWARD_INFERENCE_CA', value: `${convention.trustFolder}/ca.crt` }];
}

function worker(input: JobInput): Container {
  return {
    name: 'simulate',
    image: input.installation.images.simulate,
    imagePullPolicy: input.installation.imagePullPolicy,
    env: workerEnv(input),
    ports: [{ name: 'health', containerPort: convention.healthPort }],
    resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '512Mi' } },
    volumeMounts: [...twinsAccess.mounts],
    securityContext: containerSecurity,
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
  };
}

/** The engine of its own that a Dedicated worker has beside it, on loopback. */
function sidecar(input: JobInput): Container {
  const container = inferenceContainer(input.model, input.modelSha256, input.installation);
  const port = convention.sidecarHealthPort;
  return {
    ...container,
    restartPolicy: 'Always',
    args: ['--bind=loopback'],
    env: [...(container.env ?? []), { name: 'TWINWARD_HEALTH_PORT', value: String(port) }],
    ports: [{ name: 'engine-health', containerPort: port }],
    ...probes(port, 120, '/readyz'),
  };
}

function pod(input: JobInput): PodSpec {
  const dedicated = input.simulation.spec.engine === 'Dedicated';
  const placement = dedicated ? inferencePlacement(input.model) : {};
  return {
    ...placement,
    serviceAccountName: wellKnown.simulateAccount,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    restartPolicy: 'Never',
    terminationGracePeriodSeconds: 30,
    securityContext: podSecurity,
    volumes: [...twinsAccess.volumes, ...(placement.volumes ?? [])],
    initContainers: dedicated ? [sidecar(input)] : [],
    containers: [worker(input)],
  };
}

/** What Kueue reads on a Job: its queue, priority and longest time, as the Simulation says them. */
function queueLabelsOf({ metadata }: JobInput['simulation']): Readonly<Record<string, string>> {
  const given = Object.entries(metadata.labels ?? {});
  return Object.fromEntries(given.filter(([name]) => queueLabels.includes(name)));
}

/** The Job of one attempt. Kueue may change it while it is suspended, so it is never applied again. */
export function job(input: JobInput): Job {
  const { simulation, attempt } = input;
  const { name, namespace } = simulation.metadata;
  const { spec } = simulation;
  const workers = Math.max(1, Math.min(spec.parallelism, input.units));
  const queued = simulation.metadata.labels?.[label.queue] !== undefined;
  const labels = labelsOf('simulate', name, { [label.simulation]: name });
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name: jobName(name, attempt),
      namespace,
      labels: { ...labels, ...(queued ? queueLabelsOf(simulation) : {}) },
      annotations: { [annotation.runKey]: input.runKey, [annotation.attempt]: String(attempt) },
      ownerReferences: ownerOf(simulation),
    },
    spec: {
      completionMode: 'Indexed',
      completions: workers,
      parallelism: workers,
      backoffLimitPerIndex: spec.retriesPerWorker,
      maxFailedIndexes: 0,
      podReplacementPolicy: 'Failed',
      suspend: queued,
      ttlSecondsAfterFinished: spec.ttlSecondsAfterFinished,
      ...(spec.activeDeadlineSeconds === undefined
        ? {}
        : { activeDeadlineSeconds: spec.activeDeadlineSeconds }),
      podFailurePolicy: {
        rules: [
          { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] },
          {
            action: 'FailJob',
            onExitCodes: { containerName: 'simulate', operator: 'In', values: [convention.terminalExitCode] },
          },
        ],
      },
      template: { metadata: { labels }, spec: pod(input) },
    },
  };
}
