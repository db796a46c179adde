// The cluster that can be made again: control plane, pools of nodes, and who may act as what.
import * as pulumi from '@pulumi/pulumi';
import { clusterChartValues } from '../components/chart-values.ts';
import { Cluster } from '../components/cluster.ts';
import type { Identity } from '../components/identities.ts';
import type { KeyUse } from '../components/keys.ts';
import { RESTRICTED_RANGE } from '../components/network.ts';
import { NodePools } from '../components/node-pools.ts';
import { labelsOf, siblingStack, stackSettings, textMap, textOutput } from '../components/settings/stack.ts';
import { WorkloadIdentity } from '../components/workload-identity.ts';
import { clusterSettings } from './settings.ts';

const { place, settings } = stackSettings(clusterSettings);
const labels = labelsOf(settings.environment);
const name = `twinward-${settings.environment}`;
const foundation = siblingStack('twinward-foundation');
const data = siblingStack('twinward-data');
const keys = textMap<KeyUse>(foundation, 'keyIds');
const emails = textMap<Identity>(foundation, 'identityEmails');

const cluster = new Cluster(name, {
  ...place,
  networkId: textOutput(foundation, 'networkId'),
  nodeSubnetId: textOutput(foundation, 'nodeSubnetId'),
  clusterKeyId: keys('cluster'),
  nodeKeyId: keys('nodes'),
  nodeAccount: emails('nodes'),
  releaseChannel: settings.releaseChannel,
  maintenance: settings.maintenance,
  securityGroup: settings.securityGroup,
  filestore: settings.ledger.enabled,
  deletionProtection: settings.deletionProtection,
  labels,
});
const pools = new NodePools(name, {
  region: place.region,
  clusterName: cluster.clusterName,
  nodeAccount: emails('nodes'),
  keyId: keys('nodes'),
  cpuPool: settings.cpuPool,
  gpuPools: settings.gpuPools,
  labels,
});
new WorkloadIdentity(name, {
  project: place.project,
  workloadPool: cluster.workloadPool,
  namespace: settings.namespace,
  accounts: {
    'twinward-operator': emails('operator'),
    'twinward-twins': emails('twins'),
    'twinward-migrate': emails('migrate'),
  },
  tenants: settings.tenants,
  recordsBucket: textOutput(data, 'recordsBucket'),
});

export const clusterName = cluster.clusterName;
export const endpoint = cluster.endpoint;
/** Values of charts/twinward. */
export const chartValues = pulumi
  .all([
    textOutput(foundation, 'imageRegistry'),
    textOutput(foundation, 'nodeRange'),
    emails('operator'),
    emails('twins'),
    emails('migrate'),
  ])
  .apply(([imageRegistry, nodeRange, operator, twins, migrate]) =>
    clusterChartValues({
      clusterId: settings.clusterId,
      imageRegistry,
      nodeRange,
      emails: { operator, twins, migrate },
      googleRange: RESTRICTED_RANGE,
      tenants: settings.tenants,
      poolLabel: pools.cpuLabel,
      ledger: settings.ledger.enabled
        ? { storageClassName: settings.ledger.storageClassName, size: settings.ledger.size }
        : undefined,
    }),
  );
