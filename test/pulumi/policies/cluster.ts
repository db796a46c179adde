import type { Resource } from '../stand/monitor.ts';
import { at } from '../stand/values.ts';
import { atLeast, forbidden, is, isFilled, matches, option, type Policy, property } from './policy.ts';

const CLUSTER = 'gcp:container/cluster:Cluster';
const POOL = 'gcp:container/nodePool:NodePool';

const hasGpu = ({ inputs }: Resource): boolean => isFilled(at(inputs, 'nodeConfig.guestAccelerators'));
const isTemporary = ({ inputs }: Resource): boolean => at(inputs, 'nodeConfig.flexStart') === true;

export const clusterPolicies: readonly Policy[] = [
  property({
    name: 'nodes have no public address',
    type: CLUSTER,
    path: 'privateClusterConfig.enablePrivateNodes',
    ok: is(true),
    bad: false,
  }),
  property({
    name: 'pools have no public address',
    type: POOL,
    path: 'networkConfig.enablePrivateNodes',
    ok: is(true),
    bad: false,
  }),
  property({
    name: 'the control plane has no address that anyone could try',
    type: CLUSTER,
    path: 'controlPlaneEndpointsConfig.ipEndpointsConfig.enabled',
    ok: is(false),
    bad: true,
  }),
  property({
    name: 'network policies are enforced (Dataplane V2)',
    type: CLUSTER,
    path: 'datapathProvider',
    ok: is('ADVANCED_DATAPATH'),
    bad: 'LEGACY_DATAPATH',
  }),
  property({
    name: 'traffic between nodes is encrypted',
    type: CLUSTER,
    path: 'inTransitEncryptionConfig',
    ok: is('IN_TRANSIT_ENCRYPTION_INTER_NODE_TRANSPARENT'),
    bad: undefined,
  }),
  property({
    name: 'pods have identities of their own',
    type: CLUSTER,
    path: 'workloadIdentityConfig.workloadPool',
    ok: matches(/\.svc\.id\.goog$/),
    bad: undefined,
  }),
  property({
    name: 'images are admitted by policy',
    type: CLUSTER,
    path: 'binaryAuthorization.evaluationMode',
    ok: is('PROJECT_SINGLETON_POLICY_ENFORCE'),
    bad: 'DISABLED',
  }),
  property({
    name: 'the policy for images asks for an attestation',
    type: 'gcp:binaryauthorization/policy:Policy',
    path: 'defaultAdmissionRule.evaluationMode',
    ok: is('REQUIRE_ATTESTATION'),
    bad: 'ALWAYS_ALLOW',
  }),
  property({
    name: 'images without attestation are blocked in production',
    type: 'gcp:binaryauthorization/policy:Policy',
    path: 'defaultAdmissionRule.enforcementMode',
    ok: is('ENFORCED_BLOCK_AND_AUDIT_LOG'),
    bad: 'DRYRUN_AUDIT_LOG_ONLY',
    prodOnly: true,
  }),
  property({
    name: 'Secrets are encrypted with our key in etcd',
    type: CLUSTER,
    path: 'databaseEncryption',
    ok: (value) => at(value, 'state') === 'ENCRYPTED' && matches(/cryptoKeys/)(at(value, 'keyName')),
    bad: { state: 'DECRYPTED' },
  }),
  property({
    name: 'the cluster is regional',
    type: CLUSTER,
    path: 'location',
    ok: matches(/^[a-z]+-[a-z]+\d+$/),
    bad: 'europe-west4-a',
  }),
  property({
    name: 'the cluster follows a release channel',
    type: CLUSTER,
    path: 'releaseChannel.channel',
    ok: matches(/^(REGULAR|STABLE|EXTENDED)$/),
    bad: 'UNSPECIFIED',
  }),
  property({
    name: 'the cluster is maintained in a window',
    type: CLUSTER,
    path: 'maintenancePolicy.recurringWindow.recurrence',
    ok: matches(/^FREQ=WEEKLY;BYDAY=/),
    bad: undefined,
  }),
  property({
    name: 'nobody gets in by attribute, certificate or anonymously',
    type: CLUSTER,
    path: '',
    ok: (value) =>
      at(value, 'enableLegacyAbac') === false &&
      at(value, 'masterAuth.clientCertificateConfig.issueClientCertificate') === false &&
      at(value, 'anonymousAuthenticationConfig.mode') === 'LIMITED',
    bad: { enableLegacyAbac: true },
  }),
  property({
    name: 'nothing is bound to everybody who is authenticated',
    type: CLUSTER,
    path: 'rbacBindingConfig.enableInsecureBindingSystemAuthenticated',
    ok: is(false),
    bad: true,
  }),
  property({
    name: 'the control plane logs',
    type: CLUSTER,
    path: 'loggingConfig.enableComponents',
    ok: (value) => Array.isArray(value) && value.includes('APISERVER'),
    bad: ['SYSTEM_COMPONENTS'],
  }),
  property({
    name: 'metrics are collected',
    type: CLUSTER,
    path: 'monitoringConfig.managedPrometheus.enabled',
    ok: is(true),
    bad: false,
  }),
  property({
    name: 'the cluster cannot be deleted in production',
    type: CLUSTER,
    path: 'deletionProtection',
    ok: is(true),
    bad: false,
    prodOnly: true,
  }),
  property({
    name: 'nodes boot what was signed',
    type: POOL,
    path: 'nodeConfig.shieldedInstanceConfig.enableSecureBoot',
    ok: is(true),
    bad: false,
  }),
  property({
    name: 'boot disks are encrypted with our key',
    type: POOL,
    path: 'nodeConfig.bootDiskKmsKey',
    ok: matches(/cryptoKeys/),
    bad: undefined,
  }),
  property({
    name: 'nodes do not run as the default account',
    type: POOL,
    path: 'nodeConfig.serviceAccount',
    ok: matches(/^twinward-\w+-nodes@/),
    bad: undefined,
  }),
  property({
    name: 'pods cannot read the metadata of their node',
    type: POOL,
    path: 'nodeConfig.workloadMetadataConfig.mode',
    ok: is('GKE_METADATA'),
    bad: 'GCE_METADATA',
  }),
  property({
    name: 'kubelet has no port without authentication',
    type: POOL,
    path: 'nodeConfig.kubeletConfig.insecureKubeletReadonlyPortEnabled',
    ok: is('FALSE'),
    bad: 'TRUE',
  }),
  property({
    name: 'cheap machines are spot, not preemptible',
    type: POOL,
    path: 'nodeConfig.preemptible',
    ok: (value) => value === undefined || value === false,
    bad: true,
  }),
  option(
    'the first size of a pool does not replace it later',
    POOL,
    ({ ignoreChanges }) => ignoreChanges.includes('initialNodeCount'),
    { ignoreChanges: [] },
  ),
  property({
    name: 'GPU pools carry the taint that keeps other pods off',
    type: POOL,
    path: 'nodeConfig.taints',
    where: hasGpu,
    ok: (value) => Array.isArray(value) && value.some((taint) => at(taint, 'key') === 'nvidia.com/gpu'),
    bad: [],
  }),
  property({
    name: 'GPU pools need no spare GPU to be upgraded',
    type: POOL,
    path: 'upgradeSettings',
    where: hasGpu,
    ok: (value) => at(value, 'maxSurge') === 0 && atLeast(1)(at(value, 'maxUnavailable')),
    bad: { maxSurge: 1, maxUnavailable: 0 },
  }),
  property({
    name: 'spot and temporary pools shrink to nothing',
    type: POOL,
    path: 'autoscaling.totalMinNodeCount',
    where: (pool) => at(pool.inputs, 'nodeConfig.spot') === true || isTemporary(pool),
    ok: is(0),
    bad: 1,
  }),
  {
    ...property({
      name: 'temporary nodes have an end and use no reservation',
      type: POOL,
      path: 'nodeConfig',
      where: isTemporary,
      ok: (value) =>
        atLeast(3600)(at(value, 'maxRunDuration')) &&
        at(value, 'reservationAffinity.consumeReservationType') === 'NO_RESERVATION',
      bad: { flexStart: true },
    }),
    prodOnly: true,
  },
  forbidden(
    'no accelerator is shared by pods that could read its memory',
    ({ type, inputs }) =>
      type === POOL && at(inputs, 'nodeConfig.guestAccelerators[0].gpuSharingConfig') !== undefined,
    {
      type: POOL,
      inputs: {
        nodeConfig: { guestAccelerators: [{ gpuSharingConfig: { gpuSharingStrategy: 'TIME_SHARING' } }] },
      },
    },
  ),
];
