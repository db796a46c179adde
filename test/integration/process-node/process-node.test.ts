import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { cpSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { connectApi } from '../../../local/process-node/api.ts';
import { readKubeconfig } from '../../../local/process-node/kubeconfig.ts';
import type { Pod, PodStatus } from '../../../local/process-node/pod.ts';
import { createTokens } from '../../../local/process-node/tokens.ts';
import { identify } from '../../../local/processes/identity.ts';
import {
  aPod,
  eventually,
  httpServer,
  mountedFile,
  podSpec,
  SCRIPT_IMAGE,
  SERVE,
  type Stand,
  startStand,
} from './stand.ts';

/** Whether a process lives; one that nobody has waited for yet does not. */
const isAlive = (pid: number | string): boolean => identify(Number(pid)) !== undefined;

describe('the process node, on a real control plane', { concurrency: false }, () => {
  let stand: Stand;
  before(async () => {
    stand = await startStand('--backoff', '1,4');
  });
  after(async () => {
    await stand.stop();
  });

  const pod = (name: string): Pod => stand.get<Pod>('pod', name);
  const status = (name: string): PodStatus => pod(name).status ?? {};
  const state = (name: string, container = 'main') =>
    [...(status(name).initContainerStatuses ?? []), ...(status(name).containerStatuses ?? [])].find(
      (one) => one.name === container,
    );
  const isReady = (name: string): boolean =>
    (status(name).conditions ?? []).some((one) => one.type === 'Ready' && one.status === 'True');
  const ready = (name: string): Promise<true> =>
    eventually(`${name} is ready`, () => (isReady(name) ? true : undefined));
  const phase = (name: string, wanted: string, seconds = 30): Promise<true> =>
    eventually(`${name} is ${wanted}`, () => (status(name).phase === wanted ? true : undefined), seconds);
  const reasons = (name: string): readonly string[] =>
    stand
      .kubectl(
        'get',
        'events',
        '--field-selector',
        `involvedObject.name=${name}`,
        '-o',
        'jsonpath={.items[*].reason}',
      )
      .split(' ');
  const logs = (name: string, ...args: readonly string[]): string => stand.kubectl('logs', name, ...args);

  it('says in kubectl get nodes what it is', () => {
    assert.match(
      stand.kubectl('get', 'nodes', '-o', 'wide'),
      /Ready.*process node, no isolation.*process:\/\/1/s,
    );
    assert.doesNotMatch(stand.kubectl('describe', 'node'), /0001/);
    const lease = stand.get<{ spec: { renewTime: string } }>(
      'lease',
      '-n',
      'kube-node-lease',
      stand.plane.nodeName,
    );
    assert.ok(Date.now() - Date.parse(lease.spec.renewTime) < 30_000);
  });

  describe('running a pod', () => {
    const ENVIRONMENT = `console.log(JSON.stringify(process.env)); console.log(process.argv.slice(1).join('|'));
      console.log(process.cwd()); ${SERVE}`;
    before(async () => {
      stand.apply(
        { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings' }, data: { COLOUR: 'green' } },
        { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'hidden' }, stringData: { word: 'open' } },
        aPod('environment', ENVIRONMENT, {
          args: [ENVIRONMENT, 'greeting=$(GREETING)', '$(UNKNOWN)'],
          resources: { limits: { cpu: '1500m' } },
          envFrom: [
            { configMapRef: { name: 'settings' }, prefix: 'THE_' },
            { secretRef: { name: 'absent', optional: true } },
          ],
          env: [
            { name: 'GREETING', value: 'hello $(THE_COLOUR)' },
            { name: 'WORD', valueFrom: { secretKeyRef: { name: 'hidden', key: 'word' } } },
            { name: 'ADDRESS', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
            { name: 'APP', valueFrom: { fieldRef: { fieldPath: "metadata.labels['app']" } } },
            { name: 'WHERE', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } },
            { name: 'CPUS', valueFrom: { resourceFieldRef: { resource: 'limits.cpu' } } },
          ],
        }),
      );
      await ready('environment');
      await eventually('output', () => (logs('environment').includes('up') ? true : undefined));
    });

    it('gives it the environment that its spec describes', () => {
      const [first = '', args = '', cwd = ''] = logs('environment').split('\n');
      const env = JSON.parse(first);
      const { podIP } = status('environment');
      const want = {
        FROM_IMAGE: 'yes',
        THE_COLOUR: 'green',
        GREETING: 'hello green',
        WORD: 'open',
        ADDRESS: podIP,
        POD_IP: podIP,
        APP: 'environment',
        WHERE: stand.plane.nodeName,
        CPUS: '2',
        KUBERNETES_SERVICE_HOST: '127.0.0.1',
        KUBERNETES_SERVICE_PORT: String(stand.plane.port),
      };
      for (const [name, value] of Object.entries(want)) assert.equal(env[name], value, name);
      assert.equal(args, 'greeting=hello green|$(UNKNOWN)');
      assert.equal(cwd, stand.repository);
    });

    it('gives it an address of its own', () => {
      assert.match(status('environment').podIP ?? '', /^127\.64\.\d+\.\d+$/);
    });

    it('tells its story in kubectl describe', async () => {
      await eventually('events', () => (reasons('environment').includes('Started') ? true : undefined));
      const text = stand.kubectl('describe', 'pod', 'environment');
      assert.match(text, /Successfully assigned/);
      assert.match(text, /already present on machine/);
      assert.match(text, /Started container main/);
    });

    it('answers exec with a sentence', () => {
      const { stderr } = stand.tried('exec', 'environment', '--', 'ls');
      assert.match(stderr, /plain processes of its machine: exec, attach and port-forward are not offered/);
    });

    it('ends it in order and forgets it when it is deleted', async () => {
      const { uid = '' } = pod('environment').metadata;
      const main = Number(readFileSync(join(stand.podsFolder, uid, 'containers/main/0/main'), 'utf8'));
      stand.kubectl('delete', 'pod', 'environment');
      assert.equal(isAlive(main), false);
      await eventually('the folder is gone', () =>
        existsSync(join(stand.podsFolder, uid)) ? undefined : true,
      );
    });
  });

  describe('logs', () => {
    it('shows the tail, times, and since', async () => {
      stand.apply(aPod('counting', `for (let i = 0; i < 20; i++) console.log('line ' + i); ${SERVE}`));
      await eventually('all lines', () => (logs('counting').includes('up') ? true : undefined));
      assert.equal(logs('counting', '--tail=2'), 'line 19\nup\n');
      assert.match(logs('counting', '--tail=1', '--timestamps'), /^20\d\d-\d\d-\d\dT[\d:.]+Z up\n$/);
      await delay(2_100);
      assert.equal(logs('counting', '--since=1s'), '');
      assert.match(
        stand.tried('logs', 'counting', '--previous').stderr,
        /previous terminated container "main"/,
      );
    });

    it('follows until the container ends', async () => {
      stand.apply(
        aPod(
          'talking',
          `for (let i = 0; i < 4; i++) { console.log('tick ' + i); await new Promise((r) => setTimeout(r, 600)); }`,
          {},
          { restartPolicy: 'Never' },
        ),
      );
      await eventually('it runs', () => (state('talking')?.containerID === undefined ? undefined : true));
      assert.equal(logs('talking', '-f'), 'tick 0\ntick 1\ntick 2\ntick 3\n');
      await phase('talking', 'Succeeded');
    });
  });

  describe('restarts', () => {
    it('backs off from a crash loop, keeps the last state and the previous log', async () => {
      const script = `import { writeFileSync } from 'node:fs';
        writeFileSync(process.env.CONTAINER_SANDBOX_MOUNT_POINT + '/dev/termination-log', 'no luck');
        console.log('attempt at ' + Date.now()); process.exit(3);`;
      stand.apply(aPod('crashing', script));
      const crashed = await eventually('CrashLoopBackOff', () => {
        const found = state('crashing');
        return found?.state.waiting?.reason === 'CrashLoopBackOff' && found.restartCount >= 2
          ? found
          : undefined;
      });
      assert.equal(crashed.lastState.terminated?.exitCode, 3);
      assert.equal(crashed.lastState.terminated?.reason, 'Error');
      assert.equal(crashed.lastState.terminated?.message, 'no luck');
      assert.match(crashed.state.waiting?.message ?? '', /^back-off \d+s restarting failed container=main/);
      assert.match(stand.kubectl('get', 'pod', 'crashing'), /CrashLoopBackOff/);
      assert.match(logs('crashing', '--previous'), /attempt at/);
      await eventually('the event', () => (reasons('crashing').includes('BackOff') ? true : undefined));
      stand.kubectl('delete', 'pod', 'crashing');
    });

    it('falls back to the log for the termination message when asked to', async () => {
      const container = { terminationMessagePolicy: 'FallbackToLogsOnError' };
      stand.apply(
        aPod('falling', `console.error('the last words'); process.exit(1);`, container, {
          restartPolicy: 'Never',
        }),
      );
      await phase('falling', 'Failed');
      assert.match(state('falling')?.state.terminated?.message ?? '', /the last words/);
    });

    it('reports the signal that killed a container', async () => {
      stand.apply(aPod('killed', `process.kill(process.pid, 'SIGKILL');`, {}, { restartPolicy: 'Never' }));
      await phase('killed', 'Failed');
      assert.equal(state('killed')?.state.terminated?.exitCode, 137);
    });

    it('restarts after the liveness probe has failed, and says so', async () => {
      const script = `import http from 'node:http'; let asked = 0;
        http.createServer((request, answer) => { answer.statusCode = ++asked > 2 ? 500 : 200; answer.end(); }).listen(8081, process.env.POD_IP);`;
      const livenessProbe = {
        httpGet: { path: '/livez', port: 8081 },
        periodSeconds: 1,
        failureThreshold: 2,
      };
      stand.apply(aPod('unwell', script, { livenessProbe }));
      await eventually('a restart', () => ((state('unwell')?.restartCount ?? 0) >= 1 ? true : undefined));
      await eventually('events', () =>
        ['Unhealthy', 'Killing'].every((one) => reasons('unwell').includes(one)) ? true : undefined,
      );
      assert.match(
        stand.kubectl('describe', 'pod', 'unwell'),
        /Liveness probe failed: HTTP probe failed with statuscode: 500/,
      );
      assert.match(stand.kubectl('describe', 'pod', 'unwell'), /failed liveness probe, will be restarted/);
      stand.kubectl('delete', 'pod', 'unwell');
    });

    it('is ready only while the readiness probe succeeds, after the startup probe has', async () => {
      const script = `import { existsSync } from 'node:fs';
        import net from 'node:net'; setTimeout(() => net.createServer((socket) => socket.end()).listen(8082, process.env.POD_IP), 1500); ${SERVE}`;
      const flag = join(stand.folder, 'flag');
      stand.apply(
        aPod('careful', script, {
          startupProbe: { tcpSocket: { port: 8082 }, periodSeconds: 1, failureThreshold: 30 },
          readinessProbe: {
            exec: { command: ['/bin/sh', '-c', `test -e ${flag}`] },
            periodSeconds: 1,
            failureThreshold: 1,
          },
        }),
      );
      await eventually('startup', () => (state('careful')?.started === true ? true : undefined));
      assert.equal(state('careful')?.ready, false);
      stand.kubectl('get', 'pod', 'careful');
      const touch = (command: string): void => void spawn(command, [flag]).unref();
      touch('/usr/bin/touch');
      await ready('careful');
      touch('/bin/rm');
      await eventually('not ready again', () => (isReady('careful') ? undefined : true));
      assert.equal(state('careful')?.restartCount, 0);
    });
  });

  describe('ending', () => {
    it('kills what ignores SIGTERM when the grace period is over, with its children', async () => {
      const script = `import { spawn } from 'node:child_process';
        const child = spawn('/bin/sleep', ['1000']); console.log(child.pid);
        process.on('SIGTERM', () => console.log('not me')); setInterval(() => {}, 1000);`;
      stand.apply(aPod('stubborn', script, {}, { terminationGracePeriodSeconds: 3 }));
      const child = await eventually('the child', () => Number(logs('stubborn').trim()) || undefined);
      const began = Date.now();
      stand.kubectl('delete', 'pod', 'stubborn');
      const took = Date.now() - began;
      assert.ok(took > 2_000 && took < 15_000, `${took} ms`);
      assert.equal(isAlive(child), false);
    });

    it('runs preStop before SIGTERM', async () => {
      const file = join(stand.folder, 'order');
      const script = `import { appendFileSync } from 'node:fs';
        process.on('SIGTERM', () => { appendFileSync(${JSON.stringify(file)}, 'term '); process.exit(0); }); console.log('up'); setInterval(() => {}, 1000);`;
      const preStop = { exec: { command: ['/bin/sh', '-c', `printf 'hook ' >> ${file}`] } };
      stand.apply(aPod('hooked', script, { lifecycle: { preStop } }, { terminationGracePeriodSeconds: 10 }));
      await eventually('it runs', () => (logs('hooked').includes('up') ? true : undefined));
      stand.kubectl('delete', 'pod', 'hooked');
      assert.equal(readFileSync(file, 'utf8'), 'hook term ');
    });

    it('fails a pod that has been active for too long', async () => {
      stand.apply(aPod('slow', SERVE, {}, { activeDeadlineSeconds: 2 }));
      await phase('slow', 'Failed');
      assert.equal(status('slow').reason, 'DeadlineExceeded');
    });
  });

  describe('images', () => {
    it('reports an image that is none of the repository, and runs it once there is a Dockerfile', async () => {
      stand.apply(aPod('foreign', SERVE, { image: 'docker.io/library/nginx:1' }));
      stand.apply(aPod('missing', SERVE, { image: 'ghcr.io/twinward/absent:1' }));
      for (const name of ['foreign', 'missing']) {
        await eventually(`${name} is refused`, () =>
          /ErrImagePull|ImagePullBackOff/.test(state(name)?.state.waiting?.reason ?? '') ? true : undefined,
        );
      }
      await eventually('back-off', () =>
        state('foreign')?.state.waiting?.reason === 'ImagePullBackOff' ? true : undefined,
      );
      const said = stand.kubectl('describe', 'pod', 'foreign');
      assert.match(
        said,
        /Failed to pull image "docker.io\/library\/nginx:1": a process node runs only images named/,
      );
      assert.match(state('missing')?.state.waiting?.message ?? '', /workers\/absent\/Dockerfile/);
      assert.match(stand.kubectl('get', 'pod', 'missing'), /ErrImagePull|ImagePullBackOff/);
      const scripts = join(stand.repository, 'workers');
      cpSync(join(scripts, 'script'), join(scripts, 'absent'), { recursive: true });
      await ready('missing');
      stand.kubectl('delete', 'pod', 'foreign', 'missing');
    });
  });

  describe('volumes', () => {
    it('waits in ContainerCreating until a Secret exists', async () => {
      const volumes = [{ name: 'late', secret: { secretName: 'late' } }];
      const volumeMounts = [{ name: 'late', mountPath: '/etc/late' }];
      stand.apply(aPod('waiting', SERVE, { volumeMounts }, { volumes }));
      await eventually('FailedMount', () => (reasons('waiting').includes('FailedMount') ? true : undefined));
      assert.equal(state('waiting')?.state.waiting?.reason, 'ContainerCreating');
      assert.match(stand.kubectl('describe', 'pod', 'waiting'), /secret "late" not found/);
      stand.apply({
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'late' },
        stringData: { key: 'first' },
      });
      await ready('waiting');
      assert.equal(mountedFile(stand, pod('waiting').metadata.uid ?? '', 'main', 'etc/late/key'), 'first');
    });

    it('shows a changed Secret within seconds, at once and whole', async () => {
      const { uid = '' } = pod('waiting').metadata;
      const data = { key: 'second', more: 'added' };
      stand.apply({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'late' }, stringData: data });
      await eventually(
        'rotation',
        () => (mountedFile(stand, uid, 'main', 'etc/late/key') === 'second' ? true : undefined),
        10,
      );
      assert.equal(mountedFile(stand, uid, 'main', 'etc/late/more'), 'added');
      assert.equal(state('waiting')?.restartCount, 0);
    });

    it('waits with CreateContainerConfigError for a key that the environment needs', async () => {
      const env = [{ name: 'A', valueFrom: { configMapKeyRef: { name: 'later', key: 'a' } } }];
      stand.apply(aPod('configured', SERVE, { env }));
      const waiting = await eventually('the error', () => {
        const found = state('configured')?.state.waiting;
        return found?.reason === 'CreateContainerConfigError' ? found : undefined;
      });
      assert.match(waiting.message ?? '', /configmap "later" not found/);
      stand.apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'later' }, data: { a: '1' } });
      await ready('configured');
    });

    it('mounts tokens with audience, downward API, emptyDir, hostPath and a bound claim', async () => {
      const folder = join(stand.folder, 'claimed');
      stand.apply(
        {
          apiVersion: 'v1',
          kind: 'PersistentVolume',
          metadata: { name: 'static' },
          spec: {
            capacity: { storage: '1Gi' },
            accessModes: ['ReadWriteMany'],
            storageClassName: '',
            hostPath: { path: folder },
          },
        },
        {
          apiVersion: 'v1',
          kind: 'PersistentVolumeClaim',
          metadata: { name: 'claim' },
          spec: {
            accessModes: ['ReadWriteMany'],
            storageClassName: '',
            volumeName: 'static',
            resources: { requests: { storage: '1Gi' } },
          },
        },
        aPod(
          'mounting',
          `import { writeFileSync, readFileSync } from 'node:fs';
           const root = process.env.CONTAINER_SANDBOX_MOUNT_POINT;
           writeFileSync(root + '/data/written', readFileSync(root + '/etc/pod/labels', 'utf8')); ${SERVE}`,
          {
            volumeMounts: [
              { name: 'claim', mountPath: '/data' },
              { name: 'mixed', mountPath: '/var/run/secrets/twinward' },
              { name: 'pod', mountPath: '/etc/pod' },
              { name: 'scratch', mountPath: '/scratch', subPath: 'inner' },
            ],
          },
          {
            volumes: [
              { name: 'claim', persistentVolumeClaim: { claimName: 'claim' } },
              { name: 'scratch', emptyDir: {} },
              {
                name: 'pod',
                downwardAPI: { items: [{ path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } }] },
              },
              {
                name: 'mixed',
                projected: {
                  sources: [
                    { serviceAccountToken: { path: 'token', audience: 'twinward', expirationSeconds: 3600 } },
                    {
                      configMap: {
                        name: 'kube-root-ca.crt',
                        items: [{ key: 'ca.crt', path: 'authority/ca.crt' }],
                      },
                    },
                  ],
                },
              },
            ],
          },
        ),
      );
      await ready('mounting');
      const { uid = '' } = pod('mounting').metadata;
      const token = mountedFile(stand, uid, 'main', 'var/run/secrets/twinward/token');
      const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
      assert.deepEqual(claims.aud, ['twinward']);
      assert.equal(claims['kubernetes.io'].pod.name, 'mounting');
      assert.match(
        mountedFile(stand, uid, 'main', 'var/run/secrets/twinward/authority/ca.crt'),
        /BEGIN CERTIFICATE/,
      );
      await eventually('the claim is written', () =>
        readFileSync(join(folder, 'written'), 'utf8') === 'app="mounting"' ? true : undefined,
      );
    });

    it('renews a token when four fifths of its life have passed', async () => {
      const api = connectApi(await readKubeconfig(stand.plane.nodeKubeconfig));
      let now = Date.now();
      const tokens = createTokens(api, () => now);
      const bearer = pod('mounting');
      const current = async (): Promise<string> => {
        await tokens.refresh(bearer, 'twinward', 3_600);
        return tokens.token(bearer, 'twinward', 3_600);
      };
      const first = await current();
      now += 2_800_000;
      assert.equal(await current(), first);
      now += 100_000;
      assert.notEqual(await current(), first);
      await api.close();
    });
  });

  it('lets a container with a read-only root write to its writable mounts only', async () => {
    const script = `import { writeFileSync } from 'node:fs'; import { Worker } from 'node:worker_threads';
      const root = process.env.CONTAINER_SANDBOX_MOUNT_POINT;
      const tried = (path) => { try { writeFileSync(path, 'x'); return 'written'; } catch (error) { return error.code; } };
      const thread = await new Promise((done) => new Worker('import("node:worker_threads").then((it) => it.parentPort.postMessage("thread"))', { eval: true }).on('message', done));
      console.log([tried(root + '/scratch/file'), tried(root + '/dev/termination-log'), tried('/tmp/process-node-must-not-write'),
        tried(root + '/etc/fixed/key'), thread, (await fetch('http://127.0.0.1:65001').catch((error) => error.cause.code))].join(' '));`;
    stand.apply(
      aPod(
        'sealed',
        script,
        {
          securityContext: { readOnlyRootFilesystem: true },
          volumeMounts: [
            { name: 'scratch', mountPath: '/scratch' },
            { name: 'fixed', mountPath: '/etc/fixed', readOnly: true },
          ],
        },
        {
          restartPolicy: 'Never',
          volumes: [
            { name: 'scratch', emptyDir: {} },
            { name: 'fixed', configMap: { name: 'settings' } },
          ],
        },
      ),
    );
    await eventually('it ended', () =>
      /Succeeded|Failed/.test(status('sealed').phase ?? '') ? true : undefined,
    );
    const want = 'written written ERR_ACCESS_DENIED ERR_ACCESS_DENIED thread ECONNREFUSED\n';
    assert.equal(logs('sealed'), want);
  });

  describe('several containers', () => {
    it('starts init containers one by one, then a sidecar, and ends the sidecar after the main one', async () => {
      const file = join(stand.folder, 'sequence');
      const note = (word: string): string =>
        `import { appendFileSync } from 'node:fs'; appendFileSync(${JSON.stringify(file)}, '${word} ');`;
      const sidecar = `${note('sidecar')} process.on('SIGTERM', () => { appendFileSync(${JSON.stringify(file)}, 'end '); process.exit(0); });
        import http from 'node:http'; setTimeout(() => http.createServer((q, a) => a.end()).listen(8081, process.env.POD_IP), 700);`;
      stand.apply({
        apiVersion: 'batch/v1',
        kind: 'Job',
        metadata: { name: 'mixed' },
        spec: {
          template: {
            spec: podSpec(
              note('main'),
              {},
              {
                restartPolicy: 'Never',
                initContainers: [
                  { name: 'first', image: SCRIPT_IMAGE, args: [note('first')] },
                  {
                    name: 'sidecar',
                    image: SCRIPT_IMAGE,
                    args: [sidecar],
                    restartPolicy: 'Always',
                    startupProbe: { httpGet: { port: 8081 }, periodSeconds: 1, failureThreshold: 30 },
                  },
                  { name: 'last', image: SCRIPT_IMAGE, args: [note('last')] },
                ],
              },
            ),
          },
        },
      });
      stand.kubectl('wait', '--for=condition=complete', 'job/mixed', '--timeout=40s');
      assert.equal(readFileSync(file, 'utf8'), 'first sidecar last main end ');
    });

    it('fails the pod when an init container fails for good', async () => {
      const initContainers = [{ name: 'first', image: SCRIPT_IMAGE, args: ['process.exit(2)'] }];
      stand.apply(aPod('uninitialized', SERVE, {}, { initContainers, restartPolicy: 'Never' }));
      await phase('uninitialized', 'Failed');
      assert.equal(state('uninitialized', 'first')?.state.terminated?.exitCode, 2);
      assert.equal(state('uninitialized')?.containerID, undefined);
      assert.match(stand.kubectl('get', 'pod', 'uninitialized'), /Init:Error/);
    });
  });

  describe('Jobs', () => {
    it('completes an indexed Job, each pod with its index', async () => {
      stand.apply({
        apiVersion: 'batch/v1',
        kind: 'Job',
        metadata: { name: 'indexed' },
        spec: {
          completionMode: 'Indexed',
          completions: 3,
          parallelism: 2,
          template: {
            spec: podSpec(
              `console.log('index ' + process.env.JOB_COMPLETION_INDEX)`,
              {},
              { restartPolicy: 'Never' },
            ),
          },
        },
      });
      stand.kubectl('wait', '--for=condition=complete', 'job/indexed', '--timeout=40s');
      const lines = stand.kubectl('logs', '-l', 'job-name=indexed', '--tail=-1').trim().split('\n').sort();
      assert.deepEqual(lines, ['index 0', 'index 1', 'index 2']);
    });

    it('lets a Job back off and fail', async () => {
      stand.apply({
        apiVersion: 'batch/v1',
        kind: 'Job',
        metadata: { name: 'failing' },
        spec: {
          backoffLimit: 1,
          template: { spec: podSpec('process.exit(1)', {}, { restartPolicy: 'Never' }) },
        },
      });
      stand.kubectl('wait', '--for=condition=failed', 'job/failing', '--timeout=60s');
      const job = stand.get<{ status: { failed: number; conditions: { reason: string }[] } }>(
        'job',
        'failing',
      );
      assert.equal(job.status.failed, 2);
      assert.ok(job.status.conditions.some((one) => one.reason === 'BackoffLimitExceeded'));
    });
  });

  describe('Deployments and Services', () => {
    const deployment = (version: string): object => ({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web' },
      spec: {
        replicas: 2,
        selector: { matchLabels: { app: 'web' } },
        template: {
          metadata: { labels: { app: 'web' } },
          spec: podSpec(httpServer(`'${version} ' + process.env.POD_IP`), {
            ports: [{ name: 'http', containerPort: 8081 }],
            readinessProbe: { httpGet: { port: 'http' }, periodSeconds: 1 },
          }),
        },
      },
    });
    const service = (name: string, spec: object): object => ({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name },
      spec: { selector: { app: 'web' }, ports: [{ port: 9100, targetPort: 'http' }], ...spec },
    });
    const addresses = (): string[] =>
      stand
        .get<{ items: Pod[] }>('pods', '-l', 'app=web')
        .items.filter((one) => one.metadata.deletionTimestamp === undefined)
        .map((one) => one.status?.podIP ?? '')
        .sort();

    before(async () => {
      stand.apply(deployment('one'), service('web', {}), service('web-headless', { clusterIP: 'None' }));
      stand.kubectl('rollout', 'status', 'deployment/web', '--timeout=60s');
    });

    it('rolls a new version out', () => {
      const old = addresses();
      assert.equal(old.length, 2);
      stand.apply(deployment('two'));
      stand.kubectl('rollout', 'status', 'deployment/web', '--timeout=60s');
      assert.equal(addresses().filter((one) => old.includes(one)).length, 0);
    });

    it('resolves Services in Node processes: headless to ready pods, others to the cluster IP, and forwards', async () => {
      const script = `import dns from 'node:dns'; import { lookup } from 'node:dns/promises';
        const all = (await lookup('web-headless.default.svc', { all: true })).map((one) => one.address).sort();
        const short = await dns.promises.resolve4('web-headless.default.svc.cluster.local');
        const first = await new Promise((done, fail) => dns.lookup('web.default.svc', (error, address) => (error ? fail(error) : done(address))));
        const answer = await (await fetch('http://web.default.svc:9100/')).text();
        const unknown = await lookup('nothing.default.svc').catch((error) => error.code);
        const local = (await lookup('localhost', { family: 4 })).address;
        console.log(JSON.stringify({ all, short: short.sort(), first, answer, unknown, local }));`;
      stand.apply(aPod('asking', script, {}, { restartPolicy: 'Never' }));
      await eventually('it ended', () =>
        /Succeeded|Failed/.test(status('asking').phase ?? '') ? true : undefined,
      );
      const text = logs('asking');
      const found = JSON.parse(text);
      assert.deepEqual(found.all, addresses());
      assert.deepEqual(found.short, addresses());
      const { spec } = stand.get<{ spec: { clusterIP: string } }>('service', 'web');
      assert.equal(found.first, spec.clusterIP);
      assert.match(found.answer, /^two 127\.64\./);
      assert.equal(found.unknown, 'ENOTFOUND');
      assert.equal(found.local, '127.0.0.1');
    });

    it('lets a running process see a change of the pods behind a name', async () => {
      const script = `import { lookup } from 'node:dns/promises'; process.on('SIGTERM', () => process.exit(0));
        setInterval(async () => console.log('seen ' + (await lookup('web-headless.default.svc', { all: true })).length), 200);`;
      stand.apply(aPod('looking', script));
      await eventually('two', () => (logs('looking', '--tail=1') === 'seen 2\n' ? true : undefined));
      stand.kubectl('scale', 'deployment/web', '--replicas=3');
      await eventually('three', () => (logs('looking', '--tail=1') === 'seen 3\n' ? true : undefined));
    });
  });

  describe('faults', () => {
    it('adopts running containers after kill -9 of the process node, and misses no exit code', async () => {
      stand.apply(
        aPod('survivor', SERVE),
        aPod('finisher', `setTimeout(() => process.exit(7), 4000);`, {}, { restartPolicy: 'Never' }),
      );
      await ready('survivor');
      await ready('finisher');
      const { uid = '' } = pod('survivor').metadata;
      const main = readFileSync(join(stand.podsFolder, uid, 'containers/main/0/main'), 'utf8').trim();
      await stand.stopNode('SIGKILL');
      await delay(5_000);
      assert.equal(isAlive(main), true);
      stand.startNode();
      await phase('finisher', 'Failed');
      assert.equal(state('finisher')?.state.terminated?.exitCode, 7);
      assert.equal(state('survivor')?.restartCount, 0);
      assert.equal(isAlive(main), true);
      stand.kubectl('delete', 'pod', 'survivor');
      assert.equal(isAlive(main), false);
    });

    it('restarts a container whose process and supervisor vanished while it was away', async () => {
      stand.apply(aPod('vanishing', SERVE));
      await ready('vanishing');
      const folder = join(stand.podsFolder, pod('vanishing').metadata.uid ?? '', 'containers/main/0');
      const pids = ['supervisor', 'main'].map((name) => Number(readFileSync(join(folder, name), 'utf8')));
      await stand.stopNode('SIGKILL');
      for (const pid of pids) process.kill(pid, 'SIGKILL');
      stand.startNode();
      const found = await eventually('a restart', () => {
        const now = state('vanishing');
        return now?.restartCount === 1 && now.state.running !== undefined ? now : undefined;
      });
      assert.equal(found.lastState.terminated?.reason, 'ContainerStatusUnknown');
    });

    it('ends pods that were removed while it was away', async () => {
      stand.apply(aPod('orphan', SERVE));
      await ready('orphan');
      const { uid = '' } = pod('orphan').metadata;
      const main = readFileSync(join(stand.podsFolder, uid, 'containers/main/0/main'), 'utf8').trim();
      await stand.stopNode('SIGTERM');
      assert.equal(isAlive(main), true);
      stand.kubectl('delete', 'pod', 'orphan', '--force', '--grace-period=0');
      stand.startNode();
      await eventually('the process is gone', () => (isAlive(main) ? undefined : true));
    });

    it('takes its pods along when it is told to, and runs them again afterwards', async () => {
      stand.apply(aPod('passenger', SERVE));
      await ready('passenger');
      const { uid = '' } = pod('passenger').metadata;
      const main = readFileSync(join(stand.podsFolder, uid, 'containers/main/0/main'), 'utf8').trim();
      await stand.stopNode('SIGKILL');
      stand.startNode('--on-exit', 'stop');
      await ready('passenger');
      await eventually('it serves', () => (logs('passenger').includes('up') ? true : undefined));
      await stand.stopNode('SIGTERM');
      assert.equal(isAlive(main), false);
      stand.startNode();
      await eventually('it runs again', () =>
        state('passenger')?.restartCount === 1 && isReady('passenger') ? true : undefined,
      );
    });

    it('goes on after the API server was killed and came back', async () => {
      await stand.plane.kill('kube-apiserver', 'SIGKILL');
      await delay(1_500);
      await stand.plane.restart();
      stand.apply(aPod('afterwards', SERVE));
      await ready('afterwards');
    });
  });
});
