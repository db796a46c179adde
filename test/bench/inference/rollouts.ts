// Rollouts: the worker with everything on against a bare loop, Python and PyTorch, and two engine threads against one.
import { aRequest, simulate, type Worker } from '../../integration/inference/worker.ts';
import { line, type Measure, median, plain, ratio } from './figures.ts';
import type { Peer } from './peers.ts';
import { workload } from './workload.ts';

/** CPU seconds that a worker has used. */
export async function cpuSecondsOf(worker: Worker): Promise<number> {
  const text = await metricsOf(worker);
  return Number(/^process_cpu_seconds_total ([\d.e+-]+)/m.exec(text)?.[1] ?? Number.NaN);
}

function metricsOf(worker: Worker): Promise<string> {
  return fetch(`${worker.probes}/metrics`, { headers: { connection: 'close' } }).then((answer) =>
    answer.text(),
  );
}

/** One round of rollouts through gRPC. */
export async function measureWorker(worker: Worker): Promise<Measure> {
  const cpu = await cpuSecondsOf(worker);
  const start = performance.now();
  const answers = await Promise.all(
    workload(aRequest).map((request) => simulate(worker.client, request, 600_000)),
  );
  const wall = (performance.now() - start) / 1_000;
  const total = (pick: 'steps' | 'events'): number =>
    answers.reduce((sum, { done }) => sum + Number(done[pick]), 0);
  return { rows: total('steps'), events: total('events'), cpu: (await cpuSecondsOf(worker)) - cpu, wall };
}

/** What is measured in a round, in this order. */
export const ROLLOUT_KINDS = [
  ['worker', 'worker: gRPC, threads, clocks, bags, sums, three arms'],
  ['bare', 'bare loop: the same rollouts in one Node process'],
  ['graph', 'Python onnxruntime: the bare graph on fixed rows'],
  ['host', 'Python onnxruntime: the host loop of models/'],
  ['torch', 'PyTorch: the same model and host loop'],
  ['delphi', 'PyTorch transformer of 2 M parameters, no cache'],
  ['cached', 'PyTorch transformer of 2 M parameters, KV cache'],
] as const;

type Kind = (typeof ROLLOUT_KINDS)[number][0];

/** Measures all kinds in turn, some rounds, and prints them. */
export async function benchRollouts(
  worker: Worker,
  bare: Peer,
  python: Peer | undefined,
  rounds: number,
): Promise<void> {
  const found = new Map<Kind, Measure[]>();
  await measureWorker(worker);
  await bare.measure();
  for (let round = 0; round < rounds; round++) {
    for (const [kind] of ROLLOUT_KINDS) {
      const measure =
        kind === 'worker'
          ? await measureWorker(worker)
          : await (kind === 'bare' ? bare.measure() : python?.measure(kind));
      if (measure !== undefined) found.set(kind, [...(found.get(kind) ?? []), measure]);
    }
  }
  report(found);
}

function report(found: ReadonlyMap<Kind, readonly Measure[]>): void {
  const ours = found.get('worker') ?? [];
  const eventsPerRow = median(ours.map(({ rows, events }) => events / rows));
  const eventsPerCpu = ({ rows, events, cpu }: Measure): number =>
    (events > 0 ? events : rows * eventsPerRow) / cpu;
  console.log(`events per second and core (CPU time); ${eventsPerRow.toFixed(2)} events per row`);
  for (const [kind, name] of ROLLOUT_KINDS) {
    const measures = found.get(kind);
    if (measures === undefined) {
      line(`  ${name}`, 'not measured');
      continue;
    }
    const speed = plain(median(measures.map(eventsPerCpu)));
    const factor = ratio(ours.map(eventsPerCpu), measures.map(eventsPerCpu));
    line(`  ${name}`, speed, kind === 'worker' ? '' : `worker ÷ this = ${plain(factor)}`);
  }
  const bare = found.get('bare') ?? [];
  const perRow =
    (pick: 'cpu' | 'wall') =>
    (measure: Measure): number =>
      measure[pick] / measure.rows;
  line(
    'worker ÷ bare loop, wall',
    plain(ratio(ours.map(perRow('wall')), bare.map(perRow('wall')))),
    'target ≤ 1.05',
  );
  line('worker ÷ bare loop, CPU', plain(ratio(ours.map(perRow('cpu')), bare.map(perRow('cpu')))));
  const graphShare = median(
    bare.map((measure) => Number((measure as { graph?: number }).graph) / measure.wall),
  );
  line('bare loop: share of its time in the graph', `${(100 * graphShare).toFixed(0)} %`);
}

/** Rows per second by the clock, on two engine threads against one. */
export async function benchScaling(one: Worker, two: Worker, rounds: number): Promise<void> {
  const speeds: [number[], number[]] = [[], []];
  await measureWorker(two);
  for (let round = 0; round < rounds; round++) {
    for (const [at, worker] of [one, two].entries()) {
      const { rows, wall } = await measureWorker(worker);
      speeds[at]?.push(rows / wall);
    }
  }
  line('two engine threads ÷ one, rows per second by the clock', plain(ratio(speeds[1], speeds[0])));
}
