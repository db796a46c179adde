// Buckets with records: encrypted with our key, never public, versioned, and for a time neither changed nor deleted.
import * as gcp from '@pulumi/gcp';
import * as pulumi from '@pulumi/pulumi';

const DAY_SECONDS = 86_400;

/** How long objects are kept, in days. */
export interface Retention {
  /** An object can be neither changed nor deleted. */
  readonly retentionDays: number;
  /** A deleted object can be brought back. */
  readonly softDeleteDays: number;
  /** Replaced versions are kept. */
  readonly oldVersionDays: number;
}

/** Arguments of a PrivateBucket. */
export interface PrivateBucketArgs {
  readonly region: string;
  readonly keyId: pulumi.Input<string>;
  readonly settings: Retention;
  readonly deletionProtection: boolean;
  readonly labels: Record<string, string>;
}

/** One bucket. */
export class PrivateBucket extends pulumi.ComponentResource {
  readonly bucketName: pulumi.Output<string>;

  constructor(name: string, args: PrivateBucketArgs, opts?: pulumi.ComponentResourceOptions) {
    super('twinward:data:PrivateBucket', name, {}, opts);
    const { settings } = args;
    const bucket = new gcp.storage.Bucket(
      name,
      {
        location: args.region,
        storageClass: 'STANDARD',
        uniformBucketLevelAccess: true,
        publicAccessPrevention: 'enforced',
        forceDestroy: false,
        deletionPolicy: args.deletionProtection ? 'PREVENT' : 'DELETE',
        versioning: { enabled: true },
        retentionPolicy: { retentionPeriod: String(settings.retentionDays * DAY_SECONDS), isLocked: false },
        softDeletePolicy: { retentionDurationSeconds: settings.softDeleteDays * DAY_SECONDS },
        lifecycleRules: [
          {
            action: { type: 'Delete' },
            condition: { daysSinceNoncurrentTime: settings.oldVersionDays, withState: 'ARCHIVED' },
          },
          { action: { type: 'AbortIncompleteMultipartUpload' }, condition: { age: 1 } },
        ],
        encryption: {
          defaultKmsKeyName: args.keyId,
          googleManagedEncryptionEnforcementConfig: { restrictionMode: 'FullyRestricted' },
        },
        labels: args.labels,
      },
      { parent: this, protect: args.deletionProtection, retainOnDelete: args.deletionProtection },
    );
    this.bucketName = bucket.name;
    this.registerOutputs({ bucketName: this.bucketName });
  }

  /** Lets `member` do what `role` says with the objects. */
  grant(name: string, role: string, member: pulumi.Input<string>): void {
    new gcp.storage.BucketIAMMember(name, { bucket: this.bucketName, role, member }, { parent: this });
  }
}
