// Who read what: data access logs of all services, kept in a bucket of their own, encrypted, for as long as the law says.
import * as gcp from '@pulumi/gcp';
import * as pulumi from '@pulumi/pulumi';

/** Arguments of an Audit. */
export interface AuditArgs {
  readonly project: string;
  readonly region: string;
  readonly retentionDays: number;
  /** Irreversible. */
  readonly locked: boolean;
  readonly keyId: pulumi.Input<string>;
  readonly deletionProtection: boolean;
}

/** Audit logging of the project. */
export class Audit extends pulumi.ComponentResource {
  constructor(name: string, args: AuditArgs, opts?: pulumi.ComponentResourceOptions) {
    super('twinward:foundation:Audit', name, {}, opts);
    new gcp.projects.IAMAuditConfig(
      name,
      {
        project: args.project,
        service: 'allServices',
        auditLogConfigs: [{ logType: 'ADMIN_READ' }, { logType: 'DATA_READ' }, { logType: 'DATA_WRITE' }],
      },
      { parent: this },
    );
    const bucket = new gcp.logging.ProjectBucketConfig(
      name,
      {
        project: args.project,
        location: args.region,
        bucketId: name,
        description: 'Audit logs',
        retentionDays: args.retentionDays,
        locked: args.locked,
        cmekSettings: { kmsKeyName: args.keyId },
      },
      {
        parent: this,
        protect: args.deletionProtection,
        retainOnDelete: args.deletionProtection,
      },
    );
    new gcp.logging.ProjectSink(
      name,
      {
        project: args.project,
        description: 'Audit logs into the bucket that keeps them',
        destination: pulumi.interpolate`logging.googleapis.com/${bucket.id}`,
        filter:
          'log_id("cloudaudit.googleapis.com/activity") OR log_id("cloudaudit.googleapis.com/data_access") OR log_id("cloudaudit.googleapis.com/system_event") OR log_id("cloudaudit.googleapis.com/policy")',
        uniqueWriterIdentity: true,
      },
      { parent: this },
    );
    this.registerOutputs({});
  }
}
