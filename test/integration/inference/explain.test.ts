// Explanations against the weights inside the committed graph, and against histories that lack an instant.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { CodedEvent } from '#proto/gen/twinward/v1/CodedEvent.ts';
import type { ExplainRequest } from '#proto/gen/twinward/v1/ExplainRequest.ts';
import type { ExplainResponse__Output } from '#proto/gen/twinward/v1/ExplainResponse.ts';
import { reasonOf } from '#proto/status.ts';
import { loadBundle } from '../../../workers/inference/bundle/load.ts';
import { Lane } from '../../../workers/inference/engine/lane.ts';
import { openGraph } from '../../../workers/inference/engine/onnx-graph.ts';
import { pass } from '../../../workers/inference/explanation/step.ts';
import type { FoldPlan, IndexState } from '../../../workers/inference/trajectory/fold.ts';
import { readHistory } from '../../../workers/inference/trajectory/prepare.ts';
import { RowBlock } from '../../../workers/inference/trajectory/rows.ts';
import {
  buildLexicon,
  historyPlan,
  instantsOf,
  tokenise,
} from '../../../workers/inference/trajectory/tokenise.ts';
import { weightsOf } from './onnx-weights.ts';
import { aRequest, bundleFolder, fileSha256, startWorker, untilReady, type Worker } from './worker.ts';

const bundle = loadBundle(bundleFolder, fileSha256(join(bundleFolder, 'manifest.json')));
const { vocabulary, model } = bundle;
const { ageAtIndexDays = 0, history = [] } = aRequest() as { ageAtIndexDays: number; history: CodedEvent[] };
const STATIN_START = 4;

const aQuestion = (change: Partial<ExplainRequest> = {}): ExplainRequest => ({
  model: 'trajectory',
  ...{ ageAtIndexDays, history },
  sex: 'SEX_MALE',
  observedFromDays: -4_000,
  risks: [{ outcome: 'mi', risk: 0 }],
  most: 100,
  ...change,
});

