// PostgreSQL on Cloud SQL: reached by Private Service Connect only, over mutual TLS of its connectors, by service
// accounts that log in with IAM. Nobody has a password.
import * as gcp from '@pulumi/gcp';
import * as pulumi from '@pulumi/pulumi';

/** The database inside the instance. */
export const DATABASE = 'twinward';

/** Size and habits of the instance. */
export interface DatabaseSettings {
  readonly version: string;
  /** `db-custom-CPUS-MEBIBYTES`. */
  readonly tier: string;
  readonly availability: 'REGIONAL' | 'ZONAL';
  readonly diskGib: number;
  readonly maxConnections: number;
  readonly pointInTimeDays: number;
  /** Daily backups that are kept. */
  readonly backups: number;
  /** Day 1 is Monday; hour in UTC. */
  readonly maintenance: { readonly day: number; readonly hour: number };
}

/** Arguments of a Database. */
export interface DatabaseArgs {
  readonly project: string;
  readonly region: string;
  readonly settings: DatabaseSettings;
  /** Key that the instance is encrypted with; its service agent may use it already. */
  readonly keyId: pulumi.Input<string>;
  readonly networkId: pulumi.Input<string>;
  readonly subnetId: pulumi.Input<string>;
  /** E-mail addresses of the accounts that log in, by what they are called here. */
  readonly users: Readonly<Record<string, pulumi.Input<string>>>;
  readonly deletionProtection: boolean;
  readonly labels: Record<string, string>;
}

/** Instance, database, users, and the address and name under which they are found. */
export class Database extends pulumi.ComponentResource {
  /** `PROJECT:REGION:INSTANCE`, as connectors want it. */
  readonly connectionName: pulumi.Output<string>;
  /** Private address of the endpoint in our network. */
  readonly address: pulumi.Output<string>;
  /** Names of database users, by what they are called here. */
  readonly userNames: Readonly<Record<string, pulumi.Output<string>>>;

  constructor(name: string, args: DatabaseArgs, opts?: pulumi.ComponentResourceOptions) {
    super('twinward:data:Database', name, {}, opts);
    const kept = {
      parent: this,
      protect: args.deletionProtection,
      retainOnDelete: args.deletionProtection,
    };
    const instance = new gcp.sql.DatabaseInstance(name, instanceArgs(args), {
      ...kept,
      // Storage grows by itself.
      ignoreChanges: ['settings.diskSize'],
      customTimeouts: { create: '60m' },
    });
    new gcp.sql.Database(
      name,
      { instance: instance.name, name: DATABASE, charset: 'UTF8', deletionPolicy: 'ABANDON' },
      kept,
    );
    const address = createEndpoint(this, name, args, instance);
    this.userNames = Object.fromEntries(
      Object.entries(args.users).map(([key, email]) => [
        key,
        createUser(this, `${name}-${key}`, email, instance),
      ]),
    );
    this.connectionName = instance.connectionName;
    this.address = address;
    this.registerOutputs({ connectionName: this.connectionName, address });
  }
}

function instanceArgs(args: DatabaseArgs): gcp.sql.DatabaseInstanceArgs {
  return {
    databaseVersion: args.settings.version,
    region: args.region,
    encryptionKeyName: args.keyId,
    deletionProtection: args.deletionProtection,
    deletionPolicy: args.deletionProtection ? 'PREVENT' : 'DELETE',
    settings: {
      // The default of new versions is another edition, which refuses custom machines.
      edition: 'ENTERPRISE',
      tier: args.settings.tier,
      availabilityType: args.settings.availability,
      diskType: 'PD_SSD',
      diskSize: args.settings.diskGib,
      diskAutoresize: true,
      deletionProtectionEnabled: args.deletionProtection,
      retainBackupsOnDelete: true,
      finalBackupConfig: { enabled: true, retentionDays: args.settings.backups },
      connectorEnforcement: 'REQUIRED',
      dataApiAccess: 'DISALLOW_DATA_API',
      userLabels: args.labels,
      databaseFlags: databaseFlags(args.settings),
      insightsConfig: {
        queryInsightsEnabled: true,
        recordApplicationTags: false,
        recordClientAddress: false,
      },
      maintenanceWindow: { ...args.settings.maintenance, updateTrack: 'stable' },
      ...backupsAndAccess(args),
    },
  };
}

