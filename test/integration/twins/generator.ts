// A small trajectory generator behind the real gRPC contract: two competing exponential risks whose rate depends on the
// history, sampled per (seed, subject, sample). It answers leaves as the inference worker does, bit for bit again.
import { createHash } from 'node:crypto';
import { Server, ServerCredentials, type ServiceDefinition, status } from '@grpc/grpc-js';
import type { Cell } from '#proto/gen/twinward/v1/Cell.ts';
import type { DescribeResponse } from '#proto/gen/twinward/v1/DescribeResponse.ts';
import type { ExplainRequest__Output } from '#proto/gen/twinward/v1/ExplainRequest.ts';
import type { ExplainResponse } from '#proto/gen/twinward/v1/ExplainResponse.ts';
import type { Leaf } from '#proto/gen/twinward/v1/Leaf.ts';
import type { SimulateRequest__Output } from '#proto/gen/twinward/v1/SimulateRequest.ts';
import type { TrajectoryGeneratorHandlers } from '#proto/gen/twinward/v1/TrajectoryGenerator.ts';
import { loadDefinition, protoFiles } from '#proto/load.ts';
import { statusError } from '#proto/status.ts';

/** A running generator. */
export interface Generator {
  readonly target: string;
  readonly digest: string;
  readonly port: number;
  /** Requests that were answered. */
  readonly seen: SimulateRequest__Output[];
  close(): void;
}

const outcomes = ['mi', 'death', 'event-free'];

/** Intervention that halves the rate of `mi`. */
export const statin = { system: 'http://www.whocc.no/atc', code: 'C10AA05' };
/** Intervention that changes nothing. */
export const placebo = { system: 'http://www.whocc.no/atc', code: 'V07AY' };

/** Starts one; `port` 0 takes a free one. `logitSd` is what it says of the error of `mi`; 0 = unknown. */
export async function startGenerator(port = 0, digest = 'd'.repeat(64), logitSd = 0): Promise<Generator> {
  const seen: SimulateRequest__Output[] = [];
  const handlers: TrajectoryGeneratorHandlers = {
    Describe: (_call, callback) => callback(null, describe(digest, logitSd)),
    Tokenize: (_call, callback) => callback(null, {}),
    Explain: (call, callback) => callback(null, explain(call.request, digest)),
    Simulate: (call) => {
      if (call.request.bundleDigest !== digest) {
        call.destroy(
          statusError(status.FAILED_PRECONDITION, 'DIGEST_MISMATCH', 'another bundle is served') as Error,
        );
        return;
      }
      seen.push(call.request);
      const header = {
        bundleDigest: digest,
        engine: 'test-1/cpu',
        requestDigest: requestDigest(call.request),
        coverage: { mapped: call.request.history.length, ignored: 0, unmapped: 0, badUnit: 0 },
        warnings: [],
        outcomes,
      };
      call.write({ header, part: 'header' });
      for (const { from, to } of call.request.ranges) {
        for (let at = from; at < to; at += 64) call.write({ leaf: leafOf(call.request, at), part: 'leaf' });
      }
      call.write({ done: { unfinished: [], steps: '0', events: '0' }, part: 'done' });
      call.end();
    },
  };
  const server = new Server();
  server.addService(
    loadDefinition(protoFiles.twinward)['twinward.v1.TrajectoryGenerator'] as ServiceDefinition,
    handlers,
  );
  const bound = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`127.0.0.1:${port}`, ServerCredentials.createInsecure(), (error, free) =>
      error ? reject(error) : resolve(free),
    );
  });
  return { target: `127.0.0.1:${bound}`, digest, port: bound, seen, close: () => server.forceShutdown() };
}

/** The first event of a history raises every risk, the second lowers it. */
function explain({ risks, history }: ExplainRequest__Output, digest: string): ExplainResponse {
  const contributions = history.slice(0, 2).map((_, position) => ({
    part: 'CONTRIBUTION_PART_HOLDS' as const,
    title: `thing ${position}`,
    history: [position],
    logOdds: position === 0 ? 0.5 : -0.25,
  }));
  return {
    bundleDigest: digest,
    engine: 'test-1/cpu',
    outcomes: risks.map(({ outcome }) => ({ outcome, contributions, atRisk: true })),
    familiarity: {
      observed: 2,
      expected: 1.5,
      surprise: 0.8,
      years: 5,
      latest: [{ history: 0, pit: 0.4 }],
      flags: [],
    },
  };
}

