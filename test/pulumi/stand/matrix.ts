// How two environments differ, and how they may.

import type { Resource } from './monitor.ts';
import type { Run } from './program.ts';
import { shortName } from './snapshot.ts';

/**
 * What the example production stack has otherwise than the example trial. Nothing else may differ: a difference that is
 * missing here, or one listed here that is gone, is a fault.
 */
export const matrix: Readonly<Record<string, readonly string[]>> = {
  'safeguards against deletion': [
    'artifactregistry/repository:Repository @protect',
    'container/cluster:Cluster @protect',
    'container/cluster:Cluster deletionProtection',
    'kms/cryptoKey:CryptoKey @protect',
    'kms/cryptoKey:CryptoKey @retainOnDelete',
    'kms/cryptoKeyIAMMember:CryptoKeyIAMMember @protect',
    'kms/cryptoKeyIAMMember:CryptoKeyIAMMember @retainOnDelete',
    'kms/keyRing:KeyRing @protect',
    'kms/keyRing:KeyRing @retainOnDelete',
    'logging/projectBucketConfig:ProjectBucketConfig @protect',
    'logging/projectBucketConfig:ProjectBucketConfig @retainOnDelete',
    'secretmanager/secret:Secret @protect',
    'secretmanager/secret:Secret @retainOnDelete',
    'secretmanager/secret:Secret deletionProtection',
    'serviceaccount/account:Account @protect',
    'sql/database:Database @protect',
    'sql/database:Database @retainOnDelete',
    'sql/databaseInstance:DatabaseInstance @protect',
    'sql/databaseInstance:DatabaseInstance @retainOnDelete',
    'sql/databaseInstance:DatabaseInstance deletionPolicy',
    'sql/databaseInstance:DatabaseInstance deletionProtection',
    'sql/databaseInstance:DatabaseInstance settings.deletionProtectionEnabled',
    'storage/bucket:Bucket @protect',
    'storage/bucket:Bucket @retainOnDelete',
    'storage/bucket:Bucket deletionPolicy',
  ],
  'how strong and how long': [
    'binaryauthorization/policy:Policy defaultAdmissionRule.enforcementMode',
    'kms/cryptoKey:CryptoKey versionTemplate.protectionLevel',
    'logging/projectBucketConfig:ProjectBucketConfig locked',
    'logging/projectBucketConfig:ProjectBucketConfig retentionDays',
    'sql/databaseInstance:DatabaseInstance settings.availabilityType',
    'sql/databaseInstance:DatabaseInstance settings.backupConfiguration.backupRetentionSettings.retainedBackups',
    'sql/databaseInstance:DatabaseInstance settings.finalBackupConfig.retentionDays',
    'storage/bucket:Bucket lifecycleRules[0].condition.daysSinceNoncurrentTime',
    'storage/bucket:Bucket retentionPolicy.retentionPeriod',
    'storage/bucket:Bucket softDeletePolicy.retentionDurationSeconds',
  ],
  size: [
    'container/nodePool:NodePool autoscaling.totalMaxNodeCount',
    'container/nodePool:NodePool autoscaling.totalMinNodeCount',
    'container/nodePool:NodePool nodeConfig.machineType',
    'sql/databaseInstance:DatabaseInstance settings.databaseFlags[10].value',
    'sql/databaseInstance:DatabaseInstance settings.diskSize',
    'sql/databaseInstance:DatabaseInstance settings.tier',
    'kubernetes:helm.sh/v3:Release values.applicationSet.replicas',
    'kubernetes:helm.sh/v3:Release values.repoServer.pdb.enabled',
    'kubernetes:helm.sh/v3:Release values.repoServer.replicas',
    'kubernetes:helm.sh/v3:Release values.server.pdb.enabled',
    'kubernetes:helm.sh/v3:Release values.server.replicas',
  ],
  'way to the internet': [
    'compute/firewall:Firewall destinationRanges[0]',
    '-compute/route:Route twinward-ENV-internet',
    '-compute/router:Router twinward-ENV',
    '-compute/routerNat:RouterNat twinward-ENV',
  ],
  'pools, tenants and what goes with them': [
    '+container/nodePool:NodePool twinward-ENV-a100',
    '+container/nodePool:NodePool twinward-ENV-h100',
    '+container/nodePool:NodePool twinward-ENV-l4',
    '-container/nodePool:NodePool twinward-ENV-t4',
    '+storage/bucketIAMMember:BucketIAMMember twinward-ENV-cardiology-ingest',
    '+storage/bucketIAMMember:BucketIAMMember twinward-ENV-oncology-ingest',
    '-storage/bucketIAMMember:BucketIAMMember twinward-ENV-ward-7-ingest',
    'container/cluster:Cluster addonsConfig.gcpFilestoreCsiDriverConfig.enabled',
    'container/cluster:Cluster authenticatorGroupsConfig.securityGroup',
    'container/cluster:Cluster releaseChannel.channel',
  ],
};

/** Names of environments and suffixes of physical names, which differ by nature, made equal. */
function neutral(text: string): string {
  return text
    .replaceAll(/\b(twinward|hospital|clusters)([-/])(dev|prod)\b/g, '$1$2ENV')
    .replaceAll(/\btwinward-ENV((?:-[a-z0-9]+)*?)-[0-9a-f]{7}\b/g, 'twinward-ENV$1')
    .replaceAll('hospital-twinward-dev', 'hospital-twinward-ENV')
    .replaceAll('hospital-twinward-prod', 'hospital-twinward-ENV')
    .replaceAll(/^(dev|prod)$/g, 'ENV');
}

function leaves(value: unknown, path: string): readonly (readonly [string, string])[] {
  if (Array.isArray(value)) return value.flatMap((item, index) => leaves(item, `${path}[${index}]`));
  if (typeof value !== 'object' || value === null) return [[path, neutral(String(value))]];
  return Object.entries(value).flatMap(([key, item]) => leaves(item, path === '' ? key : `${path}.${key}`));
}

function properties(resource: Resource): ReadonlyMap<string, string> {
  return new Map([
    ['@protect', String(resource.protect)],
    ['@retainOnDelete', String(resource.retainOnDelete)],
    ...leaves(resource.inputs, ''),
  ]);
}

function byName(runs: readonly Run[]): ReadonlyMap<string, Resource> {
  const resources = runs.flatMap((run) => run.resources).filter(({ type }) => type !== 'pulumi:pulumi:Stack');
  return new Map(
    resources.map((resource) => [neutral(`${shortName(resource.urn)}`).replace(/^gcp:/, ''), resource]),
  );
}

/** Every way in which `other` is not `one`: properties by type, `+` and `-` for resources only one of them has. */
export function differences(one: readonly Run[], other: readonly Run[]): readonly string[] {
  const [before, after] = [byName(one), byName(other)];
  const found = new Set<string>();
  for (const name of before.keys()) if (!after.has(name)) found.add(`-${name}`);
  for (const [name, resource] of after) {
    const counterpart = before.get(name);
    if (counterpart === undefined) {
      found.add(`+${name}`);
      continue;
    }
    const [was, is] = [properties(counterpart), properties(resource)];
    for (const path of new Set([...was.keys(), ...is.keys()])) {
      if (was.get(path) !== is.get(path)) found.add(`${name.split(' ')[0]} ${path}`);
    }
  }
  return [...found].sort();
}
