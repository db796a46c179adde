// The child of a DataSource: a Deployment that reads continuously, or a CronJob that reads on schedule.
import type { DataSource } from '#crds/data-source/v1alpha1.ts';
import type { CronJob, Deployment } from '#runtime/objects.ts';
import type { Container, EnvVar, PodSpec } from '#runtime/pod-objects.ts';
import type { Installation } from '../installation.ts';
import { convention, label, wellKnown } from '../names.ts';
import {
  addressedVolume,
  commonEnv,
  containerSecurity,
  labelsOf,
  ownerOf,
  podSecurity,
  probes,
  twinsAccess,
  twinsEnv,
} from '../pod-parts.ts';

/** Name of the child. */
export function ingestName(source: string): string {
  return `${source}-ingest`;
}

const selectorOf = (source: string): Record<string, string> => ({ [label.source]: source });

function folderEnv(source: DataSource): readonly EnvVar[] {
  const scan = source.spec.schedule === undefined ? source.spec.folder?.scanIntervalSeconds : undefined;
  return [
    { name: 'TWINWARD_SOURCE', value: source.metadata.name },
    { name: 'TWINWARD_SOURCE_URI', value: source.spec.folder?.uri ?? '' },
    { name: 'TWINWARD_RECORD_TIME_ZONE', value: source.spec.recordTimeZone },
    ...(scan === undefined ? [] : [{ name: 'TWINWARD_SCAN_INTERVAL_SECONDS', value: String(scan) }]),
  ];
}

function container(source: DataSource, installation: Installation): Container {
  const mounted = addressedVolume('data', source.spec.folder?.uri ?? '') !== undefined;
  return {
    name: 'ingest',
    image: installation.images.ingest,
    imagePullPolicy: installation.imagePullPolicy,
    env: [...commonEnv(installation), ...twinsEnv(installation), ...folderEnv(source)],
    ports: [{ name: 'health', containerPort: convention.healthPort }],
    resources: { requests: { cpu: '100m', memory: '256Mi' }, limits: { memory: '1Gi' } },
    volumeMounts: [
      ...twinsAccess.mounts,
      ...(mounted ? [{ name: 'data', mountPath: convention.dataFolder, readOnly: true }] : []),
    ],
    securityContext: containerSecurity,
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
  };
}

function pod(source: DataSource, installation: Installation): PodSpec {
  const data = addressedVolume('data', source.spec.folder?.uri ?? '');
  return {
    serviceAccountName: wellKnown.ingestAccount,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    securityContext: podSecurity,
    volumes: [...twinsAccess.volumes, ...(data === undefined ? [] : [data])],
    containers: [container(source, installation)],
  };
}

/** Reads the folder again and again. One pod: a source has one reader. */
export function deployment(source: DataSource, installation: Installation): Deployment {
  const { name, namespace } = source.metadata;
  const spec = pod(source, installation);
  const labels = labelsOf('ingest', name, selectorOf(name));
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: ingestName(name), namespace, labels, ownerReferences: ownerOf(source) },
    spec: {
      replicas: source.spec.suspend ? 0 : 1,
      selector: { matchLabels: selectorOf(name) },
      strategy: { type: 'Recreate' },
      revisionHistoryLimit: 2,
      template: {
        metadata: { labels },
        spec: {
          ...spec,
          containers: spec.containers.map((each) => ({ ...each, ...probes(convention.healthPort, 60) })),
        },
      },
    },
  };
}

/** Reads the folder once at each scheduled time; never twice at once. */
export function cronJob(source: DataSource, installation: Installation): CronJob {
  const { name, namespace } = source.metadata;
  const { schedule } = source.spec;
  const labels = labelsOf('ingest', name, selectorOf(name));
  return {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name: ingestName(name), namespace, labels, ownerReferences: ownerOf(source) },
    spec: {
      schedule: schedule?.cron ?? '',
      timeZone: schedule?.timeZone ?? 'Etc/UTC',
      suspend: source.spec.suspend,
      concurrencyPolicy: 'Forbid',
      startingDeadlineSeconds: 300,
      successfulJobsHistoryLimit: 1,
      failedJobsHistoryLimit: 3,
      jobTemplate: {
        metadata: { labels },
        spec: {
          backoffLimit: 3,
          podFailurePolicy: {
            rules: [
              { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] },
              {
                action: 'FailJob',
                onExitCodes: {
                  containerName: 'ingest',
                  operator: 'In',
                  values: [convention.terminalExitCode],
                },
              },
            ],
          },
          template: { metadata: { labels }, spec: { ...pod(source, installation), restartPolicy: 'Never' } },
        },
      },
    },
  };
}
