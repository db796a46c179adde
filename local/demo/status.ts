import { resolveBinaries } from '../binaries/resolve.ts';
import { COMPONENTS, placesIn } from '../control-plane/components.ts';
import { failureText } from '../failure.ts';
import { postgresDaemon } from '../postgres/start.ts';
import { livingDaemon } from '../processes/daemon.ts';
import { runProgram } from '../processes/run.ts';
import type { Progress } from '../progress.ts';
import type { Layout } from './layout.ts';
import { countPodProcesses } from './node.ts';

/** Prints which parts live and how the objects stand. True when all parts live. */
export async function status(layout: Layout, progress: Progress): Promise<boolean> {
  const places = placesIn(layout.controlPlane);
  const parts = [
    ...COMPONENTS.map((name) => ({ name, identity: livingDaemon(places.pidFile(name)) })),
    { name: 'postgres', identity: postgresDaemon(layout.postgres) },
    { name: 'process-node', identity: livingDaemon(layout.nodePidFile) },
  ];
  for (const { name, identity } of parts) {
    progress.say(
      `${identity === undefined ? '✗' : '✓'} ${name.padEnd(24)} ${identity?.pid ?? 'not running'}`,
    );
  }
  progress.say(`  ${'processes of pods'.padEnd(24)} ${countPodProcesses(layout)}`);
  if (livingDaemon(places.pidFile('kube-apiserver')) !== undefined) {
    await printObjects(layout, progress);
  }
  const complete = parts.every(({ identity }) => identity !== undefined);
  if (!complete) {
    progress.say('\nStart what is missing: npm run demo');
  }
  return complete;
}

async function printObjects(layout: Layout, progress: Progress): Promise<void> {
  const { kubectl } = await resolveBinaries(progress);
  for (const what of ['nodes', 'pods', 'tmodel,dsrc,ptwin,sim']) {
    progress.say(`\n${await ask(kubectl, ['get', what, '-A'], layout)}`);
  }
}

/** What kubectl printed, or why it could not: a stack that is half up is what one asks the status of. */
async function ask(kubectl: string, args: readonly string[], layout: Layout): Promise<string> {
  try {
    const output = await runProgram(kubectl, args, {
      env: { KUBECONFIG: layout.kubeconfig },
      timeoutMilliseconds: 20_000,
    });
    return output.trimEnd();
  } catch (error) {
    return failureText(error);
  }
}