describe('Explain', () => {
  let worker: Worker;
  before(async () => {
    worker = await untilReady(await startWorker());
  });
  after(async () => {
    await worker.stop();
  });
  const explain = (change: Partial<ExplainRequest> = {}): Promise<ExplainResponse__Output> =>
    worker.client.call('Explain', aQuestion(change), 20_000);
  const mi = vocabulary.outcomes.find(({ name }) => name === 'mi');
  const event = vocabulary.events.find(({ name }) => name === mi?.events[0])?.index ?? -1;
  const indexOf = (position: number): number =>
    vocabulary.entries.find((entry) => entry.codes.some(({ code }) => code === history[position]?.code))
      ?.index ?? -1;

  it('gives to what holds exactly the weight that the graph has for it', async () => {
    assert.equal(mi?.events.length, 1);
    const members = bundle.graphs.map((graph) => weightsOf(graph, 'wide'));
    assert.ok(members.length > 1, 'an ensemble');
    for (const { shape } of members) assert.deepEqual(shape, [model.sizes.vocabulary, model.sizes.events]);
    const weightOf = (index: number): number =>
      mean(members.map(({ data }) => data[index * model.sizes.events + event] ?? Number.NaN));
    const answer = await explain();
    assert.equal(answer.bundleDigest, bundle.digest);
    const holds =
      answer.outcomes[0]?.contributions.filter(({ part }) => part === 'CONTRIBUTION_PART_HOLDS') ?? [];
    assert.ok(holds.length >= 5, `${holds.length} things hold`);
    const statin = holds.find((one) => one.history[0] === STATIN_START);
    assert.ok(statin !== undefined && statin.logOdds < -0.1, `a statin lowers the risk: ${statin?.logOdds}`);
    for (const position of [0, 1, STATIN_START]) {
      const found = holds.find((one) => one.history[0] === position);
      const weight = weightOf(indexOf(position));
      assert.ok(Math.abs((found?.logOdds ?? 0) - weight) < 2e-5, `${found?.logOdds} is not ${weight}`);
    }
    const sex = holds.find(({ title }) => title === 'Male');
    assert.ok(Math.abs((sex?.logOdds ?? 0) - weightOf(vocabulary.sex.male)) < 2e-5);
  });

  it('gives to an instant what the log-hazard loses when it is not folded in, all that holds kept', async () => {
    const sessions = await Promise.all(bundle.graphs.map((graph) => openGraph(graph, model)));
    const instants = instantsOf(
      tokenise(buildLexicon(vocabulary), readHistory(history.map(decoded))).tokens,
      ageAtIndexDays,
      [vocabulary.sex.male],
    );
    type Session = (typeof sessions)[number];
    const folded = async (session: Session, kept: typeof instants): Promise<IndexState> => {
      const plan: FoldPlan = {
        ageYears: ageAtIndexDays / 365.25,
        history: historyPlan(kept, [vocabulary.sex.male]),
      };
      const lane = new Lane(model, 16);
      const state = Promise.withResolvers<IndexState>();
      lane.addFold({ kind: 'fold', plan: plan as never, done: state.resolve, steps: 0 });
      while (lane.rows.count > 0) await lane.step(session);
      return state.promise;
    };
    const logHazard = async (session: Session, kept: typeof instants): Promise<number> => {
      const [state, { bag }] = [await folded(session, kept), await folded(session, instants)];
      const rows = new RowBlock(model.sizes, 16);
      rows.count = 1;
      rows.hidden.set(state.hidden);
      rows.now.set(state.now);
      rows.dt[0] = state.dtYears;
      rows.bag.set(bag);
      rows.age[0] = ageAtIndexDays / 365.25;
      const run = (inputs: Parameters<typeof session.infer>[0], outputs: readonly string[]) =>
        session.infer(inputs, outputs);
      return (await pass(rows, model, run, ['log_lambda']))['log_lambda']?.[event] ?? Number.NaN;
    };
    const answer = await explain();
    const found =
      answer.outcomes[0]?.contributions.filter(({ part }) => part === 'CONTRIBUTION_PART_INSTANT') ?? [];
    assert.equal(instants.length, history.length);
    assert.ok(found.length > 0);
    for (const { history: positions, logOdds } of found) {
      const without = instants.filter(({ sources }) => sources[0]?.position !== positions[0]);
      assert.equal(without.length, instants.length - 1);
      const losses: number[] = [];
      for (const session of sessions)
        losses.push((await logHazard(session, instants)) - (await logHazard(session, without)));
      const wanted = mean(losses);
      assert.ok(Math.abs(logOdds - wanted) < 2e-5, `instant of ${positions}: ${logOdds} is not ${wanted}`);
    }
    for (const session of sessions) await session.release();
  });

  it('scales with the risk, and keeps the largest', async () => {
    const [plain, scaled] = [
      await explain(),
      await explain({ risks: [{ outcome: 'mi', risk: 0.5 }], most: 2 }),
    ];
    const [first] = plain.outcomes[0]?.contributions ?? [];
    const [same] = scaled.outcomes[0]?.contributions ?? [];
    assert.equal(scaled.outcomes[0]?.contributions.length, 2);
    assert.ok(Math.abs((same?.logOdds ?? 0) / (first?.logOdds ?? 1) - Math.LN2 / 0.5) < 1e-6);
  });

  it('says that an outcome cannot happen again, and judges how well it knows the history', async () => {
    const had = vocabulary.events.find(({ excludes }) => excludes.includes(indexOf(0)));
    const outcome = vocabulary.outcomes.find(({ events }) => events.length === 1 && events[0] === had?.name);
    assert.ok(outcome);
    const { outcomes, familiarity, coverage } = await explain({
      risks: [{ outcome: outcome.name, risk: 0 }],
    });
    assert.deepEqual(outcomes, [{ outcome: outcome.name, contributions: [], atRisk: false }]);
    assert.equal(coverage?.mapped, history.length);
    assert.ok(familiarity && familiarity.years === 5 && familiarity.expected > 0);
    assert.ok(familiarity.surprise > 0 && familiarity.surprise <= 1);
    const short = await explain({ history: [], observedFromDays: -100, ageAtIndexDays: 365.25 * 10 });
    assert.deepEqual(
      short.familiarity?.flags.map(({ reason }) => reason),
      ['AGE_OUTSIDE_VALIDATED_RANGE', 'SHORT_HISTORY'],
    );
  });

  it('is surprised by a history that nobody has', async () => {
    const admission = vocabulary.entries.find(({ kind }) => kind === 'admission')?.codes[0];
    assert.ok(admission);
    const many = Array.from({ length: 60 }, (_, at) => ({
      ...admission,
      offsetDays: -30 * (at + 1),
      action: 'ACTION_OCCUR' as const,
    }));
    const { familiarity } = await explain({ history: many });
    assert.ok(
      familiarity && familiarity.surprise < 0.001,
      `${familiarity?.observed} of ${familiarity?.expected}`,
    );
    assert.ok(familiarity.flags.some(({ reason }) => reason === 'HISTORY_UNEXPECTED'));
    assert.equal(familiarity.latest.length, 5);
  });

  it('refuses what it cannot explain', async () => {
    for (const [change, reason] of [
      [{ risks: [] }, 'BAD_RANGE'],
      [{ risks: [{ outcome: 'event-free', risk: 0.5 }] }, 'OUTCOME_NOT_MODELLED'],
      [{ risks: [{ outcome: 'luck', risk: 0.5 }] }, 'OUTCOME_NOT_MODELLED'],
      [{ bundleDigest: 'f'.repeat(64) }, 'DIGEST_MISMATCH'],
      [{ most: 101 }, 'BAD_RANGE'],
      [{ observedFromDays: 1 }, 'BAD_RANGE'],
    ] as const) {
      await assert.rejects(explain(change as Partial<ExplainRequest>), (error) => reasonOf(error) === reason);
    }
  });
});

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

function decoded(event: CodedEvent): Parameters<typeof readHistory>[0][number] {
  const { number, concept, ...rest } = event;
  return { ucum: '', ...rest, ...(number === undefined ? {} : { number, value: 'number' }) } as Parameters<
    typeof readHistory
  >[0][number];
}
