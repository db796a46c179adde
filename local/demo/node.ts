import { join } from 'node:path';
import type { ControlPlane } from '../control-plane/start.ts';
import { LocalFailure } from '../failure.ts';
import { type Daemon, endProcess, ensureDaemon, stopDaemon } from '../processes/daemon.ts';
import { findBelow, type ProcessIdentity } from '../processes/identity.ts';
import { waitUntilReady } from '../processes/wait.ts';
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
    const daemon = await ensureDaemon({
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
    });
    detail('waiting until the node is Ready');
    await waitUntilReady(daemon, () => requireReadyNode(cluster, plane.nodeName));
    return daemon;
  });
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

async function requireReadyNode(cluster: Cluster, name: string): Promise<void> {
  const nodes = await cluster.list('/api/v1/nodes', 'Node');
  const node = nodes.find(({ metadata }) => metadata.name === name);
  const ready = node?.status.conditions.find(({ type }) => type === 'Ready');
  if (ready?.status !== 'True') {
    throw new LocalFailure(`node ${name} is not Ready ${ready?.message ?? ''}`, 'Wait.');
  }
}
