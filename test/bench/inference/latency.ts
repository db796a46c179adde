// Latencies: health checks while the engine is saturated, and one patient's complete forecast.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { DescribeResponse__Output } from '#proto/gen/twinward/v1/DescribeResponse.ts';
import type { Leaf__Output } from '#proto/gen/twinward/v1/Leaf.ts';
import { aRequest, repository, simulate, type Worker } from '../../integration/inference/worker.ts';
import { line, median, plain, quantile } from './figures.ts';
import { cpuSecondsOf } from './rollouts.ts';
import { workload } from './workload.ts';

const FIVE_YEARS = 1_826;
const ENOUGH = 0.005;
const PILOT_SAMPLES = 4_096;
const CALLS = 40;
const LEAF = 64;

const HEALTH_ROUNDS = 3;

/** Health checks every 10 ms by another process while the engine has more than it can do. */
export async function benchHealth(worker: Worker): Promise<void> {
  const [took, late]: [number[], number[]] = [[], []];
  for (let round = 0; round < HEALTH_ROUNDS; round++) {
    const prober = fork(join(repository, 'test/bench/inference/health-main.ts'), [worker.address]);
    await once(prober, 'message');
    await Promise.all(workload(aRequest).map((request) => simulate(worker.client, request, 600_000)));
    const answer = once(prober, 'message');
    prober.send('end');
    const [found]: readonly { readonly took: number[]; readonly late: number[] }[] = await answer;
    took.push(...(found?.took ?? []));
    late.push(...(found?.late ?? []));
  }
  line('health check while saturated, p50', `${plain(median(took))} ms`, `${took.length} checks`);
  line('health check while saturated, p99', `${plain(quantile(took, 0.99))} ms`, 'target ≤ 20 ms');
  line("the prober's own timers were late by, p99", `${plain(quantile(late, 0.99))} ms`);
}

/** One patient's five-year forecast of every outcome, with as many samples as the worst of them needs. */
export async function benchForecast(worker: Worker): Promise<void> {
  const described: DescribeResponse__Output = await worker.client.call('Describe', {}, 30_000);
  const outcomes = described.outcomes
    .map(({ name }) => name)
    .filter((name) => !['death', 'event-free'].includes(name));
  const ask = async (samples: number): Promise<readonly Leaf__Output[]> => {
    const request = aRequest({ outcomes, horizonsDays: [FIVE_YEARS], ranges: [{ from: 0, to: samples }] });
    return (await simulate(worker.client, request, 600_000)).leaves;
  };
  const recurrent = new Set(
    described.outcomes.flatMap(({ recurrent: isCount }, outcome) => (isCount ? [outcome] : [])),
  );
  const samples = samplesFor(worstError(await ask(PILOT_SAMPLES), recurrent));
  const [took, spent]: [number[], number[]] = [[], []];
  for (let call = 0; call < CALLS; call++) {
    const cpu = await cpuSecondsOf(worker);
    const start = performance.now();
    await ask(samples);
    took.push(performance.now() - start);
    spent.push((await cpuSecondsOf(worker)) - cpu);
  }
  line(
    `5-year forecast of ${described.outcomes.length} outcomes, ${samples} samples, p50`,
    `${plain(median(took))} ms`,
    'target ≤ 60 ms on one core',
  );
  line('the same, p99', `${plain(quantile(took, 0.99))} ms`);
  line(
    "the same, the worker's CPU",
    `${plain(1_000 * median(spent))} ms`,
    'median; on an idle machine the latency',
  );
}

/** Whole leaves of samples for the wanted error. Many samples say what few need: few may miss what is rare. */
function samplesFor(pilotError: number): number {
  return Math.ceil((PILOT_SAMPLES * (pilotError / ENOUGH) ** 2) / LEAF) * LEAF;
}

/** Largest Monte-Carlo error of a risk: that of the count less its best multiple of count minus compensator. */
function worstError(leaves: readonly Leaf__Output[], recurrent: ReadonlySet<number>): number {
  const sums = new Map<number, { n: number; s: number[] }>();
  for (const cell of leaves.flatMap(({ cells }) => cells)) {
    const known = sums.get(cell.outcome) ?? { n: 0, s: [0, 0, 0, 0, 0] };
    const added = [cell.sN, cell.sA, cell.sNn, cell.sAa, cell.sNa];
    sums.set(cell.outcome, { n: known.n + cell.n, s: known.s.map((sum, at) => sum + (added[at] ?? 0)) });
  }
  // An expected number of admissions is no risk, and has no error in percentage points.
  const risks = [...sums].filter(([outcome]) => !recurrent.has(outcome));
  return Math.max(...risks.map(([, { n, s }]) => errorOf(n, s)));
}

function errorOf(
  n: number,
  [count = 0, hazard = 0, countSquare = 0, hazardSquare = 0, product = 0]: number[],
): number {
  const [meanN, meanA] = [count / n, hazard / n];
  const varN = countSquare / n - meanN ** 2;
  const varA = hazardSquare / n - meanA ** 2;
  const covariance = product / n - meanN * meanA;
  const varGap = varN + varA - 2 * covariance;
  const explained = varGap > 0 ? (varN - covariance) ** 2 / varGap : 0;
  return Math.sqrt(Math.max(0, varN - explained) / n);
}
