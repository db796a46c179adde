import type { Resource } from '../stand/monitor.ts';
import { at, type Value } from '../stand/values.ts';
import { atLeast, forbidden, is, matches, option, type Policy, property, required } from './policy.ts';

const KEY = 'gcp:kms/cryptoKey:CryptoKey';
const LOGS = 'gcp:logging/projectBucketConfig:ProjectBucketConfig';
const DAY = 86_400;

const encrypts = ({ inputs }: Resource): boolean => inputs['purpose'] === 'ENCRYPT_DECRYPT';
const role = ({ inputs }: Resource): string => String(inputs['role'] ?? '');
const member = ({ inputs }: Resource): string => String(inputs['member'] ?? '');
const isIn = (values: Value | undefined, wanted: readonly string[]): boolean =>
  Array.isArray(values) && wanted.every((one) => values.some((value) => at(value, 'logType') === one));

/** Kinds that have labels, by the property that holds them. */
const labelled: readonly (readonly [string, string])[] = [
  ['gcp:artifactregistry/repository:Repository', 'labels'],
  ['gcp:container/cluster:Cluster', 'resourceLabels'],
  ['gcp:container/nodePool:NodePool', 'nodeConfig.resourceLabels'],
  [KEY, 'labels'],
  ['gcp:secretmanager/secret:Secret', 'labels'],
  ['gcp:sql/databaseInstance:DatabaseInstance', 'settings.userLabels'],
  ['gcp:storage/bucket:Bucket', 'labels'],
];

