import { join } from 'node:path';
import type { Binaries } from '../binaries/resolve.ts';
import type { DaemonSpec } from '../processes/daemon.ts';

/** The four servers, in the order in which they start. */
export const COMPONENTS = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler'] as const;
export type Component = (typeof COMPONENTS)[number];

/** Service addresses: a part of loopback, so that a process without privileges can listen on them. */
export const SERVICE_CLUSTER_IP_RANGE = '127.96.0.0/16';

/** Everything the command lines depend on. */
export interface Layout {
  readonly binaries: Binaries;
  /** Absolute; holds all files of the control plane. */
  readonly folder: string;
  readonly ports: Readonly<Record<'apiserver' | 'controllerManager' | 'scheduler', number>>;
  readonly tokenFile: string;
  readonly serviceAccountKey: string;
  readonly durable: boolean;
  readonly auditPolicyFile: string | undefined;
}

/** Where each component keeps what. */
export function placesIn(folder: string) {
  return {
    etcdData: join(folder, 'etcd'),
    /** Only its owner may enter it: whoever reaches etcd is above all access rules. */
    sockets: join(folder, 'sockets'),
    certificates: join(folder, 'certificates'),
    apiserverCertificate: join(folder, 'certificates/apiserver.crt'),
    controllerManagerKubeconfig: join(folder, 'controller-manager.kubeconfig'),
    schedulerKubeconfig: join(folder, 'scheduler.kubeconfig'),
    nodeKubeconfig: join(folder, 'node.kubeconfig'),
    auditLog: join(folder, 'logs/audit.log'),
    pidFile: (component: Component) => join(folder, `${component}.pid.json`),
    log: (component: Component) => join(folder, `logs/${component}.log`),
  } as const;
}

/** etcd's client socket. etcd takes the host of the URL as a path relative to its working directory. */
export const ETCD_SOCKET = 'etcd.sock:0';
const ETCD_PEER_SOCKET = 'peer.sock:0';

/** The command line of one component. */
export function daemonSpecOf(component: Component, layout: Layout): DaemonSpec {
  const places = placesIn(layout.folder);
  return {
    name: component,
    command: layout.binaries[component],
    args: argumentsOf[component](layout),
    cwd: places.sockets,
    pidFile: places.pidFile(component),
    logFile: places.log(component),
  };
}

const argumentsOf: Readonly<Record<Component, (layout: Layout) => readonly string[]>> = {
  etcd: (layout) => [
    '--name=twinward',
    `--data-dir=${placesIn(layout.folder).etcdData}`,
    `--listen-client-urls=unix://${ETCD_SOCKET}`,
    `--advertise-client-urls=unix://${ETCD_SOCKET}`,
    `--listen-peer-urls=unix://${ETCD_PEER_SOCKET}`,
    `--initial-advertise-peer-urls=unix://${ETCD_PEER_SOCKET}`,
    `--initial-cluster=twinward=unix://${ETCD_PEER_SOCKET}`,
    '--auto-compaction-mode=periodic',
    '--auto-compaction-retention=1h',
    '--log-level=warn',
    ...(layout.durable ? [] : ['--unsafe-no-fsync']),
  ],
  'kube-apiserver': (layout) => {
    const places = placesIn(layout.folder);
    return [
      `--etcd-servers=unix://${ETCD_SOCKET}`,
      `--cert-dir=${places.certificates}`,
      '--bind-address=127.0.0.1',
      '--advertise-address=127.0.0.1',
      `--secure-port=${layout.ports.apiserver}`,
      '--authorization-mode=Node,RBAC',
      '--enable-admission-plugins=NodeRestriction',
      `--service-cluster-ip-range=${SERVICE_CLUSTER_IP_RANGE}`,
      '--allow-privileged',
      '--service-account-issuer=https://kubernetes.default.svc',
      `--service-account-key-file=${layout.serviceAccountKey}`,
      `--service-account-signing-key-file=${layout.serviceAccountKey}`,
      `--token-auth-file=${layout.tokenFile}`,
      '--endpoint-reconciler-type=none',
      '--kubelet-preferred-address-types=InternalIP',
      '--profiling=false',
      ...auditArguments(layout),
    ];
  },
  'kube-controller-manager': (layout) => {
    const places = placesIn(layout.folder);
    return [
      ...clientArguments(places.controllerManagerKubeconfig, layout.ports.controllerManager, layout.folder),
      // Endpoints refuse loopback addresses, which all pods of a process node have.
      '--controllers=*,-endpoints-controller,-endpointslice-controller,-endpointslice-mirroring-controller',
      `--service-account-private-key-file=${layout.serviceAccountKey}`,
      `--root-ca-file=${places.apiserverCertificate}`,
      '--use-service-account-credentials',
    ];
  },
  'kube-scheduler': (layout) =>
    clientArguments(placesIn(layout.folder).schedulerKubeconfig, layout.ports.scheduler, layout.folder),
};

function clientArguments(kubeconfig: string, port: number, folder: string): readonly string[] {
  return [
    `--kubeconfig=${kubeconfig}`,
    `--authentication-kubeconfig=${kubeconfig}`,
    `--authorization-kubeconfig=${kubeconfig}`,
    '--leader-elect=false',
    '--bind-address=127.0.0.1',
    `--secure-port=${port}`,
    `--cert-dir=${placesIn(folder).certificates}`,
    '--profiling=false',
  ];
}

function auditArguments(layout: Layout): readonly string[] {
  if (layout.auditPolicyFile === undefined) {
    return [];
  }
  return [
    `--audit-policy-file=${layout.auditPolicyFile}`,
    `--audit-log-path=${placesIn(layout.folder).auditLog}`,
    '--audit-log-mode=blocking',
  ];
}
