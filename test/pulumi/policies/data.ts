import { at, type Value } from '../stand/values.ts';
import { atLeast, forbidden, is, isFilled, matches, option, type Policy, property } from './policy.ts';

const INSTANCE = 'gcp:sql/databaseInstance:DatabaseInstance';
const BUCKET = 'gcp:storage/bucket:Bucket';
const SECRET = 'gcp:secretmanager/secret:Secret';
const DAY = 86_400;

function flag(value: Value | undefined, name: string): Value | undefined {
  return Array.isArray(value)
    ? at(
        value.find((item) => at(item, 'name') === name),
        'value',
      )
    : undefined;
}

const withFlags =
  (flags: Readonly<Record<string, string>>) =>
  (value: Value | undefined): boolean =>
    Object.entries(flags).every(([name, wanted]) => flag(value, name) === wanted);

export const dataPolicies: readonly Policy[] = [
  property({
    name: 'the database has no public address',
    type: INSTANCE,
    path: 'settings.ipConfiguration.ipv4Enabled',
    ok: is(false),
    bad: true,
  }),
  property({
    name: 'the database is reached by Private Service Connect',
    type: INSTANCE,
    path: 'settings.ipConfiguration.pscConfigs[0].pscEnabled',
    ok: is(true),
    bad: false,
  }),
  property({
    name: 'clients of the database prove themselves by certificate',
    type: INSTANCE,
    path: 'settings.ipConfiguration.sslMode',
    ok: is('TRUSTED_CLIENT_CERTIFICATE_REQUIRED'),
    bad: 'ALLOW_UNENCRYPTED_AND_ENCRYPTED',
  }),
  property({
    name: 'connections come through connectors, which ask IAM',
    type: INSTANCE,
    path: 'settings.connectorEnforcement',
    ok: is('REQUIRED'),
    bad: 'NOT_REQUIRED',
  }),
  property({
    name: 'the database is encrypted with our key',
    type: INSTANCE,
    path: 'encryptionKeyName',
    ok: matches(/cryptoKeys/),
    bad: undefined,
  }),
  property({
    name: 'the database can be brought back to any moment of the last days',
    type: INSTANCE,
    path: 'settings.backupConfiguration',
    ok: (value) =>
      at(value, 'enabled') === true &&
      at(value, 'pointInTimeRecoveryEnabled') === true &&
      atLeast(7)(at(value, 'transactionLogRetentionDays')),
    bad: { enabled: true, pointInTimeRecoveryEnabled: false },
  }),
  property({
    name: 'backups outlive the instance',
    type: INSTANCE,
    path: 'settings.retainBackupsOnDelete',
    ok: is(true),
    bad: false,
  }),
  property({
    name: 'the edition is said, not left to a default that changed',
    type: INSTANCE,
    path: 'settings.edition',
    ok: is('ENTERPRISE'),
    bad: undefined,
  }),
  property({
    name: 'the machine is one with a service level',
    type: INSTANCE,
    path: 'settings.tier',
    ok: matches(/^db-custom-/),
    bad: 'db-f1-micro',
  }),
  property({
    name: 'the database survives a zone in production',
    type: INSTANCE,
    path: 'settings.availabilityType',
    ok: is('REGIONAL'),
    bad: 'ZONAL',
    prodOnly: true,
  }),
  property({
    name: 'the provider refuses to delete the database in production',
    type: INSTANCE,
    path: '',
    ok: (value) => at(value, 'deletionProtection') === true && at(value, 'deletionPolicy') === 'PREVENT',
    bad: { deletionProtection: false },
    prodOnly: true,
  }),
  property({
    name: 'the API refuses to delete the database in production',
    type: INSTANCE,
    path: 'settings.deletionProtectionEnabled',
    ok: is(true),
    bad: false,
    prodOnly: true,
  }),
  option(
    'Pulumi refuses to delete the database in production',
    INSTANCE,
    ({ protect, retainOnDelete }) => protect && retainOnDelete,
    { protect: false },
    true,
  ),
  property({
    name: 'accounts log in with IAM',
    type: INSTANCE,
    path: 'settings.databaseFlags',
    ok: withFlags({ 'cloudsql.iam_authentication': 'on' }),
    bad: [],
  }),
  property({
    name: 'no value of a row is logged',
    type: INSTANCE,
    path: 'settings.databaseFlags',
    ok: withFlags({
      log_statement: 'none',
      log_min_error_statement: 'panic',
      log_parameter_max_length_on_error: '0',
      log_min_duration_statement: '-1',
      'pgaudit.log': 'ddl,role',
    }),
    bad: [{ name: 'log_statement', value: 'all' }],
  }),
  property({
    name: 'every database user is a service account without a password',
    type: 'gcp:sql/user:User',
    path: '',
    ok: (value) =>
      at(value, 'type') === 'CLOUD_IAM_SERVICE_ACCOUNT' &&
      at(value, 'password') === undefined &&
      matches(/@[^@]+\.iam$/)(at(value, 'name')),
    bad: { type: 'BUILT_IN', name: 'twins', password: 'x' },
  }),
  property({
    name: 'access to buckets is decided by IAM alone',
    type: BUCKET,
    path: 'uniformBucketLevelAccess',
    ok: is(true),
    bad: false,
  }),
  property({
    name: 'buckets cannot be made public',
    type: BUCKET,
    path: 'publicAccessPrevention',
    ok: is('enforced'),
    bad: 'inherited',
  }),
  property({
    name: 'buckets keep old versions',
    type: BUCKET,
    path: 'versioning.enabled',
    ok: is(true),
    bad: false,
  }),
  property({
    name: 'objects stay for a day at least, and the lock is left to people',
    type: BUCKET,
    path: 'retentionPolicy',
    ok: (value) => atLeast(DAY)(at(value, 'retentionPeriod')) && at(value, 'isLocked') === false,
    bad: undefined,
  }),
  property({
    name: 'deleted objects can be brought back for a week at least',
    type: BUCKET,
    path: 'softDeletePolicy.retentionDurationSeconds',
    ok: atLeast(7 * DAY),
    bad: 0,
  }),
  property({
    name: 'buckets are encrypted with our key, and nothing else is taken',
    type: BUCKET,
    path: 'encryption',
    ok: (value) =>
      matches(/cryptoKeys/)(at(value, 'defaultKmsKeyName')) &&
      at(value, 'googleManagedEncryptionEnforcementConfig.restrictionMode') === 'FullyRestricted',
    bad: undefined,
  }),
  property({
    name: 'a bucket with objects is not destroyed',
    type: BUCKET,
    path: 'forceDestroy',
    ok: is(false),
    bad: true,
  }),
  option(
    'Pulumi refuses to delete buckets in production',
    BUCKET,
    ({ protect, retainOnDelete }) => protect && retainOnDelete,
    { protect: false },
    true,
  ),
  property({
    name: 'secrets are encrypted with our key, in one region',
    type: SECRET,
    path: 'replication.userManaged.replicas',
    ok: (value) =>
      isFilled(value) && matches(/cryptoKeys/)(at(value, '[0].customerManagedEncryption.kmsKeyName')),
    bad: [{ location: 'europe-west4' }],
  }),
  forbidden('no program holds the value of a secret', ({ type }) => type.includes('secretVersion'), {
    type: 'gcp:secretmanager/secretVersion:SecretVersion',
    inputs: { secretData: 'x' },
  }),
];
