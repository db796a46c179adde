import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { startControlPlane } from '../../../local/control-plane/start.ts';
import { clusterOf } from '../../../local/demo/cluster.ts';
import { layoutOf, ROOT } from '../../../local/demo/layout.ts';
import { startNode } from '../../../local/demo/node.ts';
import { startPostgres } from '../../../local/postgres/start.ts';
import { findBelow, identify, isAlive } from '../../../local/processes/identity.ts';
import { silentProgress } from '../../../local/progress.ts';

function demo(
  ...args: readonly string[]
): Promise<{ readonly code: number | null; readonly output: string }> {
  const child = spawn(process.execPath, ['local/demo.ts', ...args], { cwd: ROOT });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, output })));
}

describe('the commands of the demo', () => {
  let folder: string;
  let stateDir: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'twinward-demo-'));
    stateDir = join(folder, 'state');
  });
  after(async () => {
    await demo('delete', '--state-dir', stateDir);
    rmSync(folder, { recursive: true });
  });

  it('explain themselves', async () => {
    const { code, output } = await demo('--help');
    assert.equal(code, 0);
    assert.match(output, /status[\s\S]*stop[\s\S]*delete/);
  });

  it('refuse a command that does not exist', async () => {
    assert.equal((await demo('destroy')).code, 2);
  });

  it('say that nothing runs where nothing was started, and make nothing', async () => {
    const { code, output } = await demo('status', '--state-dir', stateDir);
    assert.equal(code, 1);
    assert.match(output, /There is no stack in .*npm run demo/);
    assert.equal((await demo('stop', '--state-dir', stateDir)).code, 0);
    assert.equal(existsSync(stateDir), false);
  });

  it('do not work on a stack that another run works on', async () => {
    const layout = layoutOf(stateDir);
    mkdirSync(stateDir);
    writeFileSync(layout.lock, JSON.stringify(identify(process.pid)));
    const { code, output } = await demo('stop', '--state-dir', stateDir);
    assert.equal(code, 1);
    assert.match(output, new RegExp(`Process ${process.pid} is working on`));
    rmSync(layout.lock);
  });

  it('show what runs, end all of it with the processes of pods, and remove the state', async () => {
    const layout = layoutOf(stateDir);
    const plane = await startControlPlane({ stateDir: layout.controlPlane, durable: false });
    const postgres = await startPostgres({ stateDir: layout.postgres, durable: false });
    const node = await startNode(layout, plane, clusterOf(plane), silentProgress);
    // Stands for a pod's process that outlives its node, as after kill -9 of the node.
    const pod = spawn('sleep', ['600'], {
      env: { CONTAINER_SANDBOX_MOUNT_POINT: join(layout.node, 'pods/one') },
      stdio: 'ignore',
    });
    assert.ok(pod.pid !== undefined);
    writeFileSync(layout.kubeconfig, '');

    const status = await demo('status', '--state-dir', stateDir);
    assert.match(status.output, new RegExp(`✓ process-node +${node.identity.pid}\\n`));
    assert.match(status.output, new RegExp(`✓ postgres +${postgres.daemon.identity.pid}\\n`));
    assert.match(status.output, /processes of pods +1\n/);
    assert.equal(status.code, 0);

    const stopped = await demo('stop', '--state-dir', stateDir);
    assert.equal(stopped.code, 0, stopped.output);
    assert.equal(isAlive(node.identity), false);
    assert.equal(isAlive(postgres.daemon.identity), false);
    assert.equal(plane.process('etcd'), undefined);
    assert.deepEqual(findBelow(stateDir), []);
    assert.equal(existsSync(postgres.dataDir), true);

    const removed = await demo('delete', '--state-dir', stateDir);
    assert.equal(removed.code, 0, removed.output);
    assert.equal(existsSync(stateDir), false);
    assert.equal(existsSync(postgres.dataDir), false);
  });
});
