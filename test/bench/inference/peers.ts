// Processes that are measured beside the worker: the bare loop, Python baselines, Python servers.
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { bundleFolder, repository } from '../../integration/inference/worker.ts';
import type { Measure } from './figures.ts';

const HERE = join(repository, 'test/bench/inference');
const ONE_THREAD = { OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1', MKL_NUM_THREADS: '1' };

/** Something that measures itself on demand; undefined = it cannot be measured here. */
export interface Peer {
  measure(kind?: string): Promise<Measure | undefined>;
  stop(): void;
}

/** The bare loop in a Node process of its own. */
export async function startBareLoop(): Promise<Peer> {
  const child = fork(join(HERE, 'bare-loop-main.ts'), [], { cwd: repository });
  await once(child, 'message');
  return {
    measure: async () => {
      child.send('go');
      const [answer] = await once(child, 'message');
      return answer as Measure;
    },
    stop: () => child.disconnect(),
  };
}

/** Python baselines; each measures for some seconds. */
export function startBaselines(python: string, seconds: number): Peer {
  const child = spawn(python, [join(HERE, 'baselines.py'), bundleFolder], {
    cwd: repository,
    env: { ...process.env, ...ONE_THREAD, PYTHONPATH: join(repository, 'models') },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout });
  return {
    measure: async (kind = 'graph') => {
      child.stdin.write(`${kind} ${seconds}\n`);
      const text = await nextLine(lines, child);
      if (text === undefined) return undefined;
      const answer: Measure & { readonly skipped?: string } = JSON.parse(text);
      return answer.skipped === undefined ? answer : undefined;
    },
    stop: () => child.stdin.end(),
  };
}

/** A server beside the worker. */
export interface PeerServer {
  readonly address: string;
  stop(): void;
}

/** A Python server of ModelInfer; the empty ones compute nothing. */
export async function startPythonServer(
  python: string,
  kind: 'sync' | 'aio' | 'empty-sync' | 'empty-aio',
): Promise<PeerServer> {
  const script = join(HERE, 'infer_server.py');
  return startServer(python, [script, bundleFolder, join(repository, 'proto'), kind]);
}

/** A grpc-js server of ModelInfer that computes nothing. */
export async function startEmptyServer(): Promise<PeerServer> {
  return startServer(process.execPath, [join(HERE, 'empty-server-main.ts')]);
}

/** Starts a server that prints its port and ends with its standard input. */
async function startServer(program: string, args: readonly string[]): Promise<PeerServer> {
  const child = spawn(program, args, {
    ...{ cwd: repository, env: { ...process.env, ...ONE_THREAD } },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const port = await nextLine(createInterface({ input: child.stdout }), child);
  if (port === undefined) throw new Error(`${args[0]} ended`);
  return { address: `127.0.0.1:${port}`, stop: () => child.stdin.end() };
}

function nextLine(lines: Interface, child: ChildProcess): Promise<string | undefined> {
  return new Promise((resolve) => {
    const ended = (): void => resolve(undefined);
    child.once('exit', ended);
    lines.once('line', (text) => {
      child.off('exit', ended);
      resolve(text);
    });
  });
}
