import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { type DaemonSpec, ensureDaemon, livingDaemon, stopDaemon } from './daemon.ts';
import { isAlive } from './identity.ts';
import { withLock } from './lock.ts';
import { freePort, keptPorts } from './ports.ts';
import { startReady, waitUntilReady } from './wait.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'twinward-daemon-'));
});
afterEach(async () => {
  await stopDaemon(join(folder, 'pid.json'));
  rmSync(folder, { recursive: true });
});

const aDaemon = (script: string, env: Readonly<Record<string, string>> = {}): DaemonSpec => ({
  name: 'daemon',
  command: '/bin/sh',
  args: ['-c', `: ${folder}; ${script}`],
  env,
  cwd: '/',
  pidFile: join(folder, 'pid.json'),
  logFile: join(folder, 'logs/daemon.log'),
});

describe('a daemon', () => {
  it('is adopted while it lives', async () => {
    const first = await ensureDaemon(aDaemon('sleep 60; :'));
    const second = await ensureDaemon(aDaemon('sleep 60; :'));
    assert.equal(second.adopted, true);
    assert.deepEqual(second.identity.pid, first.identity.pid);
  });

  it('is started again when it would now be started otherwise', async () => {
    const first = await ensureDaemon(aDaemon('sleep 60; :', { SETTING: '1' }));
    const second = await ensureDaemon(aDaemon('sleep 60; :', { SETTING: '2' }));
    assert.equal(second.adopted, false);
    assert.equal(isAlive(first.identity), false);
  });

  it('is not taken for the process that got its number', async () => {
    const { identity } = await ensureDaemon(aDaemon('sleep 60; :'));
    writeFileSync(
      join(folder, 'pid.json'),
      JSON.stringify({ ...identity, pid: process.pid, fingerprint: 'x' }),
    );
    assert.equal(livingDaemon(join(folder, 'pid.json')), undefined);
    const next = await ensureDaemon(aDaemon('sleep 60; :'));
    assert.equal(next.identity.pid, identity.pid, 'the orphan is found by its command line');
  });

  it('that ignores SIGTERM is killed when the grace period is over', async () => {
    const spec = aDaemon('trap "" TERM; echo up; while :; do sleep 1; done');
    const { identity, logFile } = await ensureDaemon(spec);
    while (!readFileSync(logFile, 'utf8').includes('up'))
      await new Promise((resolve) => setTimeout(resolve, 10));
    await stopDaemon(spec.pidFile, 'SIGTERM', 100);
    assert.equal(isAlive(identity), false);
  });

  it('that ends before it is ready is reported with the end of its log', async () => {
    const daemon = await ensureDaemon(aDaemon('sleep 0.1; echo the port is taken >&2; exit 1'));
    await assert.rejects(
      waitUntilReady(daemon, () => Promise.reject(new Error('connection refused'))),
      { message: /ended before it was ready[\s\S]*the port is taken/ },
    );
  });

  it('that was adopted while it was dying is started again', async () => {
    const spec = aDaemon('sleep 60; :');
    const first = await ensureDaemon(spec);
    let asked = 0;
    const daemon = await startReady(
      () => ensureDaemon(spec),
      ({ identity, adopted }) => {
        asked += 1;
        if (adopted) {
          process.kill(identity.pid, 'SIGKILL');
          return Promise.reject(new Error('connection reset'));
        }
        return Promise.resolve();
      },
    );
    assert.equal(daemon.adopted, false);
    assert.notEqual(daemon.identity.pid, first.identity.pid);
    assert.ok(asked >= 2);
  });

  it('that never becomes ready is given up', async () => {
    const daemon = await ensureDaemon(aDaemon('sleep 60; :'));
    await assert.rejects(
      waitUntilReady(daemon, () => Promise.reject(new Error('answered 500')), 50),
      { message: /is not ready in time \(answered 500\)/ },
    );
  });

  it('writes files that only their owner may read', async () => {
    const { logFile } = await ensureDaemon(aDaemon('sleep 60; :'));
    assert.equal(statSync(logFile).mode & 0o077, 0);
    assert.equal(statSync(join(folder, 'pid.json')).mode & 0o077, 0);
  });
});

describe('a lock', () => {
  it('lets one work at a time', async () => {
    const file = join(folder, 'lock');
    const order: string[] = [];
    const work = (name: string) =>
      withLock(
        file,
        () => order.push(`${name} waits`),
        async () => {
          order.push(`${name} in`);
          await new Promise((resolve) => setTimeout(resolve, 50));
          order.push(`${name} out`);
        },
      );
    await Promise.all([work('a'), work('b')]);
    assert.deepEqual(order, ['a in', 'b waits', 'a out', 'b in', 'b out']);
  });

  it('of a dead process is taken over', async () => {
    const file = join(folder, 'lock');
    writeFileSync(file, JSON.stringify({ pid: process.pid, startTicks: '1', bootId: 'another' }));
    assert.equal(
      await withLock(
        file,
        () => assert.fail('it waited'),
        async () => 'done',
      ),
      'done',
    );
  });
});

describe('a kept port', () => {
  it('is the same in every run', async () => {
    const file = join(folder, 'ports.json');
    const first = await keptPorts(file, ['one', 'two'], () => false);
    assert.deepEqual(await keptPorts(file, ['one', 'two'], () => false), first);
    assert.notEqual(first.one, first.two);
  });

  it('is given up when another process has taken it', async () => {
    const file = join(folder, 'ports.json');
    const taken = await freePort();
    writeFileSync(file, JSON.stringify({ one: taken }));
    const server = (await import('node:net')).createServer();
    await new Promise<void>((resolve) => server.listen(taken, '127.0.0.1', resolve));
    try {
      assert.notEqual((await keptPorts(file, ['one'], () => false)).one, taken);
      assert.equal((await keptPorts(join(folder, 'ours.json'), ['one'], () => false)).one > 0, true);
    } finally {
      server.close();
    }
  });

  it('is kept when the process that has taken it is ours', async () => {
    const file = join(folder, 'ports.json');
    const taken = await freePort();
    writeFileSync(file, JSON.stringify({ one: taken }));
    const server = (await import('node:net')).createServer();
    await new Promise<void>((resolve) => server.listen(taken, '127.0.0.1', resolve));
    try {
      assert.equal((await keptPorts(file, ['one'], () => true)).one, taken);
    } finally {
      server.close();
    }
  });
});
