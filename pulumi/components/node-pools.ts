// Pools of nodes. What a machine looks like is data (accelerators.ts); what every node must be is said once, here.
import * as gcp from '@pulumi/gcp';
import * as pulumi from '@pulumi/pulumi';
import {
  type AcceleratorName,
  type AcceleratorProfile,
  acceleratorProfiles,
  type Provisioning,
} from './accelerators.ts';

/** Label that says which pool a node belongs to. */
export const POOL_LABEL = 'twinward.io/pool';

/** What all pools of a cluster share. */
export interface PoolSetting {
  readonly region: string;
  readonly clusterName: pulumi.Input<string>;
  readonly nodeAccount: pulumi.Input<string>;
  /** Key of boot disks. */
  readonly keyId: pulumi.Input<string>;
  readonly labels: Record<string, string>;
}

/** A pool without accelerators. */
export interface CpuPool {
  readonly machineType: string;
  readonly diskGib: number;
  readonly minNodes: number;
  readonly maxNodes: number;
}

/** A pool with accelerators. */
export interface GpuPool extends CpuPool {
  readonly name: string;
  readonly accelerator: AcceleratorName;
  /** Accelerators per node. */
  readonly count: number;
  readonly provisioning: Provisioning;
  readonly zones?: readonly string[] | undefined;
  readonly partition?: string | undefined;
  readonly sharing?: { readonly strategy: string; readonly clients: number } | undefined;
  readonly maxRunHours: number;
}

/** Arguments of NodePools. */
export interface NodePoolsArgs extends PoolSetting {
  readonly cpuPool: CpuPool;
  readonly gpuPools: readonly GpuPool[];
}

/** All pools of a cluster. */
export class NodePools extends pulumi.ComponentResource {
  /** Label of nodes for everything but inference and simulation. */
  readonly cpuLabel: Readonly<Record<string, string>> = { [POOL_LABEL]: 'cpu' };

  constructor(name: string, args: NodePoolsArgs, opts?: pulumi.ComponentResourceOptions) {
    super('twinward:cluster:NodePools', name, {}, opts);
    // No names of our own: a pool of another shape gets a new name and is there before the old one goes.
    const options = { parent: this, ignoreChanges: ['initialNodeCount'] };
    new gcp.container.NodePool(`${name}-cpu`, cpuPoolArgs(args, args.cpuPool), options);
    for (const pool of args.gpuPools) {
      new gcp.container.NodePool(`${name}-${pool.name}`, gpuPoolArgs(args, pool), options);
    }
    this.registerOutputs({});
  }
}

function everyNode(args: PoolSetting, pool: CpuPool): gcp.types.input.container.NodePoolNodeConfig {
  return {
    machineType: pool.machineType,
    diskSizeGb: pool.diskGib,
    imageType: 'COS_CONTAINERD',
    serviceAccount: args.nodeAccount,
    // The scope only widens; what the account may do is decided by IAM.
    oauthScopes: ['https://www.googleapis.com/auth/cloud-platform'],
    bootDiskKmsKey: args.keyId,
    shieldedInstanceConfig: { enableSecureBoot: true, enableIntegrityMonitoring: true },
    workloadMetadataConfig: { mode: 'GKE_METADATA' },
    kubeletConfig: { insecureKubeletReadonlyPortEnabled: 'FALSE' },
    gcfsConfig: { enabled: true },
    metadata: { 'disable-legacy-endpoints': 'true' },
    resourceLabels: args.labels,
  };
}

function everyPool(args: PoolSetting): gcp.container.NodePoolArgs {
  return {
    location: args.region,
    cluster: args.clusterName,
    networkConfig: { enablePrivateNodes: true },
    management: { autoRepair: true, autoUpgrade: true },
  };
}

function cpuPoolArgs(args: PoolSetting, pool: CpuPool): gcp.container.NodePoolArgs {
  return {
    ...everyPool(args),
    initialNodeCount: 1,
    autoscaling: {
      totalMinNodeCount: pool.minNodes,
      totalMaxNodeCount: pool.maxNodes,
      locationPolicy: 'BALANCED',
    },
    // New nodes beside the old ones, and a way back for an hour.
    upgradeSettings: {
      strategy: 'BLUE_GREEN',
      blueGreenSettings: {
        nodePoolSoakDuration: '3600s',
        standardRolloutPolicy: { batchPercentage: 0.34, batchSoakDuration: '300s' },
      },
    },
    nodeConfig: {
      ...everyNode(args, pool),
      diskType: 'pd-balanced',
      gvnic: { enabled: true },
      labels: { [POOL_LABEL]: 'cpu' },
    },
  };
}

function gpuPoolArgs(args: PoolSetting, pool: GpuPool): gcp.container.NodePoolArgs {
  const isTemporary = pool.provisioning === 'flex-start' || pool.provisioning === 'queued';
  return {
    ...everyPool(args),
    // A node that lives for hours is not repaired.
    management: { autoRepair: !isTemporary, autoUpgrade: true },
    initialNodeCount: 0,
    ...(pool.zones !== undefined && { nodeLocations: [...pool.zones] }),
    autoscaling: {
      totalMinNodeCount: pool.minNodes,
      totalMaxNodeCount: pool.maxNodes,
      locationPolicy: 'ANY',
    },
    // A spare accelerator is rarely to be had: one node is taken away before the next one comes.
    upgradeSettings: { strategy: 'SURGE', maxSurge: 0, maxUnavailable: 1 },
    ...(pool.provisioning === 'queued' && { queuedProvisioning: { enabled: true } }),
    nodeConfig: gpuNodeConfig(args, pool, isTemporary),
  };
}

function gpuNodeConfig(
  args: PoolSetting,
  pool: GpuPool,
  isTemporary: boolean,
): gcp.types.input.container.NodePoolNodeConfig {
  const profile: AcceleratorProfile = acceleratorProfiles[pool.accelerator];
  return {
    ...everyNode(args, pool),
    diskType: profile.bootDisk,
    gvnic: { enabled: true },
    guestAccelerators: [
      {
        type: profile.type,
        count: pool.count,
        gpuDriverInstallationConfig: { gpuDriverVersion: 'DEFAULT' },
        ...(pool.partition !== undefined && { gpuPartitionSize: pool.partition }),
        ...(pool.sharing !== undefined && {
          gpuSharingConfig: {
            gpuSharingStrategy: pool.sharing.strategy,
            maxSharedClientsPerGpu: pool.sharing.clients,
          },
        }),
      },
    ],
    labels: {
      [POOL_LABEL]: 'gpu',
      'twinward.io/accelerator': pool.accelerator,
      'twinward.io/provisioning': pool.provisioning,
      ...(pool.partition !== undefined && { 'twinward.io/partition': pool.partition }),
    },
    taints: [
      { key: 'nvidia.com/gpu', value: 'present', effect: 'NO_SCHEDULE' },
      ...(pool.provisioning === 'spot'
        ? [{ key: 'cloud.google.com/gke-spot', value: 'true', effect: 'NO_SCHEDULE' }]
        : []),
    ],
    ...(pool.provisioning === 'spot' && { spot: true }),
    ...(isTemporary && {
      flexStart: true,
      maxRunDuration: `${pool.maxRunHours * 3600}s`,
      reservationAffinity: { consumeReservationType: 'NO_RESERVATION' },
    }),
  };
}
