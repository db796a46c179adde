// Customer-managed keys: one per use, each with the grant that lets the service's agent use it. Keys and grants live and
// die together, apart from what they encrypt: data outlive the stack that made them, and are unreadable without both.
import * as gcp from '@pulumi/gcp';
import * as pulumi from '@pulumi/pulumi';

/** What is encrypted, and so what the keys are called. */
export const keyUses = ['database', 'objects', 'cluster', 'nodes', 'registry', 'audit', 'secrets'] as const;

/** One of the uses. */
export type KeyUse = (typeof keyUses)[number];

/** Arguments of Keys. */
export interface KeysArgs {
  readonly project: string;
  readonly region: string;
  readonly protectionLevel: 'HSM' | 'SOFTWARE';
  readonly rotationDays: number;
  readonly destroyAfterDays: number;
  readonly deletionProtection: boolean;
  readonly labels: Record<string, string>;
}

/** A key ring with a key per use. */
export class Keys extends pulumi.ComponentResource {
  readonly ringId: pulumi.Output<string>;
  /** Ids of keys by use. An id is known only once the service's agent may use the key. */
  readonly ids: Readonly<Record<KeyUse, pulumi.Output<string>>>;

  constructor(name: string, args: KeysArgs, opts?: pulumi.ComponentResourceOptions) {
    super('twinward:foundation:Keys', name, {}, opts);
    const ring = new gcp.kms.KeyRing(name, { location: args.region }, this.#kept(args));
    const agents = serviceAgents(this, name, args.project);
    const made = keyUses.map((use) => {
      const key = new gcp.kms.CryptoKey(`${name}-${use}`, encryptionKey(ring, args), this.#kept(args));
      const grant = new gcp.kms.CryptoKeyIAMMember(
        `${name}-${use}`,
        { cryptoKeyId: key.id, role: 'roles/cloudkms.cryptoKeyEncrypterDecrypter', member: agents[use] },
        this.#kept(args),
      );
      return { use, id: pulumi.all([key.id, grant.id]).apply(([id]) => id) };
    });
    this.ringId = ring.id;
    this.ids = Object.fromEntries(made.map(({ use, id }) => [use, id])) as Record<
      KeyUse,
      pulumi.Output<string>
    >;
    this.registerOutputs({ ringId: this.ringId, ids: this.ids });
  }

  #kept(args: KeysArgs): pulumi.CustomResourceOptions {
    return { parent: this, protect: args.deletionProtection, retainOnDelete: args.deletionProtection };
  }
}

function encryptionKey(ring: gcp.kms.KeyRing, args: KeysArgs): gcp.kms.CryptoKeyArgs {
  return {
    keyRing: ring.id,
    purpose: 'ENCRYPT_DECRYPT',
    rotationPeriod: `${args.rotationDays * 86_400}s`,
    destroyScheduledDuration: `${args.destroyAfterDays * 86_400}s`,
    versionTemplate: { algorithm: 'GOOGLE_SYMMETRIC_ENCRYPTION', protectionLevel: args.protectionLevel },
    labels: args.labels,
  };
}

/** IAM members that encrypt on behalf of the project, by use. Agents that Google makes late are made now. */
function serviceAgents(
  parent: Keys,
  name: string,
  project: string,
): Readonly<Record<KeyUse, pulumi.Input<string>>> {
  const number = gcp.organizations.getProjectOutput({ projectId: project }, { parent }).number;
  const identity = (service: string): pulumi.Output<string> =>
    new gcp.projects.ServiceIdentity(
      `${name}-${service}`,
      { project, service: `${service}.googleapis.com` },
      { parent },
    ).member;
  return {
    database: identity('sqladmin'),
    registry: identity('artifactregistry'),
    secrets: identity('secretmanager'),
    cluster: pulumi.interpolate`serviceAccount:service-${number}@container-engine-robot.iam.gserviceaccount.com`,
    objects: gcp.storage.getProjectServiceAccountOutput({ project }, { parent }).member,
    audit: pulumi.interpolate`serviceAccount:${gcp.logging.getProjectCmekSettingsOutput({ project }, { parent }).serviceAccountId}`,
    nodes: pulumi.interpolate`serviceAccount:service-${number}@compute-system.iam.gserviceaccount.com`,
  };
}
