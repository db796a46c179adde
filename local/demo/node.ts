import { join } from 'node:path';
import { z } from 'zod';
import type { ControlPlane } from '../control-plane/start.ts';
import { type Daemon, type DaemonSpec, endProcess, ensureDaemon, stopDaemon } from '../processes/daemon.ts';
import { findBelow, type ProcessIdentity } from '../processes/identity.ts';
import { startReady } from '../processes/wait.ts';
import type { Progress } from '../progress.ts';
import type { Cluster } from './cluster.ts';
import { type Layout, ROOT } from './layout.ts';

const POD_GRACE_MILLISECONDS = 10_000;

/** Adopts or starts the process node and waits until the cluster calls it Ready. */
export async function startNode(
  layout: Layout,
  plane: ControlPlane,
  cluster: Cluster,
  progress: Progress,
): Promise<Daemon> {
  return progress.step('process node', async (detail) => {
    const startedAt = Date.now();
    return startReady(
      () => ensureDaemon(daemonSpec(layout, plane)),
      (daemon) => {
        detail('waiting until the node is Ready');
        // What the API server says of a node that died stays true for 40 seconds; only a lease renewed since counts.
        return requireReadyNode(cluster, plane.nodeName, daemon.adopted ? 0 : startedAt);
      },
    );
  });
}

function daemonSpec(layout: Layout, plane: ControlPlane): DaemonSpec {
  return {
    name: 'process-node',
    command: process.execPath,
    args: [
      join(ROOT, 'local/process-node/main.ts'),
      `--kubeconfig=${plane.nodeKubeconfig}`,
      `--state-dir=${layout.node}`,
      `--repository-root=${ROOT}`,
      `--node-name=${plane.nodeName}`,
      // A restart costs nothing here, and a person is waiting.
      '--backoff=2,60',
    ],
    cwd: ROOT,
    pidFile: layout.nodePidFile,
    logFile: layout.nodeLog,
  };
}

/**
 * Ends the process node and every process of its pods: those whose command line or environment names its
 * state folder, which no other process does.
 */
export async function stopNode(layout: Layout): Promise<void> {
  await stopDaemon(layout.nodePidFile);
  // Again until none is left: a supervisor may start a last process while it ends.
  const deadline = Date.now() + POD_GRACE_MILLISECONDS;
  let remains = podProcesses(layout);
  while (remains.length > 0) {
    const grace = Math.max(0, deadline - Date.now());
    await Promise.all(remains.map((identity) => endProcess(identity, 'SIGTERM', grace)));
    remains = podProcesses(layout);
  }
}

/** How many processes of pods are alive. */
export function countPodProcesses(layout: Layout): number {
  return podProcesses(layout).length;
}

function podProcesses(layout: Layout): readonly ProcessIdentity[] {
  return findBelow(layout.node);
}

const leaseSpecSchema = z.object({ renewTime: z.string().default('') });

async function requireReadyNode(cluster: Cluster, name: string, since: number): Promise<void> {
  const nodes = await cluster.list('/api/v1/nodes', 'Node');
  const node = nodes.find(({ metadata }) => metadata.name === name);
  const ready = node?.status.conditions.find(({ type }) => type === 'Ready');
  if (ready?.status !== 'True') {
    throw new Error(`node ${name} is not Ready ${ready?.message ?? ''}`);
  }
  const leases = await cluster.list(
    '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases',
    'Lease',
  );
  const lease = leases.find(({ metadata }) => metadata.name === name);
  const renewed = Date.parse(leaseSpecSchema.parse(lease?.spec ?? {}).renewTime);
  if (!(renewed >= since)) {
    throw new Error(`node ${name} has not renewed its lease since it was started`);
  }
}
