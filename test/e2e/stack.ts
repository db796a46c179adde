// A whole stack of its own for one test file: control plane, database, process node, operator, twin service.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { resolveBinaries } from '../../local/binaries/resolve.ts';
import { type ControlPlane, startControlPlane } from '../../local/control-plane/start.ts';
import { clusterOf } from '../../local/demo/cluster.ts';
import { remove } from '../../local/demo/down.ts';
import { installSystem } from '../../local/demo/install.ts';
import { type Layout, layoutOf, ROOT } from '../../local/demo/layout.ts';
import { startNode } from '../../local/demo/node.ts';
import { type Postgres, startPostgres } from '../../local/postgres/start.ts';
import { privateFolder } from '../../local/private-files.ts';
import { findBelow } from '../../local/processes/identity.ts';
import { lineProgress, silentProgress } from '../../local/progress.ts';

/** An object of the API server, as JSON. */
// biome-ignore lint/suspicious/noExplicitAny: tests read deep into JSON that the API server made
export type Json = any;

/** What a program printed, and how it ended. */
export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** A running stack. */
export interface Stack {
  readonly layout: Layout;
  readonly plane: ControlPlane;
  readonly postgres: Postgres;
  /** kubectl as administrator; rejects when it fails. */
  kubectl(args: readonly string[], input?: string): Promise<string>;
  /** kubectl as administrator, whatever comes of it. */
  tryKubectl(args: readonly string[], input?: string): Promise<Ran>;
  /** `kubectl get … -o json`. */
  get(...args: readonly string[]): Promise<Json>;
  /** Applies objects. */
  apply(...objects: readonly unknown[]): Promise<void>;
  /** The kubectl-twin plugin. */
  twin(args: readonly string[], input?: string): Promise<Ran>;
  /** One query as superuser. */
  sql(text: string, values?: readonly unknown[]): Promise<readonly Json[]>;
  /** Status and reason of a condition, as "True/Completed"; empty while there is none. */
  condition(kind: string, name: string, type: string, namespace?: string): Promise<string>;
  /** Waits until a condition reads so. */
  until(
    kind: string,
    name: string,
    type: string,
    wanted: string | RegExp,
    seconds: number,
    namespace?: string,
  ): Promise<void>;
  /** Living processes of pods whose command line contains `part`. */
  podProcesses(part: string): readonly number[];
  stop(): Promise<void>;
}

/** Runs a program to its end. */
export function run(
  program: string,
  args: readonly string[],
  options: { readonly env?: NodeJS.ProcessEnv; readonly input?: string } = {},
): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: ROOT, env: { ...process.env, ...options.env } });
    let out = '';
    let err = '';
    child.stdout.on('data', (data: Buffer) => (out += data.toString()));
    child.stderr.on('data', (data: Buffer) => (err += data.toString()));
    child.once('error', reject);
    child.once('close', (code) => resolve({ code: code ?? 1, out, err }));
    // A program that ends without reading its input says by its exit code what it thinks of it.
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.input ?? '');
  });
}

/** Waits until `probe` answers something other than undefined or false; says what was waited for when it does not. */
export async function eventually<T>(
  what: string,
  seconds: number,
  probe: () => Promise<T | undefined | false>,
): Promise<T> {
  const deadline = Date.now() + seconds * 1000;
  let last: unknown;
  for (;;) {
    try {
      const found = await probe();
      if (found !== undefined && found !== false) return found;
    } catch (error) {
      last = error;
    }
    if (Date.now() > deadline) throw new Error(`${what}: not within ${seconds} s`, { cause: last });
    await delay(250);
  }
}

/** Starts everything and installs our manifests. Verbose with TWINWARD_TEST_VERBOSE set. */
export async function startStack(name: string): Promise<Stack> {
  const progress = process.env['TWINWARD_TEST_VERBOSE']
    ? lineProgress((line) => console.log(line))
    : silentProgress;
  const layout = layoutOf(mkdtempSync(join(tmpdir(), `twinward-e2e-${name}-`)));
  privateFolder(layout.stateDir, 0o711);
  const binaries = await resolveBinaries(progress);
  const [plane, postgres] = await Promise.all([
    startControlPlane({ stateDir: layout.controlPlane, binaries, progress, durable: false }),
    startPostgres({ stateDir: layout.postgres, progress, durable: false }),
  ]);
  const cluster = clusterOf(plane);
  await startNode(layout, plane, cluster, progress);
  await installSystem(layout, postgres, cluster, progress, true);
  return stackOf(layout, plane, postgres);
}

