import { copyFileSync } from 'node:fs';
import { resolveBinaries } from '../binaries/resolve.ts';
import { startControlPlane } from '../control-plane/start.ts';
import { startPostgres } from '../postgres/start.ts';
import { privateFolder, writePrivateFile } from '../private-files.ts';
import type { Progress } from '../progress.ts';
import { type Cluster, clusterOf } from './cluster.ts';
import { pluginFigures } from './figures.ts';
import { followSamples } from './follow.ts';
import { applySamples, installSystem, waitForEndpoint } from './install.ts';
import { type Layout, SYSTEM_NAMESPACE } from './layout.ts';
import { startNode } from './node.ts';
import { linkPrograms } from './programs.ts';
import { printFigures, printUnconverged } from './report.ts';

/** Starts the stack or adopts what lives of it, applies everything, and shows what came out. */
export async function up(layout: Layout, progress: Progress): Promise<boolean> {
  // The database's user must pass through to its own folder; every file in here is private by itself.
  privateFolder(layout.stateDir, 0o711);
  const binaries = await resolveBinaries(progress);
  const [plane, postgres] = await Promise.all([
    startControlPlane({ stateDir: layout.controlPlane, binaries, progress }),
    startPostgres({ stateDir: layout.postgres, progress }),
  ]);
  keepKubeconfig(plane.kubeconfig, layout.kubeconfig);
  const cluster = clusterOf(plane);
  const node = await startNode(layout, plane, cluster, progress);
  await installSystem(layout, postgres, cluster, progress, !node.adopted);
  const endpoint = await twinsEndpoint(cluster);
  await waitForEndpoint(endpoint, progress);
  await applySamples(cluster, progress);
  progress.say('… following the samples, one line per change');
  const objects = await followSamples(cluster, progress);
  const complete = await printFigures(objects, pluginFigures(layout.kubeconfig, endpoint), progress);
  printUnconverged(objects, progress);
  linkPrograms(layout, binaries.kubectl);
  const twin = objects.find(({ kind }) => kind === 'PatientTwin')?.object.metadata.name;
  printNextSteps(layout, endpoint, twin, progress);
  return complete && objects.length > 0 && objects.every(({ verdict }) => verdict === 'Converged');
}

function keepKubeconfig(from: string, to: string): void {
  writePrivateFile(to, '');
  copyFileSync(from, to);
}

/** Where programs of this machine reach the twin service. */
async function twinsEndpoint(cluster: Cluster): Promise<string> {
  const address = await cluster.kubectl([
    'get',
    'service',
    'twinward-twins-client',
    `--namespace=${SYSTEM_NAMESPACE}`,
    '--output=jsonpath={.spec.clusterIP}:{.spec.ports[0].port}',
  ]);
  return address.trim();
}

function printNextSteps(
  layout: Layout,
  endpoint: string,
  twin: string | undefined,
  progress: Progress,
): void {
  progress.say('\nThe stack stays up. To go on:');
  for (const line of [
    `export KUBECONFIG=${layout.kubeconfig}`,
    `export TWINWARD_ENDPOINT=${endpoint}`,
    `export PATH=${layout.programs}:$PATH      # kubectl twin; and kubectl itself, if you have none`,
    'kubectl get tmodel,dsrc,ptwin,sim -A',
    'kubectl describe sim',
    ...(twin === undefined ? [] : [`kubectl twin get ${twin}`]),
    'kubectl explain ptwin.spec.update',
    `kubectl -n ${SYSTEM_NAMESPACE} logs deploy/twinward-operator`,
    'npm run demo -- status | stop | delete',
  ]) {
    progress.say(`  ${line}`);
  }
}
