// A GKE Standard cluster whose nodes have no public address and whose control plane is reached by its DNS name with
// IAM: no bastion, no list of addresses. Node pools are apart, so that one of them can be replaced.
import * as gcp from '@pulumi/gcp';
import * as pulumi from '@pulumi/pulumi';

/** Weekly window of Google's maintenance. */
export interface MaintenanceWindow {
  /** HH:MM in UTC. */
  readonly start: string;
  readonly hours: number;
  readonly days: readonly string[];
}

/** Arguments of a Cluster. */
export interface ClusterArgs {
  readonly project: string;
  readonly region: string;
  readonly networkId: pulumi.Input<string>;
  readonly nodeSubnetId: pulumi.Input<string>;
  /** Keys of secrets in etcd and of boot disks; service agents may use them already. */
  readonly clusterKeyId: pulumi.Input<string>;
  readonly nodeKeyId: pulumi.Input<string>;
  readonly nodeAccount: pulumi.Input<string>;
  readonly releaseChannel: string;
  readonly maintenance: MaintenanceWindow;
  readonly securityGroup: string | undefined;
  /** Whether the driver of Filestore is on. */
  readonly filestore: boolean;
  readonly deletionProtection: boolean;
  readonly labels: Record<string, string>;
}

/** The cluster, without nodes. */
export class Cluster extends pulumi.ComponentResource {
  readonly clusterName: pulumi.Output<string>;
  /** DNS name of the control plane. */
  readonly endpoint: pulumi.Output<string>;
  /** Pool of workload identities; known once the cluster exists, since its first cluster makes it. */
  readonly workloadPool: pulumi.Output<string>;

  constructor(name: string, args: ClusterArgs, opts?: pulumi.ComponentResourceOptions) {
    super('twinward:cluster:Cluster', name, {}, opts);
    const cluster = new gcp.container.Cluster(
      name,
      {
        location: args.region,
        removeDefaultNodePool: true,
        initialNodeCount: 1,
        deletionProtection: args.deletionProtection,
        releaseChannel: { channel: args.releaseChannel },
        maintenancePolicy: { recurringWindow: recurringWindow(args.maintenance) },
        resourceLabels: args.labels,
        costManagementConfig: { enabled: true },
        nodeConfig: firstNodes(args),
        ...networking(args),
        ...hardening(args),
        ...insight(args),
      },
      {
        parent: this,
        protect: args.deletionProtection,
        ignoreChanges: ['initialNodeCount', 'nodeConfig'],
        customTimeouts: { create: '60m', update: '120m' },
      },
    );
    this.clusterName = cluster.name;
    this.endpoint = cluster.controlPlaneEndpointsConfig.apply(
      (config) => config.dnsEndpointConfig?.endpoint ?? '',
    );
    this.workloadPool = pulumi.all([cluster.id]).apply(() => `${args.project}.svc.id.goog`);
    this.registerOutputs({
      clusterName: this.clusterName,
      endpoint: this.endpoint,
      workloadPool: this.workloadPool,
    });
  }
}

/** The pool that GKE makes and we remove at once; policies of the organisation see it nevertheless. */
function firstNodes(args: ClusterArgs): gcp.types.input.container.ClusterNodeConfig {
  return {
    serviceAccount: args.nodeAccount,
    bootDiskKmsKey: args.nodeKeyId,
    shieldedInstanceConfig: { enableSecureBoot: true, enableIntegrityMonitoring: true },
    workloadMetadataConfig: { mode: 'GKE_METADATA' },
  };
}

function networking(args: ClusterArgs): Partial<gcp.container.ClusterArgs> {
  return {
    network: args.networkId,
    subnetwork: args.nodeSubnetId,
    networkingMode: 'VPC_NATIVE',
    ipAllocationPolicy: { clusterSecondaryRangeName: 'pods', servicesSecondaryRangeName: 'services' },
    datapathProvider: 'ADVANCED_DATAPATH',
    enableIntranodeVisibility: true,
    inTransitEncryptionConfig: 'IN_TRANSIT_ENCRYPTION_INTER_NODE_TRANSPARENT',
    enableL4IlbSubsetting: true,
    privateClusterConfig: { enablePrivateNodes: true },
    controlPlaneEndpointsConfig: {
      dnsEndpointConfig: {
        allowExternalTraffic: true,
        enableK8sTokensViaDns: false,
        enableK8sCertsViaDns: false,
      },
      ipEndpointsConfig: { enabled: false },
    },
    dnsConfig: {
      clusterDns: 'CLOUD_DNS',
      clusterDnsScope: 'CLUSTER_SCOPE',
      clusterDnsDomain: 'cluster.local',
    },
    gatewayApiConfig: { channel: 'CHANNEL_STANDARD' },
    defaultSnatStatus: { disabled: false },
    serviceExternalIpsConfig: { enabled: false },
  };
}

function hardening(args: ClusterArgs): Partial<gcp.container.ClusterArgs> {
  return {
    workloadIdentityConfig: { workloadPool: `${args.project}.svc.id.goog` },
    databaseEncryption: { state: 'ENCRYPTED', keyName: args.clusterKeyId },
    binaryAuthorization: { evaluationMode: 'PROJECT_SINGLETON_POLICY_ENFORCE' },
    enableShieldedNodes: true,
    enableLegacyAbac: false,
    enableKubernetesAlpha: false,
    masterAuth: { clientCertificateConfig: { issueClientCertificate: false } },
    anonymousAuthenticationConfig: { mode: 'LIMITED' },
    rbacBindingConfig: {
      enableInsecureBindingSystemAuthenticated: false,
      enableInsecureBindingSystemUnauthenticated: false,
    },
    securityPostureConfig: { mode: 'BASIC', vulnerabilityMode: 'VULNERABILITY_BASIC' },
    nodePoolDefaults: {
      nodeConfigDefaults: { insecureKubeletReadonlyPortEnabled: 'FALSE', gcfsConfig: { enabled: true } },
    },
    ...(args.securityGroup !== undefined && {
      authenticatorGroupsConfig: { securityGroup: args.securityGroup },
    }),
  };
}

function insight(args: ClusterArgs): Partial<gcp.container.ClusterArgs> {
  return {
    loggingConfig: {
      enableComponents: ['SYSTEM_COMPONENTS', 'WORKLOADS', 'APISERVER', 'SCHEDULER', 'CONTROLLER_MANAGER'],
    },
    monitoringConfig: {
      enableComponents: ['SYSTEM_COMPONENTS', 'APISERVER', 'SCHEDULER', 'CONTROLLER_MANAGER', 'DCGM'],
      managedPrometheus: { enabled: true },
      advancedDatapathObservabilityConfig: { enableMetrics: true, enableRelay: false },
    },
    addonsConfig: {
      gcePersistentDiskCsiDriverConfig: { enabled: true },
      gcpFilestoreCsiDriverConfig: { enabled: args.filestore },
      httpLoadBalancing: { disabled: false },
      horizontalPodAutoscaling: { disabled: false },
    },
  };
}

/** Days of the week in a window that starts on a fixed Saturday, the way GKE wants it. */
function recurringWindow(window: MaintenanceWindow): {
  startTime: string;
  endTime: string;
  recurrence: string;
} {
  const start = new Date(`2026-01-03T${window.start}:00Z`);
  const end = new Date(start.getTime() + window.hours * 3_600_000);
  const text = (time: Date): string => time.toISOString().replace('.000Z', 'Z');
  return {
    startTime: text(start),
    endTime: text(end),
    recurrence: `FREQ=WEEKLY;BYDAY=${window.days.join(',')}`,
  };
}
