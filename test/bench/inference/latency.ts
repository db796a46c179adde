// Latencies: health checks while the engine is saturated, and one patient's complete forecast.
import { Client, credentials } from '@grpc/grpc-js';
import type { DescribeResponse__Output } from '#proto/gen/twinward/v1/DescribeResponse.ts';
import type { Leaf__Output } from '#proto/gen/twinward/v1/Leaf.ts';
import { aRequest, simulate, type Worker } from '../../integration/inference/worker.ts';
import { line, median, plain, quantile } from './figures.ts';
import { workload } from './workload.ts';

const FIVE_YEARS = 1_826;
const ENOUGH = 0.005;
const MOST_SAMPLES = 16_384;
const CALLS = 40;

/** Health checks every 10 ms while the engine has more than it can do. */
export async function benchHealth(worker: Worker): Promise<void> {
  const client = new Client(worker.address, credentials.createInsecure());
  const state = { isBusy: true };
  const load = Promise.all(
    workload(aRequest).map((request) => simulate(worker.client, request, 600_000)),
  ).then(() => {
    state.isBusy = false;
  });
  const took: number[] = [];
  while (state.isBusy) {
    const start = performance.now();
    await check(client);
    took.push(performance.now() - start);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  await load;
  client.close();
  line('health check while saturated, p50', `${plain(median(took))} ms`, `${took.length} checks`);
  line('health check while saturated, p99', `${plain(quantile(took, 0.99))} ms`, 'target ≤ 20 ms');
}

function check(client: Client): Promise<void> {
  const same = (bytes: Buffer): Buffer => bytes;
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest('/grpc.health.v1.Health/Check', same, same, Buffer.alloc(0), (error) =>
      error === null ? resolve() : reject(error),
    );
  });
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
  let samples = 256;
  while (samples < MOST_SAMPLES && worstError(await ask(samples), recurrent) > ENOUGH) samples += 256;
  const took: number[] = [];
  for (let call = 0; call < CALLS; call++) {
    const start = performance.now();
    await ask(samples);
    took.push(performance.now() - start);
  }
  line(
    `5-year forecast of ${described.outcomes.length} outcomes, ${samples} samples, p50`,
    `${plain(median(took))} ms`,
    'target ≤ 60 ms on one core',
  );
  line('the same, p99', `${plain(quantile(took, 0.99))} ms`);
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