function backupsAndAccess(
  args: DatabaseArgs,
): Pick<gcp.types.input.sql.DatabaseInstanceSettings, 'backupConfiguration' | 'ipConfiguration'> {
  return {
    backupConfiguration: {
      enabled: true,
      startTime: '01:00',
      location: args.region,
      pointInTimeRecoveryEnabled: true,
      transactionLogRetentionDays: args.settings.pointInTimeDays,
      backupRetentionSettings: { retentionUnit: 'COUNT', retainedBackups: args.settings.backups },
    },
    ipConfiguration: {
      ipv4Enabled: false,
      sslMode: 'TRUSTED_CLIENT_CERTIFICATE_REQUIRED',
      serverCaMode: 'GOOGLE_MANAGED_CAS_CA',
      pscConfigs: [{ pscEnabled: true, allowedConsumerProjects: [args.project] }],
    },
  };
}

/** What is logged names statements that change the schema or a role, never a value of a row. */
function databaseFlags(settings: DatabaseSettings): { name: string; value: string }[] {
  const flags = {
    'cloudsql.iam_authentication': 'on',
    'cloudsql.enable_pgaudit': 'on',
    'pgaudit.log': 'ddl,role',
    log_connections: 'on',
    log_disconnections: 'on',
    log_lock_waits: 'on',
    log_statement: 'none',
    log_min_error_statement: 'panic',
    log_parameter_max_length_on_error: '0',
    log_min_duration_statement: '-1',
    max_connections: String(settings.maxConnections),
  };
  return Object.entries(flags).map(([name, value]) => ({ name, value }));
}

/** Without a record for the instance's own name, connectors do not find the endpoint. */
function createEndpoint(
  parent: Database,
  name: string,
  args: DatabaseArgs,
  instance: gcp.sql.DatabaseInstance,
): pulumi.Output<string> {
  const address = new gcp.compute.Address(
    name,
    {
      region: args.region,
      addressType: 'INTERNAL',
      subnetwork: args.subnetId,
      description: 'Endpoint of the database',
      labels: args.labels,
    },
    { parent },
  );
  new gcp.compute.ForwardingRule(
    name,
    {
      region: args.region,
      network: args.networkId,
      ipAddress: address.id,
      target: instance.pscServiceAttachmentLink,
      loadBalancingScheme: '',
      allowPscGlobalAccess: false,
      labels: args.labels,
    },
    { parent },
  );
  const zone = new gcp.dns.ManagedZone(
    name,
    {
      dnsName: instance.dnsName,
      visibility: 'private',
      description: 'Name of the database in the private network',
      privateVisibilityConfig: { networks: [{ networkUrl: args.networkId }] },
      labels: args.labels,
    },
    { parent },
  );
  new gcp.dns.RecordSet(
    name,
    { managedZone: zone.name, name: instance.dnsName, type: 'A', ttl: 300, rrdatas: [address.address] },
    { parent },
  );
  return address.address;
}

function createUser(
  parent: Database,
  name: string,
  email: pulumi.Input<string>,
  instance: gcp.sql.DatabaseInstance,
): pulumi.Output<string> {
  const user = new gcp.sql.User(
    name,
    {
      instance: instance.name,
      type: 'CLOUD_IAM_SERVICE_ACCOUNT',
      name: pulumi.output(email).apply((text) => text.replace(/\.gserviceaccount\.com$/, '')),
      // It may own objects by then, and a user that owns objects cannot be dropped.
      deletionPolicy: 'ABANDON',
    },
    { parent },
  );
  return user.name;
}
