// The children of a TwinModel: per bundle a Deployment and a headless Service, and one PodDisruptionBudget.
import type { TwinModel } from '#crds/twin-model/v1alpha1.ts';
import type { Deployment, KubernetesObject, Service } from '#runtime/objects.ts';
import type { Container, PodSpec, ResourceRequirements, Volume } from '#runtime/pod-objects.ts';
import type { Installation } from '../installation.ts';
import { annotation, convention, label, wellKnown } from '../names.ts';
import {
  addressedVolume,
  commonEnv,
  containerSecurity,
  labelsOf,
  ownerOf,
  podSecurity,
  probes,
} from '../pod-parts.ts';

/** Name of the Deployment and Service that serve one bundle. */
export function servingName(model: string, sha256: string): string {
  return `${model}-${sha256.slice(0, 8)}`;
}

/** gRPC target of the Shared deployment of a bundle. */
export function servingTarget(model: string, namespace: string, sha256: string): string {
  return `dns:///${servingName(model, sha256)}.${namespace}.svc:${convention.inferencePort}`;
}

/** DNS names that the certificate of a namespace's engines holds. */
export function engineNames(namespace: string): readonly string[] {
  return [`*.${namespace}.svc`, `*.${namespace}.svc.cluster.local`];
}

const selectorOf = (model: string, sha256: string): Record<string, string> => ({
  [label.model]: model,
  [label.bundle]: sha256.slice(0, 8),
});

/** The container that serves a bundle, in a Deployment or as the sidecar of a worker. */
export function inferenceContainer(model: TwinModel, sha256: string, installation: Installation): Container {
  const { uri } = model.spec.artifact;
  const mounted = addressedVolume('bundle', uri) !== undefined;
  const onDevice = model.spec.accelerator !== undefined;
  return {
    name: 'inference',
    image: onDevice ? installation.images.inferenceCuda : installation.images.inference,
    imagePullPolicy: installation.imagePullPolicy,
    env: [
      ...commonEnv(installation),
      { name: 'TWINWARD_MODEL', value: model.metadata.name },
      { name: 'TWINWARD_BUNDLE_URI', value: uri },
      { name: 'TWINWARD_BUNDLE_SHA256', value: sha256 },
      ...(onDevice ? [{ name: 'TWINWARD_PROVIDER', value: 'cuda' }] : []),
    ],
    resources: resourcesOf(model),
    volumeMounts: mounted ? [{ name: 'bundle', mountPath: convention.bundleFolder, readOnly: true }] : [],
    securityContext: containerSecurity,
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
  };
}

function resourcesOf(model: TwinModel): ResourceRequirements {
  const { accelerator, pod } = model.spec;
  const cpu = pod?.resources?.cpu ?? '250m';
  const memory = pod?.resources?.memory ?? '512Mi';
  const device = accelerator?.resource;
  const devices = device === undefined ? {} : { [device.name]: String(device.count) };
  return {
    requests: { cpu, memory, ...devices },
    limits: { memory, ...devices },
    ...(accelerator?.resourceClaimTemplateName === undefined ? {} : { claims: [{ name: 'accelerator' }] }),
  };
}

/** Placement and volumes that a pod with the inference container needs. */
export function inferencePlacement(model: TwinModel): Partial<PodSpec> {
  const { accelerator, artifact, pod } = model.spec;
  const bundle = addressedVolume('bundle', artifact.uri);
  const claim = accelerator?.resourceClaimTemplateName;
  return {
    ...(pod?.nodeSelector === undefined ? {} : { nodeSelector: pod.nodeSelector }),
    ...(pod?.tolerations === undefined ? {} : { tolerations: pod.tolerations }),
    ...(pod?.priorityClassName === undefined ? {} : { priorityClassName: pod.priorityClassName }),
    ...(claim === undefined
      ? {}
      : { resourceClaims: [{ name: 'accelerator', resourceClaimTemplateName: claim }] }),
    volumes: bundle === undefined ? [] : [bundle],
  };
}

