import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { COMPONENTS } from '../../../local/control-plane/components.ts';
import { type ControlPlane, startControlPlane } from '../../../local/control-plane/start.ts';
import { isAlive } from '../../../local/processes/identity.ts';

const AUDIT_POLICY = `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules: [{level: Metadata, verbs: [create]}]
`;

describe('the control plane of one machine', () => {
  let stateDir: string;
  let plane: ControlPlane;
  const start = () => startControlPlane({ stateDir, durable: false, auditPolicy: AUDIT_POLICY });
  const kubectl = (args: readonly string[], options: { node?: boolean; input?: string } = {}) =>
    execFileSync(plane.binaries.kubectl, [...args], {
      encoding: 'utf8',
      env: { KUBECONFIG: options.node === true ? plane.nodeKubeconfig : plane.kubeconfig, HOME: stateDir },
      stdio: ['pipe', 'pipe', 'pipe'],
      ...(options.input === undefined ? {} : { input: options.input }),
    });
  const pids = () => COMPONENTS.map((component) => plane.process(component)?.pid);
  /** Retries what only works when a killed server's clients have reconnected. */
  const eventually = async <T>(read: () => T): Promise<T> => {
    const deadline = Date.now() + 30_000;
    for (;;) {
      try {
        return read();
      } catch (error) {
        if (Date.now() > deadline) {
          throw error;
        }
        await delay(250);
      }
    }
  };

  before(async () => {
    stateDir = mkdtempSync(join(tmpdir(), 'twinward-plane-'));
    plane = await start();
  });
  after(async () => {
    await plane.stop();
    rmSync(stateDir, { recursive: true });
  });

  it('reports its version, so that clients accept it', () => {
    assert.match(kubectl(['version']), /Server Version: v1\.36\./);
  });

  it('gives the administrator everything', () => {
    assert.equal(kubectl(['auth', 'can-i', '*', '*', '--all-namespaces']).trim(), 'yes');
  });

  it('restricts the node identity to its own node', () => {
    const node = (name: string) => JSON.stringify({ apiVersion: 'v1', kind: 'Node', metadata: { name } });
    assert.match(kubectl(['create', '-f', '-'], { node: true, input: node(plane.nodeName) }), /created/);
    assert.throws(() => kubectl(['create', '-f', '-'], { node: true, input: node('another') }), {
      message: /is not allowed to modify node "another"|forbidden/,
    });
    assert.throws(() => kubectl(['get', 'secrets', '-A'], { node: true }), { message: /[Ff]orbidden/ });
  });

  it('refuses a caller without a token', async () => {
    const anonymous = ['--server', plane.server, '--certificate-authority', plane.certificateAuthorityFile];
    assert.throws(
      () =>
        execFileSync(plane.binaries.kubectl, [...anonymous, 'get', 'pods', '--token=wrong'], {
          env: { HOME: stateDir },
          stdio: 'pipe',
        }),
      { message: /Unauthorized|must be logged in/ },
    );
  });

  it('runs the controllers and the scheduler', async () => {
    kubectl(['create', 'deployment', 'probe', '--image=nothing']);
    const pod = await eventually(() => {
      const { items } = JSON.parse(kubectl(['get', 'pods', '-l', 'app=probe', '-o', 'json']));
      assert.equal(items[0].status.conditions[0].reason, 'Unschedulable');
      return items[0];
    });
    assert.equal(pod.spec.serviceAccountName, 'default');
    kubectl(['delete', 'deployment', 'probe']);
  });

  it('writes the audit log that was asked for', () => {
    kubectl(['create', 'configmap', 'audited']);
    const entries = readFileSync(plane.auditLog, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    assert.ok(entries.some(({ objectRef }) => objectRef?.name === 'audited'));
    assert.ok(entries.every(({ verb }) => verb === 'create'));
  });

  it('keeps secrets from other users', () => {
    const readable = ['kubeconfig', 'node.kubeconfig', 'tokens.csv', 'service-account.key'].filter(
      (file) => (statSync(join(stateDir, file)).mode & 0o077) !== 0,
    );
    assert.deepEqual(readable, []);
    assert.equal(statSync(join(stateDir, 'sockets')).mode & 0o077, 0);
    assert.equal(statSync(stateDir).mode & 0o077, 0);
  });

  it('is adopted by a second start', async () => {
    const first = pids();
    const second = await start();
    assert.deepEqual(pids(), first);
    assert.equal(second.port, plane.port);
  });

  for (const component of COMPONENTS) {
    it(`comes back with its objects after kill -9 of ${component}`, async () => {
      const name = `kept-${component}`;
      kubectl(['create', 'configmap', name]);
      const others = COMPONENTS.filter((each) => each !== component);
      const before = others.map((each) => plane.process(each)?.pid);
      await plane.kill(component, 'SIGKILL');
      assert.equal(plane.process(component), undefined);

      await plane.restart();

      assert.deepEqual(
        others.map((each) => plane.process(each)?.pid),
        before,
      );
      assert.match(await eventually(() => kubectl(['get', 'configmap', name])), new RegExp(name));
    });
  }

  it('comes back on the same port with the same tokens after kill -9 of everything', async () => {
    const kubeconfig = readFileSync(plane.kubeconfig, 'utf8');
    const dead = COMPONENTS.map((component) => plane.process(component));
    // By number, so that the pid files stay behind as after a crash of the machine.
    for (const identity of dead) {
      assert.ok(identity);
      process.kill(identity.pid, 'SIGKILL');
    }
    await eventually(() => assert.ok(dead.every((identity) => identity && !isAlive(identity))));

    plane = await start();

    assert.equal(readFileSync(plane.kubeconfig, 'utf8'), kubeconfig);
    assert.match(await eventually(() => kubectl(['get', 'configmap', 'audited'])), /audited/);
  });

  it('does not trust a pid file whose number belongs to another process now', async () => {
    await plane.kill('kube-scheduler', 'SIGKILL');
    const pidFile = join(stateDir, 'kube-scheduler.pid.json');
    const etcd = JSON.parse(readFileSync(join(stateDir, 'etcd.pid.json'), 'utf8'));
    writeFileSync(pidFile, JSON.stringify({ ...etcd, pid: process.pid }));

    await plane.restart();

    const scheduler = plane.process('kube-scheduler');
    assert.ok(scheduler);
    assert.notEqual(scheduler.pid, process.pid);
    assert.match(readFileSync(`/proc/${scheduler.pid}/cmdline`, 'utf8'), /^[^\0]*kube-scheduler\0/);
  });

  it('adopts a process whose starter died before it wrote the pid file', async () => {
    const scheduler = plane.process('kube-scheduler');
    rmSync(join(stateDir, 'kube-scheduler.pid.json'));

    await plane.restart();

    assert.deepEqual(plane.process('kube-scheduler')?.pid, scheduler?.pid);
  });

  it('leaves no process and no socket behind when it is stopped', async () => {
    const before = COMPONENTS.map((component) => plane.process(component));

    await plane.stop();

    assert.ok(before.every((identity) => identity && !existsSync(`/proc/${identity.pid}/cmdline`)));
    assert.deepEqual(
      readdirSync(stateDir).filter((file) => file.endsWith('.pid.json')),
      [],
    );
  });
});
