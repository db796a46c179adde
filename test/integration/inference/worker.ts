// Starts the inference worker as a process of its own, as its image does, and calls it.
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { connect, type ServiceClient } from '#proto/connect.ts';
import type { Cell__Output } from '#proto/gen/twinward/v1/Cell.ts';
import type { Done__Output } from '#proto/gen/twinward/v1/Done.ts';
import type { Leaf__Output } from '#proto/gen/twinward/v1/Leaf.ts';
import type { SimulateHeader__Output } from '#proto/gen/twinward/v1/SimulateHeader.ts';
import type { SimulateRequest } from '#proto/gen/twinward/v1/SimulateRequest.ts';
import type { SimulateResponse__Output } from '#proto/gen/twinward/v1/SimulateResponse.ts';
import type { TrajectoryGeneratorDefinition } from '#proto/gen/twinward/v1/TrajectoryGenerator.ts';

export const repository = fileURLToPath(new URL('../../../', import.meta.url));
export const bundleFolder = join(repository, 'models/bundles/trajectory-core');

/** sha256 of a file, lower-case hex. */
export function fileSha256(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}

export interface Worker {
  readonly process: ChildProcess;
  readonly address: string;
  readonly probes: string;
  readonly client: ServiceClient<TrajectoryGeneratorDefinition>;
  /** Exit code, once it has ended. */
  readonly exited: Promise<number>;
  /** Content of the termination log; empty when nothing was written. */
  terminationLog(): string;
  /** Everything that it has logged. */
  logs(): string;
  stop(): Promise<number>;
}

export interface WorkerOptions {
  readonly folder?: string;
  readonly sha256?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Default: a free one. */
  readonly port?: number;
}

/** Starts a worker; resolves when it listens, or when it has ended. */
export async function startWorker(options: WorkerOptions = {}): Promise<Worker> {
  const folder = options.folder ?? bundleFolder;
  const mounts = mkdtempSync(join(tmpdir(), 'twinward-inference-'));
  const [port, healthPort] = [options.port ?? (await freePort()), await freePort()];
  const child = spawn(process.execPath, ['workers/inference/main.ts', '--bind=127.0.0.1', `--port=${port}`], {
    cwd: repository,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'],
      LD_LIBRARY_PATH: process.env['LD_LIBRARY_PATH'],
      POD_IP: '127.0.0.1',
      TWINWARD_HEALTH_PORT: String(healthPort),
      TWINWARD_BUNDLE_URI: options.folder === undefined ? 'builtin:trajectory-core' : folder,
      TWINWARD_BUNDLE_SHA256: options.sha256 ?? fileSha256(join(folder, 'manifest.json')),
      TWINWARD_MODEL: 'trajectory',
      CONTAINER_SANDBOX_MOUNT_POINT: mounts,
      ...options.env,
    },
  });
  const terminationPath = prepareTerminationLog(mounts);
  const lines: string[] = [];
  const listening = Promise.withResolvers<void>();
  for (const stream of [child.stdout, child.stderr]) {
    if (stream === null) continue;
    createInterface({ input: stream }).on('line', (line) => {
      lines.push(line);
      if (line.includes('"listening"')) listening.resolve();
    });
  }
  const exited = once(child, 'exit').then(([code, signal]) => {
    listening.resolve();
    return typeof code === 'number' ? code : signal === null ? -1 : -2;
  });
  await listening.promise;
  const address = `127.0.0.1:${port}`;
  const client = connect<TrajectoryGeneratorDefinition>('twinward.v1.TrajectoryGenerator', { address });
  return {
    process: child,
    address,
    probes: `http://127.0.0.1:${healthPort}`,
    client,
    exited,
    terminationLog: () => readFileSync(terminationPath, 'utf8'),
    logs: () => lines.join('\n'),
    stop: async () => {
      client.close();
      child.kill('SIGTERM');
      const code = await exited;
      rmSync(mounts, { recursive: true, force: true });
      return code;
    },
  };
}

function prepareTerminationLog(mounts: string): string {
  mkdirSync(join(mounts, 'dev'), { recursive: true });
  const path = join(mounts, 'dev/termination-log');
  writeFileSync(path, '');
  return path;
}