/** One Deployment per bundle. Surge needs room for a second pod, so with an accelerator the default is Replace. */
export function deployment(model: TwinModel, replicas: number, installation: Installation): Deployment {
  const { sha256 } = model.spec.artifact;
  const { name, namespace } = model.metadata;
  const mode = model.spec.rollout?.mode ?? (model.spec.accelerator === undefined ? 'Surge' : 'Replace');
  const labels = labelsOf('inference', name, selectorOf(name, sha256));
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name: servingName(name, sha256),
      namespace,
      labels,
      annotations: { [annotation.sha256]: sha256 },
      ownerReferences: ownerOf(model),
    },
    spec: {
      replicas,
      selector: { matchLabels: selectorOf(name, sha256) },
      strategy: {
        type: 'RollingUpdate',
        rollingUpdate:
          mode === 'Surge' ? { maxSurge: 1, maxUnavailable: 0 } : { maxSurge: 0, maxUnavailable: 1 },
      },
      revisionHistoryLimit: 2,
      template: {
        metadata: { labels, annotations: { [annotation.sha256]: sha256 } },
        spec: podOf(model, installation),
      },
    },
  };
}

/** What an engine that knows its callers has mounted: its certificate, and the keys that callers are judged by. */
const engineAccess = {
  volumes: [
    { name: 'tls', secret: { secretName: wellKnown.engineSecret } },
    { name: 'callers', configMap: { name: wellKnown.engineCallers } },
  ] as readonly Volume[],
  mounts: [
    { name: 'tls', mountPath: convention.servingFolder, readOnly: true },
    { name: 'callers', mountPath: convention.callersFolder, readOnly: true },
  ],
} as const;

/** The container of a Shared engine: as a Dedicated one, but open to the network and therefore to known callers only. */
function sharedContainer(model: TwinModel, installation: Installation): Container {
  const container = inferenceContainer(model, model.spec.artifact.sha256, installation);
  const { sharedEngines } = installation;
  if (sharedEngines === undefined) return container;
  const callers = [
    `${sharedEngines.twinsNamespace}/${wellKnown.twinsAccount}`,
    `${model.metadata.namespace}/${wellKnown.simulateAccount}`,
  ];
  return {
    ...container,
    env: [...(container.env ?? []), { name: 'TWINWARD_CALLERS', value: callers.join(',') }],
    volumeMounts: [...(container.volumeMounts ?? []), ...engineAccess.mounts],
  };
}

function podOf(model: TwinModel, installation: Installation): PodSpec {
  const container = sharedContainer(model, installation);
  const placement = inferencePlacement(model);
  return {
    ...placement,
    ...(installation.sharedEngines === undefined
      ? {}
      : { volumes: [...(placement.volumes ?? []), ...engineAccess.volumes] }),
    serviceAccountName: wellKnown.inferenceAccount,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    terminationGracePeriodSeconds: 30,
    securityContext: podSecurity,
    containers: [
      {
        ...container,
        ports: [
          { name: 'grpc', containerPort: convention.inferencePort },
          { name: 'health', containerPort: convention.healthPort },
        ],
        ...probes(convention.healthPort, 120),
      },
    ],
  };
}

/** Headless Service of one bundle: callers balance over the pods themselves. */
export function service(model: TwinModel, installation: Installation): Service {
  const { sha256 } = model.spec.artifact;
  const { name, namespace } = model.metadata;
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: servingName(name, sha256),
      namespace,
      labels: labelsOf('inference', name, selectorOf(name, sha256)),
      annotations: { [annotation.sha256]: sha256 },
      ownerReferences: ownerOf(model),
    },
    spec: {
      clusterIP: 'None',
      selector: selectorOf(name, sha256),
      ports: [
        {
          name: 'grpc',
          port: convention.inferencePort,
          targetPort: 'grpc',
          appProtocol: installation.sharedEngines === undefined ? 'kubernetes.io/h2c' : 'https',
        },
      ],
    },
  };
}

/** Drains take one serving pod at a time, and never wait for one that is broken anyway. */
export function disruptionBudget(model: TwinModel): KubernetesObject & { readonly spec: unknown } {
  const { name, namespace } = model.metadata;
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: {
      name,
      namespace,
      labels: labelsOf('inference', name, { [label.model]: name }),
      ownerReferences: ownerOf(model),
    },
    spec: {
      maxUnavailable: 1,
      unhealthyPodEvictionPolicy: 'AlwaysAllow',
      selector: { matchLabels: { [label.model]: name } },
    },
  };
}