function describe(digest: string, logitSd: number): DescribeResponse {
  const outcome = (name: string, calibrated: boolean) => ({
    name,
    title: name,
    calibrated,
    recurrent: false,
    logitSd,
  });
  const intervention = (code: { system: string; code: string }) => ({
    ...code,
    title: '',
    actions: ['ACTION_START' as const],
    effect: 'association',
  });
  return {
    model: 'trajectory',
    version: '1',
    bundleDigest: digest,
    task: 'Trajectory',
    engine: 'test-1/cpu',
    replayable: true,
    outcomes: [outcome('mi', true)],
    maxHorizonDays: 3_653,
    minAgeYears: 18,
    maxAgeYears: 100,
    minCoverage: 0.8,
    intendedUse: 'research',
    statement: '',
    members: 1,
    kappa: 1.3,
    interventions: [intervention(statin), intervention(placebo)],
  };
}

function requestDigest(request: SimulateRequest__Output): Buffer {
  const { ranges: _ranges, output: _output, priority: _priority, ...rest } = request;
  return createHash('sha256').update(JSON.stringify(rest)).digest();
}

/** A uniform number in (0, 1) for one purpose. */
function uniform(request: SimulateRequest__Output, sample: number, event: string): number {
  const digest = createHash('sha256')
    .update(`${request.seed}|${request.subjectKey.toString('hex')}|${sample}|${event}`)
    .digest();
  return (digest.readUInt32BE(0) + 0.5) / 2 ** 32;
}

function leafOf(request: SimulateRequest__Output, from: number): Leaf {
  const cells = new Map<string, Cell>();
  for (let sample = from; sample < from + 64; sample += 1) addSample(request, sample, cells);
  return { range: { from, to: from + 64 }, member: 0, cells: [...cells.values()] };
}

function addSample(request: SimulateRequest__Output, sample: number, cells: Map<string, Cell>): void {
  const clockMi = -Math.log(uniform(request, sample, 'mi'));
  const clockDeath = -Math.log(uniform(request, sample, 'death'));
  const base = 0.01 + 0.005 * request.history.length;
  const arms = request.scenarios.map((scenario) => {
    const halved = scenario.interventions.some((each) => each.code === statin.code);
    return { mi: halved ? base / 2 : base, death: 0.02 };
  });
  const horizons = request.horizonsDays.map((days) => days / 365.25);
  const values = arms.map((rate) => horizons.map((years) => sampleOf(rate, clockMi, clockDeath, years)));
  values.forEach((arm, scenario) => {
    arm.forEach((figures, horizon) => {
      figures.forEach((figure, outcome) => {
        const reference = values[0]?.[horizon]?.[outcome] ?? figure;
        add(cells, scenario, outcome, horizon, figure, {
          n: figure.n - reference.n,
          a: figure.a - reference.a,
        });
      });
    });
  });
}

interface Figure {
  readonly n: number;
  readonly a: number;
}

function sampleOf(
  rate: { readonly mi: number; readonly death: number },
  clockMi: number,
  clockDeath: number,
  years: number,
): readonly Figure[] {
  const mi = clockMi / rate.mi;
  const death = clockDeath / rate.death;
  const happened = mi < death && mi <= years;
  const died = death <= years;
  const observed = Math.min(years, death);
  const first = Math.min(mi, observed);
  const free = !happened && !died;
  return [
    { n: happened ? 1 : 0, a: rate.mi * first },
    { n: died ? 1 : 0, a: rate.death * observed },
    { n: free ? 1 : 0, a: 1 - (rate.mi + rate.death) * first },
  ];
}

function add(
  cells: Map<string, Cell>,
  scenario: number,
  outcome: number,
  horizon: number,
  own: Figure,
  paired: Figure,
): void {
  const key = `${scenario}|${outcome}|${horizon}`;
  const before = cells.get(key);
  const sum = (
    name: 'sN' | 'sA' | 'sNn' | 'sAa' | 'sNa' | 'dN' | 'dA' | 'dNn' | 'dAa' | 'dNa',
    value: number,
  ): number => Number(before?.[name] ?? 0) + value;
  cells.set(key, {
    scenario,
    outcome,
    horizon,
    n: (before?.n ?? 0) + 1,
    ineligible: 0,
    sN: sum('sN', own.n),
    sA: sum('sA', own.a),
    sNn: sum('sNn', own.n ** 2),
    sAa: sum('sAa', own.a ** 2),
    sNa: sum('sNa', own.n * own.a),
    dN: sum('dN', paired.n),
    dA: sum('dA', paired.a),
    dNn: sum('dNn', paired.n ** 2),
    dAa: sum('dAa', paired.a ** 2),
    dNa: sum('dNa', paired.n * paired.a),
  });
}