function stackOf(layout: Layout, plane: ControlPlane, postgres: Postgres): Stack {
  const env = { KUBECONFIG: plane.kubeconfig };
  const tryKubectl = (args: readonly string[], input?: string): Promise<Ran> =>
    run(plane.binaries.kubectl, args, { env, ...(input === undefined ? {} : { input }) });
  const kubectl = async (args: readonly string[], input?: string): Promise<string> => {
    const ran = await tryKubectl(args, input);
    assert.equal(ran.code, 0, `kubectl ${args.join(' ')}\n${ran.err}`);
    return ran.out;
  };
  const get = async (...args: readonly string[]): Promise<Json> =>
    JSON.parse(await kubectl(['get', ...args, '-o', 'json']));
  const condition = async (
    kind: string,
    name: string,
    type: string,
    namespace = 'default',
  ): Promise<string> => {
    const { status } = await get(kind, name, '-n', namespace);
    const found = status?.conditions?.find((each: Json) => each.type === type);
    return found === undefined ? '' : `${found.status}/${found.reason}`;
  };
  return {
    layout,
    plane,
    postgres,
    kubectl,
    tryKubectl,
    get,
    condition,
    apply: async (...objects) => {
      const list = { apiVersion: 'v1', kind: 'List', items: objects };
      await kubectl(['apply', '--server-side', '-f', '-'], JSON.stringify(list));
    },
    twin: (args, input) =>
      run(process.execPath, [join(ROOT, 'workers/plugin/main.ts'), ...args], {
        env,
        ...(input === undefined ? {} : { input }),
      }),
    sql: async (text, values = []) => {
      const client = new pg.Client({ connectionString: postgres.adminUrl });
      await client.connect();
      try {
        return (await client.query(text, [...values])).rows;
      } finally {
        await client.end();
      }
    },
    until: async (kind, name, type, wanted, seconds, namespace) => {
      let seen = '';
      const fits = (): boolean => (typeof wanted === 'string' ? seen === wanted : wanted.test(seen));
      try {
        await eventually(`${kind}/${name} ${type} ${wanted}`, seconds, async () => {
          seen = await condition(kind, name, type, namespace);
          return fits();
        });
      } catch (error) {
        const pods = await tryKubectl(['get', 'pods', '-A', '-o', 'wide']);
        throw new Error(`${kind}/${name} has ${type} ${seen}, wanted ${wanted}\n${pods.out}`, {
          cause: error,
        });
      }
    },
    podProcesses: (part) =>
      findBelow(layout.node)
        .map(({ pid }) => pid)
        .filter((pid) => commandLine(pid).includes(part)),
    stop: async () => {
      await remove(layout, silentProgress);
    },
  };
}

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}

/** A TwinModel on the bundle in the repository. */
export async function theModel(more: Json = {}): Promise<Json> {
  const { createHash } = await import('node:crypto');
  const manifest = readFileSync(join(ROOT, 'models/bundles/trajectory-core/manifest.json'));
  const sha256 = createHash('sha256').update(manifest).digest('hex');
  return {
    apiVersion: 'twinward.io/v1alpha1',
    kind: 'TwinModel',
    metadata: { name: 'trajectory' },
    spec: {
      task: 'Trajectory',
      artifact: { uri: 'builtin:trajectory-core', sha256 },
      pod: { resources: { cpu: '100m' } },
      ...more,
    },
  };
}

/** A folder on this machine as a claim that pods can mount. */
export function folderClaim(name: string, path: string, namespace = 'default'): readonly Json[] {
  mkdirSync(path, { recursive: true });
  return [
    {
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name },
      spec: {
        capacity: { storage: '1Gi' },
        accessModes: ['ReadWriteMany'],
        storageClassName: '',
        hostPath: { path },
        claimRef: { name, namespace },
      },
    },
    {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name, namespace },
      spec: {
        accessModes: ['ReadWriteMany'],
        storageClassName: '',
        volumeName: name,
        resources: { requests: { storage: '1Gi' } },
      },
    },
  ];
}

/** Files below a folder that hold `text`, but for a mounted source of records itself. */
export function filesWith(folder: string, text: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !file.includes('/root/data/') && readFileSync(file).includes(text));
}