/** Waits until a worker is ready. Throws when it ends instead. */
export async function untilReady(worker: Worker): Promise<Worker> {
  for (let attempt = 0; attempt < 400; attempt++) {
    if (worker.process.exitCode !== null) throw new Error(`the worker ended:\n${worker.logs()}`);
    const status = await fetch(`${worker.probes}/readyz`).then(
      (response) => response.status,
      () => 0,
    );
    if (status === 200) return worker;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`the worker was not ready within 20 s:\n${worker.logs()}`);
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no TCP port');
  return address.port;
}

export interface Answer {
  readonly header: SimulateHeader__Output;
  readonly leaves: readonly Leaf__Output[];
  readonly done: Done__Output;
}

/** Runs a Simulate call to its end. Rejects with the ServiceError of a refused one. */
export async function simulate(
  client: ServiceClient<TrajectoryGeneratorDefinition>,
  request: SimulateRequest,
  deadlineMs = 60_000,
): Promise<Answer> {
  const leaves: Leaf__Output[] = [];
  let header: SimulateHeader__Output | undefined;
  let done: Done__Output | undefined;
  for await (const part of client.serverStream(
    'Simulate',
    request,
    deadlineMs,
  ) as AsyncIterable<SimulateResponse__Output>) {
    if (part.leaf) leaves.push(part.leaf);
    header ??= part.header ?? undefined;
    done ??= part.done ?? undefined;
  }
  if (header === undefined || done === undefined) throw new Error('the stream had no header or no end');
  leaves.sort((one, other) => (one.range?.from ?? 0) - (other.range?.from ?? 0));
  return { header, leaves, done };
}

/** The cells of leaves as one text, so that equal texts are equal bits. */
export function bitsOf(leaves: readonly Leaf__Output[]): string {
  return JSON.stringify(
    leaves.map(({ range, member, cells }) => [range?.from, member, cells.map(bitsOfCell)]),
  );
}

function bitsOfCell(cell: Cell__Output): readonly string[] {
  const view = Buffer.alloc(8);
  return Object.values(cell).map((value) => {
    view.writeDoubleLE(Number(value));
    return view.toString('hex');
  });
}

/** A cell of a leaf by scenario, outcome and horizon. */
export function cellOf(leaf: Leaf__Output, scenario: number, outcome: number, horizon: number): Cell__Output {
  const cell = leaf.cells.find(
    (one) => one.scenario === scenario && one.outcome === outcome && one.horizon === horizon,
  );
  if (cell === undefined) throw new Error('no such cell');
  return cell;
}

const SNOMED = 'http://snomed.info/sct';
const LOINC = 'http://loinc.org';
export const RXNORM = 'http://www.nlm.nih.gov/research/umls/rxnorm';
export const STATIN = { system: RXNORM, code: '36567' } as const;
export const METFORMIN = { system: RXNORM, code: '6809' } as const;

/** A request of one made-up subject: hypertension, an ACE inhibitor, a statin, some values. */
export function aRequest(change: Partial<SimulateRequest> = {}): SimulateRequest {
  return {
    model: 'trajectory',
    subjectKey: Buffer.from('subject-1'),
    ageAtIndexDays: 24_000.5,
    sex: 'SEX_MALE',
    observedFromDays: -4_000,
    history: [
      { system: SNOMED, code: '59621000', offsetDays: -3_000, action: 'ACTION_OCCUR' },
      { system: RXNORM, code: '314076', offsetDays: -2_990, action: 'ACTION_START' },
      {
        system: LOINC,
        code: '8480-6',
        offsetDays: -800,
        action: 'ACTION_MEASURE',
        number: 151,
        ucum: 'mm[Hg]',
      },
      {
        system: LOINC,
        code: '2339-0',
        offsetDays: -400,
        action: 'ACTION_MEASURE',
        number: 6.1,
        ucum: 'mmol/L',
      },
      { ...STATIN, offsetDays: -300, action: 'ACTION_START' },
      { system: LOINC, code: '8480-6', offsetDays: -2, action: 'ACTION_MEASURE', number: 17.2, ucum: 'kPa' },
    ],
    scenarios: [{ name: 'usual', interventions: [] }],
    horizonsDays: [365, 1_826, 3_652],
    outcomes: ['mi', 'stroke', 'hospital-admission'],
    seed: '42',
    ranges: [{ from: 0, to: 512 }],
    output: 'OUTPUT_SUMMARY',
    priority: 'PRIORITY_INTERACTIVE',
    ...change,
  };
}
