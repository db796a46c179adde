// Where the key-encryption key of records is kept. Only the place is made here: the value is put there by a person, so
// that it is in no program, no state and no repository.
import * as gcp from '@pulumi/gcp';
import * as pulumi from '@pulumi/pulumi';

/** Arguments of a KeySecret. */
export interface KeySecretArgs {
  readonly region: string;
  readonly keyId: pulumi.Input<string>;
  readonly deletionProtection: boolean;
  readonly labels: Record<string, string>;
}

/** A secret without a version. */
export class KeySecret extends pulumi.ComponentResource {
  readonly secretName: pulumi.Output<string>;

  constructor(name: string, args: KeySecretArgs, opts?: pulumi.ComponentResourceOptions) {
    super('twinward:data:KeySecret', name, {}, opts);
    const secret = new gcp.secretmanager.Secret(
      name,
      {
        secretId: `${name}-kek`,
        replication: {
          userManaged: {
            replicas: [{ location: args.region, customerManagedEncryption: { kmsKeyName: args.keyId } }],
          },
        },
        versionDestroyTtl: '2592000s',
        deletionProtection: args.deletionProtection,
        labels: args.labels,
      },
      { parent: this, protect: args.deletionProtection, retainOnDelete: args.deletionProtection },
    );
    this.secretName = secret.secretId;
    this.registerOutputs({ secretName: this.secretName });
  }
}
