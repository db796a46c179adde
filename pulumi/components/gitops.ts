// The GitOps engine and its one root object. What the root leads to, the chart included, is the repository's business.
import * as kubernetes from '@pulumi/kubernetes';
import * as pulumi from '@pulumi/pulumi';

/** Repository that the engine follows. */
export interface GitSource {
  readonly url: string;
  readonly revision: string;
  readonly path: string;
}

/** Mirrors through which images come. */
export type Mirrors = (name: 'ghcr' | 'quay' | 'dockerhub') => pulumi.Input<string>;

/** Arguments of a GitOps. */
export interface GitOpsArgs {
  readonly engine: 'argocd' | 'flux';
  readonly source: GitSource;
  readonly argocdChart: string;
  readonly fluxChart: string;
  readonly fluxVersion: string;
  readonly replicas: number;
  readonly mirrors: Mirrors;
}

/** Argo CD with an Application, or the Flux operator with a FluxInstance. */
export class GitOps extends pulumi.ComponentResource {
  /** Namespace of the engine. */
  readonly namespace: string;

  constructor(name: string, args: GitOpsArgs, opts: pulumi.ComponentResourceOptions) {
    super('twinward:bootstrap:GitOps', name, {}, opts);
    this.namespace = args.engine === 'argocd' ? 'argocd' : 'flux-system';
    const namespace = new kubernetes.core.v1.Namespace(
      name,
      { metadata: { name: this.namespace, labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } } },
      { parent: this },
    );
    const engine = args.engine === 'argocd' ? argocd(args) : flux(args);
    const release = new kubernetes.helm.v3.Release(
      name,
      { namespace: namespace.metadata.name, atomic: true, timeout: 600, ...engine.release },
      { parent: this },
    );
    new kubernetes.apiextensions.CustomResource(
      `${name}-root`,
      { ...engine.root, metadata: { ...engine.root.metadata, namespace: this.namespace } },
      { parent: this, dependsOn: [release] },
    );
    this.registerOutputs({ namespace: this.namespace });
  }
}

interface Engine {
  readonly release: {
    readonly name: string;
    readonly chart: string;
    readonly version: string;
    readonly values: object;
  };
  readonly root: {
    readonly apiVersion: string;
    readonly kind: string;
    readonly metadata: { readonly name: string; readonly annotations?: Record<string, string> };
    readonly spec: object;
  };
}

function argocd(args: GitOpsArgs): Engine {
  const replicas = { replicas: args.replicas, pdb: { enabled: args.replicas > 1 } };
  return {
    release: {
      name: 'argocd',
      chart: 'oci://ghcr.io/argoproj/argo-helm/argo-cd',
      version: args.argocdChart,
      values: {
        global: {
          image: { repository: pulumi.interpolate`${args.mirrors('quay')}/argoproj/argocd` },
          networkPolicy: { create: true, defaultDenyIngress: true },
        },
        redis: { image: { repository: pulumi.interpolate`${args.mirrors('dockerhub')}/library/redis` } },
        dex: { enabled: false },
        notifications: { enabled: false },
        server: replicas,
        repoServer: replicas,
        applicationSet: { replicas: args.replicas },
        configs: {
          cm: {
            'admin.enabled': false,
            'application.resourceTrackingMethod': 'annotation',
            'resource.respectRBAC': 'strict',
          },
        },
      },
    },
    root: {
      apiVersion: 'argoproj.io/v1alpha1',
      kind: 'Application',
      metadata: { name: 'root' },
      spec: {
        project: 'default',
        source: { repoURL: args.source.url, targetRevision: args.source.revision, path: args.source.path },
        destination: { server: 'https://kubernetes.default.svc', namespace: 'argocd' },
        // Nothing is deleted because a file is gone: records hang on some of these objects.
        syncPolicy: {
          automated: { prune: false, selfHeal: true },
          syncOptions: ['ServerSideApply=true'],
        },
      },
    },
  };
}

function flux(args: GitOpsArgs): Engine {
  const isArtifact = args.source.url.startsWith('oci://');
  return {
    release: {
      name: 'flux-operator',
      chart: 'oci://ghcr.io/controlplaneio-fluxcd/charts/flux-operator',
      version: args.fluxChart,
      values: {
        image: {
          repository: pulumi.interpolate`${args.mirrors('ghcr')}/controlplaneio-fluxcd/flux-operator`,
        },
      },
    },
    root: {
      apiVersion: 'fluxcd.controlplane.io/v1',
      kind: 'FluxInstance',
      metadata: { name: 'flux' },
      spec: {
        distribution: {
          version: args.fluxVersion,
          registry: pulumi.interpolate`${args.mirrors('ghcr')}/fluxcd`,
        },
        components: [
          'source-controller',
          'kustomize-controller',
          'helm-controller',
          'notification-controller',
        ],
        cluster: { type: 'gcp', multitenant: true, networkPolicy: true },
        sync: {
          kind: isArtifact ? 'OCIRepository' : 'GitRepository',
          url: args.source.url,
          ref:
            isArtifact || args.source.revision.startsWith('refs/')
              ? args.source.revision
              : `refs/heads/${args.source.revision}`,
          path: args.source.path,
        },
      },
    },
  };
}
