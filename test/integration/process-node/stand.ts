// A real control plane with a process node on it, and small images that run a piece of JavaScript.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type ControlPlane, startControlPlane } from '../../../local/control-plane/start.ts';

const MAIN = join(import.meta.dirname, '../../../local/process-node/main.ts');

/** Runs the JavaScript module that is its first argument. */
export const SCRIPT_IMAGE = 'ghcr.io/twinward/script:test';

const DOCKERFILE = `FROM node:24 AS build
ENTRYPOINT ["never"]
FROM node:24
WORKDIR /app
ENV FROM_IMAGE=yes
ENTRYPOINT ["node", "--input-type=module", "--eval"]
CMD ["console.log('default command')"]
`;

export interface Stand {
  readonly plane: ControlPlane;
  readonly folder: string;
  readonly repository: string;
  readonly podsFolder: string;
  node: ChildProcess;
  /** Standard output of kubectl; throws with its standard error when it fails. */
  kubectl(...args: readonly string[]): string;
  /** Exit code, output and errors of kubectl. */
  tried(...args: readonly string[]): {
    readonly status: number;
    readonly stdout: string;
    readonly stderr: string;
  };
  apply(...objects: readonly object[]): void;
  get<Item>(...args: readonly string[]): Item;
  startNode(...options: readonly string[]): void;
  stopNode(signal: NodeJS.Signals): Promise<void>;
  stop(): Promise<void>;
}

export async function startStand(...options: readonly string[]): Promise<Stand> {
  const folder = mkdtempSync(join(tmpdir(), 'process-node-'));
  const repository = join(folder, 'repository');
  mkdirSync(join(repository, 'workers/script'), { recursive: true });
  writeFileSync(join(repository, 'workers/script/Dockerfile'), DOCKERFILE);
  const plane = await startControlPlane({ stateDir: join(folder, 'plane'), durable: false });
  const tried: Stand['tried'] = (...args) => kubectl(plane, folder, args);
  const run = (...args: readonly string[]): string => checked(tried(...args), args);
  const start = (more: readonly string[]): ChildProcess => spawnNode(plane, folder, repository, more);
  const stand: Stand = {
    plane,
    folder,
    repository,
    podsFolder: join(folder, 'node/pods'),
    node: start(options),
    kubectl: run,
    tried,
    apply: (...objects) => {
      const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects });
      checked(kubectl(plane, folder, ['apply', '-f', '-'], input), ['apply']);
    },
    get: (...args) => JSON.parse(run('get', '-o', 'json', ...args)),
    startNode: (...more) => {
      stand.node = start([...options, ...more]);
    },
    stopNode: (signal) => stopped(stand.node, signal),
    stop: async () => {
      if (stand.node.exitCode !== null || stand.node.signalCode !== null) stand.startNode();
      tried('delete', 'deployments,jobs,pods', '--all', '--wait=false', '--grace-period=0', '--force');
      const isEmpty = (): boolean =>
        !existsSync(stand.podsFolder) || readdirSync(stand.podsFolder).length === 0;
      try {
        await eventually('all processes have ended', () => (isEmpty() ? true : undefined));
      } finally {
        await stopped(stand.node, 'SIGTERM');
        await plane.stop();
        rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
      }
    },
  };
  try {
    await eventually('the node is ready', () =>
      / Ready/.test(run('get', 'nodes', '--no-headers')) ? true : undefined,
    );
  } catch (error) {
    console.error(readFileSync(join(folder, 'process-node.log'), 'utf8').slice(-4_000));
    await stand.stop();
    throw error;
  }
  return stand;
}

function spawnNode(
  plane: ControlPlane,
  folder: string,
  repository: string,
  options: readonly string[],
): ChildProcess {
  const log = openSync(join(folder, 'process-node.log'), 'a');
  const fixed = ['--kubeconfig', plane.nodeKubeconfig, '--node-name', plane.nodeName];
  const places = ['--state-dir', join(folder, 'node'), '--repository-root', repository];
  const room = ['--capacity', 'cpu=32,memory=64Gi'];
  return spawn(process.execPath, [MAIN, ...fixed, ...places, ...room, ...options], {
    stdio: ['ignore', log, log],
  });
}

async function stopped(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  child.once('exit', () => resolve());
  child.kill(signal);
  await promise;
}

function kubectl(plane: ControlPlane, folder: string, args: readonly string[], input = '') {
  const done = spawnSync(plane.binaries.kubectl, args, {
    input,
    encoding: 'utf8',
    timeout: 60_000,
    env: { KUBECONFIG: plane.kubeconfig, HOME: folder, PATH: process.env['PATH'] ?? '' },
  });
  return { status: done.status ?? -1, stdout: done.stdout, stderr: done.stderr };
}

function checked(done: ReturnType<typeof kubectl>, args: readonly string[]): string {
  if (done.status !== 0) throw new Error(`kubectl ${args.join(' ')}: ${done.stderr}`);
  return done.stdout;
}

/** Asks until there is an answer; throws after `seconds` with what was waited for. */
export async function eventually<Value>(
  what: string,
  read: () => Value | undefined | Promise<Value | undefined>,
  seconds = 30,
): Promise<Value> {
  const deadline = Date.now() + seconds * 1000;
  let last: unknown = '';
  while (Date.now() < deadline) {
    try {
      const value = await read();
      if (value !== undefined) return value;
    } catch (error) {
      last = error;
    }
    await delay(250);
  }
  throw new Error(`not within ${seconds} s: ${what} ${String(last)}`);
}

/** A pod that runs one script in a container called `main`; `container` and `spec` add to it. */
export function aPod(name: string, script: string, container: object = {}, spec: object = {}): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: { app: name } },
    spec: podSpec(script, container, spec),
  };
}

/** The spec of such a pod. */
export function podSpec(script: string, container: object = {}, spec: object = {}): object {
  const main = { name: 'main', image: SCRIPT_IMAGE, args: [script], ...container };
  return { containers: [main], terminationGracePeriodSeconds: 2, ...spec };
}

/** Script: stays until it is asked to end. */
export const SERVE = `process.on('SIGTERM', () => process.exit(0)); console.log('up'); setInterval(() => {}, 1000);`;

/** Script: an HTTP server on $POD_IP:8081 that answers with `body` (an expression). */
export function httpServer(body: string): string {
  return `import http from 'node:http';
process.on('SIGTERM', () => process.exit(0));
http.createServer((request, answer) => answer.end(String(${body}))).listen(8081, process.env.POD_IP);
console.log('listening');`;
}

/** Content of the file that a container of a pod has mounted. */
export function mountedFile(stand: Stand, uid: string, container: string, path: string): string {
  return readFileSync(join(stand.podsFolder, uid, 'containers', container, '0/root', path), 'utf8');
}
