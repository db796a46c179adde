// Events per second per core: the inference worker, everything on, against the same graph in Python onnxruntime, in
// interleaved rounds of one run. Figures and ratios only; nothing passes or fails by time.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  aRequest,
  bundleFolder,
  METFORMIN,
  repository,
  simulate,
  startWorker,
  untilReady,
  type Worker,
} from '../integration/inference/worker.ts';

interface Measure {
  readonly rows: number;
  readonly events: number;
  /** CPU seconds of the process. */
  readonly cpu: number;
  readonly wall: number;
}

const ROUNDS = 5;
const SUBJECTS = 8;
const SAMPLES = 512;
const ROWS = 512;
const SECONDS = 2;

/** Prints rows and events per CPU second of the worker and of Python, with medians and their ratio. */
export async function benchInference(): Promise<void> {
  const python = pythonWithOnnxruntime();
  const worker = await untilReady(await startWorker({ env: { TWINWARD_ENGINE_THREADS: '1' } }));
  const rounds: { ours: Measure; graph: Measure | undefined; host: Measure | undefined }[] = [];
  try {
    await measureWorker(worker);
    for (let round = 0; round < ROUNDS; round++) {
      rounds.push({
        ours: await measureWorker(worker),
        graph: python === undefined ? undefined : measurePython(python, 'graph'),
        host: python === undefined ? undefined : measurePython(python, 'host'),
      });
    }
  } finally {
    await worker.stop();
  }
  report(rounds);
}

/** Several subjects with three arms at once, as a simulate worker sends them. */
async function measureWorker(worker: Worker): Promise<Measure> {
  const cpu = await cpuSecondsOf(worker);
  const start = performance.now();
  const scenarios = [
    { name: 'usual' },
    { name: 'early', interventions: [{ ...METFORMIN, action: 'ACTION_START' as const, atDays: 0 }] },
    { name: 'late', interventions: [{ ...METFORMIN, action: 'ACTION_START' as const, atDays: 700 }] },
  ];
  const answers = await Promise.all(
    Array.from({ length: SUBJECTS }, (_, subject) =>
      simulate(
        worker.client,
        aRequest({
          scenarios,
          subjectKey: Buffer.from(`bench-${subject}`),
          ranges: [{ from: 0, to: SAMPLES }],
        }),
      ),
    ),
  );
  const total = (pick: (done: { steps: string; events: string }) => string): number =>
    answers.reduce((sum, { done }) => sum + Number(pick(done)), 0);
  return {
    rows: total(({ steps }) => steps),
    events: total(({ events }) => events),
    cpu: (await cpuSecondsOf(worker)) - cpu,
    wall: (performance.now() - start) / 1_000,
  };
}

async function cpuSecondsOf(worker: Worker): Promise<number> {
  const headers = { connection: 'close' };
  const metrics = await fetch(`${worker.probes}/metrics`, { headers }).then((response) => response.text());
  return Number(/^process_cpu_seconds_total ([\d.e+-]+)/m.exec(metrics)?.[1] ?? Number.NaN);
}

function pythonWithOnnxruntime(): string | undefined {
  const candidates = [process.env['TWINWARD_PYTHON'], join(repository, '.venv/bin/python'), 'python3'];
  return candidates.find(
    (path) =>
      path !== undefined &&
      (path === 'python3' || existsSync(path)) &&
      spawnSync(path, ['-c', 'import onnxruntime, numpy']).status === 0,
  );
}

function measurePython(python: string, kind: 'graph' | 'host'): Measure | undefined {
  const script = join(repository, 'test/bench/inference_loop.py');
  const args = [script, bundleFolder, kind, String(ROWS), String(SECONDS)];
  const env = {
    ...process.env,
    PYTHONPATH: join(repository, 'models'),
    OMP_NUM_THREADS: '1',
    OPENBLAS_NUM_THREADS: '1',
  };
  const done = spawnSync(python, args, { encoding: 'utf8', env });
  return done.status === 0 ? JSON.parse(done.stdout) : undefined;
}

function median(values: readonly number[]): number {
  const ordered = values.toSorted((one, other) => one - other);
  return ordered[Math.floor(ordered.length / 2)] ?? Number.NaN;
}

function report(
  rounds: readonly {
    readonly ours: Measure;
    readonly graph: Measure | undefined;
    readonly host: Measure | undefined;
  }[],
): void {
  const ours = rounds.map((round) => round.ours);
  const eventsPerRow = median(ours.map(({ rows, events }) => events / rows));
  const line = (name: string, measures: readonly Measure[]): number => {
    const perSecond = measures.map(({ rows, cpu }) => rows / cpu);
    const rate = median(perSecond);
    const wall = median(measures.map(({ rows, wall: seconds }) => rows / seconds));
    console.log(
      `${name.padEnd(44)} ${Math.round(rate * eventsPerRow).toLocaleString('en')} events/s per core ` +
        `(${Math.round(rate).toLocaleString('en')} rows/s per core, ${Math.round(wall).toLocaleString('en')} by the clock)`,
    );
    return rate;
  };
  console.log(`inference: ${ROUNDS} interleaved rounds, medians; ${eventsPerRow.toFixed(2)} events per row`);
  const worker = line('worker: gRPC, clocks, bags, sums, 3 arms', ours);
  const compare = (name: string, measures: readonly (Measure | undefined)[]): void => {
    const present = measures.flatMap((measure) => (measure === undefined ? [] : [measure]));
    if (present.length === 0)
      console.log(`${name.padEnd(44)} not measured: no Python with onnxruntime (.venv)`);
    else console.log(`  worker ÷ ${name} = ${(worker / line(name, present)).toFixed(2)}`);
  };
  compare(
    'Python onnxruntime, bare graph',
    rounds.map(({ graph }) => graph),
  );
  compare(
    'Python onnxruntime, host loop in numpy',
    rounds.map(({ host }) => host),
  );
}

if (import.meta.main) await benchInference();
