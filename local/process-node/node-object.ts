import { readdirSync, readFileSync } from 'node:fs';
import { arch, availableParallelism, hostname, release, totalmem } from 'node:os';
import { ApiError, isNotFound, type KubeApi, PatchType } from './api.ts';
import type { Condition } from './pod.ts';
import { iso } from './status.ts';

/** What a Node is made of. */
export interface NodeFacts {
  readonly name: string;
  /** Port of the log server. */
  readonly kubeletPort: number;
  readonly capacity: Readonly<Record<string, string>>;
}

const LEASE_SECONDS = 40;
const LEASE_NAMESPACE = 'kube-node-lease';

/** What this machine offers: all of its processors and memory, 110 pods, and its GPUs. */
export function machineCapacity(): Readonly<Record<string, string>> {
  const gpus = gpuCount();
  return {
    cpu: String(availableParallelism()),
    memory: `${Math.floor(totalmem() / 1024)}Ki`,
    pods: '110',
    'ephemeral-storage': '100Gi',
    ...(gpus === 0 ? {} : { 'nvidia.com/gpu': String(gpus) }),
  };
}

function gpuCount(): number {
  try {
    return readdirSync('/dev').filter((name) => /^nvidia\d+$/.test(name)).length;
  } catch {
    return 0;
  }
}

/** Creates the Node unless it exists, and says in its status what it is and that it is ready. */
export async function registerNode(api: KubeApi, facts: NodeFacts, now: number): Promise<void> {
  const architecture = arch() === 'x64' ? 'amd64' : arch();
  const labels = {
    'kubernetes.io/hostname': facts.name,
    'kubernetes.io/os': 'linux',
    'kubernetes.io/arch': architecture,
  };
  await api
    .send('POST', '/api/v1/nodes', {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: facts.name, labels },
    })
    .catch((error: unknown) => {
      if (!(error instanceof ApiError && error.status === 409)) throw error;
    });
  const node = await api.get<NodeObject>(`/api/v1/nodes/${facts.name}`);
  const status = nodeStatus(facts, architecture, node.status?.conditions ?? [], now);
  await api.patch(`/api/v1/nodes/${facts.name}/status`, PatchType.StrategicMerge, { status });
}

interface NodeObject {
  readonly status?: { readonly conditions?: readonly Condition[] };
}

function nodeStatus(
  facts: NodeFacts,
  architecture: string,
  before: readonly Condition[],
  now: number,
): object {
  return {
    capacity: facts.capacity,
    allocatable: facts.capacity,
    addresses: [
      { type: 'InternalIP', address: '127.0.0.1' },
      { type: 'Hostname', address: facts.name },
    ],
    daemonEndpoints: { kubeletEndpoint: { Port: facts.kubeletPort } },
    conditions: nodeConditions(before, now),
    nodeInfo: {
      machineID: idOf('/etc/machine-id'),
      systemUUID: hostname(),
      bootID: idOf('/proc/sys/kernel/random/boot_id'),
      kernelVersion: release(),
      osImage: 'process node, no isolation',
      containerRuntimeVersion: 'process://1',
      kubeletVersion: 'v1.36.3',
      kubeProxyVersion: '',
      operatingSystem: 'linux',
      architecture,
    },
  };
}

/** All conditions of the node; a transition time stays while the status does. */
export function nodeConditions(before: readonly Condition[], now: number): readonly object[] {
  const condition = (type: string, status: string, reason: string, message: string): object => {
    const known = before.find((one) => one.type === type && one.status === status);
    const lastTransitionTime = known?.lastTransitionTime ?? iso(now);
    return { type, status, reason, message, lastHeartbeatTime: iso(now), lastTransitionTime };
  };
  const calm = 'a process node sets no limits and measures no pressure';
  const ready = 'process node runs pods as processes of this machine, without isolation';
  return [
    condition('MemoryPressure', 'False', 'NotMeasured', calm),
    condition('DiskPressure', 'False', 'NotMeasured', calm),
    condition('PIDPressure', 'False', 'NotMeasured', calm),
    condition('Ready', 'True', 'ProcessNodeReady', ready),
  ];
}

function idOf(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return 'unknown';
  }
}

/** Renews the Lease by which the node lifecycle controller sees that this node lives. */
export async function renewLease(api: KubeApi, node: string, now: number): Promise<void> {
  const renewTime = new Date(now).toISOString().replace('Z', '000Z');
  const collection = `/apis/coordination.k8s.io/v1/namespaces/${LEASE_NAMESPACE}/leases`;
  const spec = { holderIdentity: node, leaseDurationSeconds: LEASE_SECONDS, renewTime };
  try {
    await api.patch(`${collection}/${node}`, PatchType.Merge, { spec });
  } catch (error) {
    if (!isNotFound(error)) throw error;
    const metadata = { name: node, namespace: LEASE_NAMESPACE };
    const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata, spec };
    await api.send('POST', collection, lease);
  }
}
