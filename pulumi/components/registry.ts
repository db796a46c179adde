// Images and charts: a repository of our own, and mirrors of the public registries that GitOps engines come from, so that
// nodes need no way to the internet.
import * as gcp from '@pulumi/gcp';
import * as pulumi from '@pulumi/pulumi';

const mirrors = {
  ghcr: 'https://ghcr.io',
  quay: 'https://quay.io',
  dockerhub: 'https://registry-1.docker.io',
} as const;

/** Arguments of a Registry. */
export interface RegistryArgs {
  readonly project: string;
  readonly region: string;
  /** Key that images are encrypted with; known once the registry may use it. */
  readonly keyId: pulumi.Input<string>;
  /** IAM member that pulls: the nodes. */
  readonly reader: pulumi.Input<string>;
  readonly labels: Record<string, string>;
  readonly deletionProtection: boolean;
}

/** Repositories of the project. */
export class Registry extends pulumi.ComponentResource {
  /** Our images and charts: `REGION-docker.pkg.dev/PROJECT/REPOSITORY`. */
  readonly own: pulumi.Output<string>;
  /** Mirrors of public registries, in the same form. */
  readonly mirrors: Readonly<Record<keyof typeof mirrors, pulumi.Output<string>>>;

  constructor(name: string, args: RegistryArgs, opts?: pulumi.ComponentResourceOptions) {
    super('twinward:foundation:Registry', name, {}, opts);
    const shared = {
      location: args.region,
      format: 'DOCKER',
      kmsKeyName: args.keyId,
      labels: args.labels,
      vulnerabilityScanningConfig: { enablementConfig: 'INHERITED' },
    };
    const address = (repository: gcp.artifactregistry.Repository): pulumi.Output<string> =>
      pulumi.interpolate`${args.region}-docker.pkg.dev/${args.project}/${repository.repositoryId}`;
    const own = new gcp.artifactregistry.Repository(
      name,
      {
        ...shared,
        repositoryId: name,
        description: 'Images and charts of Twinward',
        dockerConfig: { immutableTags: true },
        cleanupPolicies: [
          { id: 'untagged', action: 'DELETE', condition: { tagState: 'UNTAGGED', olderThan: '2592000s' } },
        ],
      },
      { parent: this, protect: args.deletionProtection },
    );
    const mirror = (key: keyof typeof mirrors): gcp.artifactregistry.Repository =>
      new gcp.artifactregistry.Repository(
        `${name}-${key}`,
        {
          ...shared,
          repositoryId: `${name}-${key}`,
          mode: 'REMOTE_REPOSITORY',
          description: `Mirror of ${mirrors[key]}`,
          remoteRepositoryConfig: { dockerRepository: { customRepository: { uri: mirrors[key] } } },
        },
        { parent: this },
      );
    const [ghcr, quay, dockerhub] = [mirror('ghcr'), mirror('quay'), mirror('dockerhub')];
    for (const [suffix, repository] of Object.entries({ own, ghcr, quay, dockerhub })) {
      allowPulls(this, `${name}-${suffix}-nodes`, repository, args);
    }
    this.own = address(own);
    this.mirrors = { ghcr: address(ghcr), quay: address(quay), dockerhub: address(dockerhub) };
    this.registerOutputs({ own: this.own, mirrors: this.mirrors });
  }
}

function allowPulls(
  parent: Registry,
  name: string,
  repository: gcp.artifactregistry.Repository,
  { project, region, reader }: RegistryArgs,
): void {
  new gcp.artifactregistry.RepositoryIamMember(
    name,
    {
      project,
      location: region,
      repository: repository.repositoryId,
      role: 'roles/artifactregistry.reader',
      member: reader,
    },
    { parent },
  );
}
