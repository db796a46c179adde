// Parts that the pods of every child share: restricted security, projected token, trust bundle, probes. Pure.

import type { KubernetesObject } from '#runtime/objects.ts';
import type { Container, EnvVar, Probe, Volume } from '#runtime/pod-objects.ts';
import type { Installation } from './installation.ts';
import { convention, label, wellKnown } from './names.ts';

/** Pod Security "restricted" for a pod. */
export const podSecurity = {
  runAsNonRoot: true,
  runAsUser: 65_532,
  runAsGroup: 65_532,
  fsGroup: 65_532,
  seccompProfile: { type: 'RuntimeDefault' },
} as const;

/** Pod Security "restricted" for a container. */
export const containerSecurity = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'] },
} as const;

const field = (name: string, fieldPath: string): EnvVar => ({ name, valueFrom: { fieldRef: { fieldPath } } });

/** Environment of every process: who it is, and how much it logs. */
export function commonEnv(installation: Installation): readonly EnvVar[] {
  return [
    field('POD_IP', 'status.podIP'),
    field('POD_NAME', 'metadata.name'),
    field('POD_NAMESPACE', 'metadata.namespace'),
    { name: 'TWINWARD_LOG_LEVEL', value: installation.logLevel },
  ];
}

/** Labels of a child. */
export function labelsOf(
  component: string,
  instance: string,
  own: Readonly<Record<string, string>>,
): Record<string, string> {
  return {
    [label.name]: 'twinward',
    [label.instance]: instance,
    [label.component]: component,
    [label.partOf]: 'twinward',
    [label.managedBy]: 'twinward-operator',
    ...own,
  };
}

const http = (path: string, port: number, periodSeconds: number, failureThreshold: number): Probe => ({
  httpGet: { path, port },
  periodSeconds,
  failureThreshold,
  timeoutSeconds: 5,
});

/**
 * Startup, readiness and liveness by plain HTTP; a process has `startSeconds` to start. A sidecar that others wait for
 * has started when it is ready (`startedWhen: '/readyz'`).
 */
export function probes(
  port: number,
  startSeconds: number,
  startedWhen: '/livez' | '/readyz' = '/livez',
): Pick<Container, 'startupProbe' | 'readinessProbe' | 'livenessProbe'> {
  return {
    startupProbe: http(startedWhen, port, 1, startSeconds),
    readinessProbe: http('/readyz', port, 2, 3),
    livenessProbe: http('/livez', port, 10, 6),
  };
}

/** Volumes and mounts of a process that calls the twin service. */
export const twinsAccess = {
  volumes: [
    {
      name: 'twinward-token',
      projected: {
        sources: [
          {
            serviceAccountToken: {
              audience: convention.audience,
              expirationSeconds: convention.tokenSeconds,
              path: 'token',
            },
          },
        ],
      },
    },
    { name: 'twinward-ca', configMap: { name: wellKnown.trustBundle } },
  ] as readonly Volume[],
  mounts: [
    { name: 'twinward-token', mountPath: convention.tokenFolder, readOnly: true },
    { name: 'twinward-ca', mountPath: convention.trustFolder, readOnly: true },
  ],
} as const;

/** Environment of a process that calls the twin service. */
export function twinsEnv(installation: Installation): readonly EnvVar[] {
  return [{ name: 'TWINWARD_TWINS_ADDRESS', value: installation.twinsAddress }];
}

/** Owner reference by which a child goes with its owner. */
export function ownerOf(
  owner: KubernetesObject,
): NonNullable<KubernetesObject['metadata']['ownerReferences']> {
  const { name, uid = '' } = owner.metadata;
  return [
    {
      apiVersion: owner.apiVersion,
      kind: owner.kind,
      name,
      uid,
      controller: true,
      blockOwnerDeletion: false,
    },
  ];
}

/** A volume named by a `pvc://<claim>/<path>` or `oci://<image>` address, mounted read-only. */
export function addressedVolume(name: string, uri: string): Volume | undefined {
  const claim = /^pvc:\/\/([^/]+)/.exec(uri)?.[1];
  if (claim !== undefined) return { name, persistentVolumeClaim: { claimName: claim, readOnly: true } };
  const image = /^oci:\/\/(.+)$/.exec(uri)?.[1];
  if (image !== undefined) return { name, image: { reference: image, pullPolicy: 'IfNotPresent' } };
  return undefined;
}