export const accessPolicies: readonly Policy[] = [
  forbidden('nobody gets a basic role', (one) => /^roles\/(owner|editor|viewer)$/.test(role(one)), {
    type: 'gcp:projects/iAMMember:IAMMember',
    inputs: { role: 'roles/editor', member: 'user:x@hospital.example' },
  }),
  forbidden('nothing is granted to everybody', (one) => /^all(Authenticated)?Users$/.test(member(one)), {
    type: 'gcp:storage/bucketIAMMember:BucketIAMMember',
    inputs: { role: 'roles/storage.objectViewer', member: 'allUsers' },
  }),
  forbidden('no service account has a key', ({ type }) => type === 'gcp:serviceaccount/key:Key', {
    type: 'gcp:serviceaccount/key:Key',
    inputs: {},
  }),
  forbidden(
    'grants add to what others granted, and replace nothing',
    ({ type }) => /iAM(Binding|Policy):|Iam(Binding|Policy):|IAM(Binding|Policy):/.test(type),
    { type: 'gcp:projects/iAMBinding:IAMBinding', inputs: {} },
  ),
  forbidden(
    'the operator may do nothing in Google Cloud',
    (one) => one.type === 'gcp:projects/iAMMember:IAMMember' && member(one).includes('-operator@'),
    {
      type: 'gcp:projects/iAMMember:IAMMember',
      inputs: {
        role: 'roles/cloudsql.client',
        member: 'serviceAccount:twinward-prod-operator@p.iam.gserviceaccount.com',
      },
    },
  ),
  forbidden(
    'nobody borrows an account, except that of the keyring',
    (one) =>
      role(one) === 'roles/iam.serviceAccountTokenCreator' &&
      !String(one.inputs['serviceAccountId']).includes('-keyring@'),
    {
      type: 'gcp:serviceaccount/iAMMember:IAMMember',
      inputs: {
        role: 'roles/iam.serviceAccountTokenCreator',
        serviceAccountId: 'projects/p/serviceAccounts/x-twins@p',
      },
    },
  ),
  property({
    name: 'ingest reads the folder of its own tenant only',
    type: 'gcp:storage/bucketIAMMember:BucketIAMMember',
    path: 'condition.expression',
    where: (one) => member(one).includes('/sa/twinward-ingest'),
    ok: (value, one) => {
      const tenant = /\/ns\/([^/]+)\/sa\//.exec(member(one))?.[1] ?? '-';
      return (
        typeof value === 'string' &&
        value.includes(`/objects/${tenant}/"`) &&
        value.includes(`startsWith("${tenant}/")`)
      );
    },
    bad: undefined,
  }),
  property({
    name: 'keys that encrypt change at least every 90 days',
    type: KEY,
    path: 'rotationPeriod',
    where: encrypts,
    ok: (value) => atLeast(DAY)(value) && !atLeast(90 * DAY + 1)(value),
    bad: undefined,
  }),
  property({
    name: 'a destroyed key can be restored for a week at least',
    type: KEY,
    path: 'destroyScheduledDuration',
    where: encrypts,
    ok: atLeast(7 * DAY),
    bad: '86400s',
  }),
  property({
    name: 'keys live in hardware in production',
    type: KEY,
    path: 'versionTemplate.protectionLevel',
    ok: is('HSM'),
    bad: 'SOFTWARE',
    prodOnly: true,
  }),
  option('keys cannot be deleted in production', KEY, ({ protect }) => protect, { protect: false }, true),
  option(
    'grants on keys outlive the stack in production, as what they encrypt does',
    'gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember',
    ({ protect, retainOnDelete }) => protect && retainOnDelete,
    { retainOnDelete: false },
    true,
  ),
  property({
    name: 'who reads and writes data is logged, for all services',
    type: 'gcp:projects/iAMAuditConfig:IAMAuditConfig',
    path: '',
    ok: (value) =>
      at(value, 'service') === 'allServices' &&
      isIn(at(value, 'auditLogConfigs'), ['ADMIN_READ', 'DATA_READ', 'DATA_WRITE']) &&
      (at(value, 'auditLogConfigs') as readonly Value[]).every(
        (one) => at(one, 'exemptedMembers') === undefined,
      ),
    bad: { service: 'allServices', auditLogConfigs: [{ logType: 'ADMIN_READ' }] },
  }),
  property({
    name: 'audit logs are kept for a year at least',
    type: LOGS,
    path: 'retentionDays',
    ok: atLeast(365),
    bad: 30,
  }),
  property({
    name: 'audit logs are encrypted with our key',
    type: LOGS,
    path: 'cmekSettings.kmsKeyName',
    ok: matches(/cryptoKeys/),
    bad: undefined,
  }),
  property({
    name: 'audit logs cannot be shortened in production',
    type: LOGS,
    path: 'locked',
    ok: is(true),
    bad: false,
    prodOnly: true,
  }),
  required(
    'data access goes to the audit bucket',
    ({ type, inputs }) =>
      type === 'gcp:logging/projectSink:ProjectSink' &&
      String(inputs['filter']).includes('data_access') &&
      String(inputs['destination']).startsWith('logging.googleapis.com/projects/'),
  ),
  property({
    name: 'images in the registry are encrypted with our key',
    type: 'gcp:artifactregistry/repository:Repository',
    path: 'kmsKeyName',
    ok: matches(/cryptoKeys/),
    bad: undefined,
  }),
  property({
    name: 'a tag of our images never moves',
    type: 'gcp:artifactregistry/repository:Repository',
    path: 'dockerConfig.immutableTags',
    where: ({ inputs }) => inputs['mode'] === undefined,
    ok: is(true),
    bad: false,
  }),
  property({
    name: 'images are scanned',
    type: 'gcp:artifactregistry/repository:Repository',
    path: 'vulnerabilityScanningConfig.enablementConfig',
    ok: is('INHERITED'),
    bad: 'DISABLED',
  }),
  ...labelled.map(([type, path]) =>
    property({
      name: `every ${type.split(':').at(-1)} says what it belongs to`,
      type,
      path,
      ok: (value) => at(value, 'product') === 'twinward' && matches(/^(dev|prod)$/)(at(value, 'environment')),
      bad: {},
    }),
  ),
];
