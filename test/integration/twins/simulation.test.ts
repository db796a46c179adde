import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { ClaimUnitResponse__Output } from '#proto/gen/twinward/v1/ClaimUnitResponse.ts';
import type { SimulationSpec } from '#proto/gen/twinward/v1/SimulationSpec.ts';
import type { SubjectLeaves } from '#proto/gen/twinward/v1/SubjectLeaves.ts';
import { reasonOf } from '#proto/status.ts';
import { systemClock } from '#runtime/clock.ts';
import { grpcTrajectories } from '../../../workers/twins/update/trajectories.ts';
import { type Generator, placebo, startGenerator, statin } from './generator.ts';
import {
  aCondition,
  aHandle,
  aPatient,
  aTwin,
  type Data,
  deadline,
  openSource,
  type Stand,
  send,
  startStand,
  tenant,
} from './stand.ts';

const people = 60;
/** Error of `mi` on the logit scale, as the generator describes it. */
const modelError = 0.2;
/** Where no model answers. */
const nobody = '127.0.0.1:1';

describe('simulations', { timeout: 300_000 }, () => {
  let stand: Stand;
  let generator: Generator;
  const trajectories = grpcTrajectories(systemClock());
  before(async () => {
    stand = await startStand({ TWINWARD_UPDATE_WORKERS: '1', TWINWARD_SUBJECT_STREAMS: 'Handle' });
    generator = await startGenerator(0, 'd'.repeat(64), modelError);
    stand.rights.add('dr get').add('dr erase');
  });
  after(async () => {
    trajectories.close();
    generator?.close();
    await stand?.stop();
  });

  const handles = Array.from({ length: people }, aHandle);

  async function serve(
    namespace: string,
    target = generator.target,
    ready = target === generator.target,
  ): Promise<void> {
    const model = { name: 'trajectory', uid: 'm', sha256: generator.digest, target, ready };
    await stand.control.call('EnsureModels', { tenant: tenant(namespace), models: [model] }, deadline);
  }

  async function clinic(namespace: string): Promise<Data> {
    await serve(namespace);
    const { ingest, lease } = await openSource(stand, namespace, 'ehr');
    const twins = handles.map((handle) => aTwin(handle, { updateMode: 'Manual' }));
    await stand.control.call('EnsureTwins', { tenant: tenant(namespace), twins }, deadline);
    const records = handles.flatMap((handle, i) => [
      aPatient(`p${i}`, { handle, birth: `${1940 + i}-01-01` }),
      aCondition(`c${i}`, `p${i}`, { code: i % 2 === 0 ? 'E11' : 'I10' }),
    ]);
    await send(ingest, 'ehr', lease, records);
    await ingest.call(
      'CloseSync',
      { source: 'ehr', lease, failure: '', start: '', watermark: '', keepLease: false },
      deadline,
    );
    return stand.data(namespace, 'twinward-simulate');
  }

  const aSpec = (change: Partial<SimulationSpec> = {}): SimulationSpec => ({
    model: 'trajectory',
    modelSha256: '',
    cohort: { criteria: [], maxSubjects: 1_000 },
    subjects: 'cohort',
    horizon: 'P5Y',
    trajectories: 128,
    seed: 7,
    baseline: 'usual',
    scenarios: [
      { name: 'statin', interventions: [{ action: 'Start', ...statin, after: 'P0D', value: '', unit: '' }] },
      { name: 'usual', interventions: [] },
      {
        name: 'placebo',
        interventions: [{ action: 'Start', ...placebo, after: 'P0D', value: '', unit: '' }],
      },
    ],
    outcomes: ['mi'],
    ...change,
  });

  function aTwinSpec(twin: string, trajectories = 128): SimulationSpec {
    const { cohort: _cohort, ...rest } = aSpec({ trajectories });
    return { ...rest, twin, subjects: 'twin' };
  }

  const freeze = (namespace: string, name: string, spec: SimulationSpec, uid = `uid-${name}`) =>
    stand.control.call(
      'FreezeSimulation',
      { tenant: tenant(namespace), name, uid, spec, asOf: '2026-11-01' },
      deadline,
    );
  const finalize = (namespace: string, runKey: string) =>
    stand.control.call('FinalizeSimulation', { tenant: tenant(namespace), runKey }, deadline);

  async function leavesOf(unit: ClaimUnitResponse__Output): Promise<SubjectLeaves[]> {
    return await Promise.all(
      unit.subjects.map(async ({ ordinal, request }) => {
        assert.ok(request !== null);
        const { header, leaves } = await trajectories.simulate(generator.target, request);
        return {
          ordinal,
          requestDigest: header.requestDigest,
          leaves: [...leaves].reverse(),
          excluded: '',
          outcomes: header.outcomes,
        };
      }),
    );
  }

  async function work(simulate: Data, runKey: string, holder: string): Promise<number> {
    for (let done = 0; ; done += 1) {
      const unit = await simulate.call('ClaimUnit', { runKey, holder }, deadline);
      if (unit.unit === '') return done;
      const subjects = await leavesOf(unit);
      await simulate.call(
        'CommitUnit',
        { runKey, unit: unit.unit, lease: unit.lease, result: { subjects, engine: 'test-1/cpu' } },
        deadline,
      );
    }
  }

  async function run(
    namespace: string,
    name: string,
    spec: SimulationSpec,
    workers: number,
  ): Promise<string> {
    const simulate = await clinic(namespace);
    const { frozen } = await freeze(namespace, name, spec);
    assert.ok(frozen);
    await Promise.all(Array.from({ length: workers }, (_, i) => work(simulate, frozen.runKey, `w${i}`)));
    return frozen.runKey;
  }

  it('gives identical bits with one and with four workers, and exactly 0 for a null intervention', async () => {
    const keys = [await run('one', 'sim', aSpec(), 1), await run('four', 'sim', aSpec(), 4)];
    const [one, four] = await Promise.all([finalize('one', keys[0] ?? ''), finalize('four', keys[1] ?? '')]);
    assert.equal(one.state, 'RUN_STATE_SUCCEEDED', JSON.stringify(one));
    assert.deepEqual(four.results, one.results);
    const digests = await Promise.all(
      ['one', 'four'].map(
        async (namespace) =>
          await stand.data(namespace, 'dr').call('GetResults', { simulation: 'sim' }, deadline),
      ),
    );
    assert.equal(digests[0]?.digest, digests[1]?.digest);
    assert.match(digests[0]?.digest ?? '', /^[0-9a-f]{64}$/);
    const result = (scenario: string) =>
      one.results.find((each) => each.scenario === scenario && each.outcome === 'mi');
    assert.deepEqual(
      [result('placebo')?.difference, result('placebo')?.differenceLow, result('placebo')?.differenceHigh],
      ['0.0000', '0.0000', '0.0000'],
    );
    assert.ok(Number(result('statin')?.differenceHigh) < 0);
    // The error of the model is the same in every subject: it is in the mean of the cohort at full size.
    const { low, high, risk } = result('usual') ?? {};
    const logit = (text = ''): number => Math.log(Number(text) / (1 - Number(text)));
    const half = 1.645 * 1.3 * modelError;
    assert.ok(logit(risk) - logit(low) > 0.99 * half && logit(high) - logit(risk) > 0.99 * half);
    assert.ok(logit(high) - logit(low) < 2.2 * half, 'the Monte-Carlo error of a cohort is small');
    assert.deepEqual(
      digests.map((each) => each.warnings.map(({ reason }) => reason)),
      Array.from({ length: 2 }, () => [
        'INTERVAL_INCLUDES_MODEL_ERROR',
        'PARAMETER_UNCERTAINTY_NOT_INCLUDED',
        'EFFECT_PARAMETERS_COUNT_AS_EXACT',
      ]),
    );
    assert.match(digests[0]?.warnings[1]?.message ?? '', /for death, event-free$/);
    assert.deepEqual(
      [result('usual')?.difference, result('usual')?.subjects, result('usual')?.calibration],
      ['', String(people), 'Calibrated'],
    );
    assert.equal((await stand.admin('SELECT 1 FROM tw.sim_result')).length, 0, 'per-subject sums are gone');
  });

  for (const [when, atFreeze, atEnd] of [
    ['away at the end', true, false],
    ['away at the freeze', false, true],
  ] as const) {
    it(`makes the same result when the model is ${when}`, async () => {
      const name = `pinned-${String(atFreeze)}`;
      try {
        await serve('one', atFreeze ? generator.target : nobody);
        const { frozen } = await freeze('one', name, aSpec({ seed: atFreeze ? 21 : 22 }));
        assert.ok(frozen);
        await work(stand.data('one', 'twinward-simulate'), frozen.runKey, 'w');
        await serve('one', atEnd ? generator.target : nobody);
        const { state, results } = await finalize('one', frozen.runKey);
        assert.equal(state, 'RUN_STATE_SUCCEEDED');
        const mi = results.find((each) => each.outcome === 'mi' && each.scenario === 'usual');
        assert.equal(mi?.calibration, 'Calibrated');
        assert.ok(Number(mi.high) - Number(mi.low) > 2 * modelError * Number(mi.risk));
      } finally {
        await serve('one');
      }
    });
  }

  it('waits with the result for a model that is served and does not answer yet', async () => {
    try {
      await serve('one', nobody);
      const { frozen } = await freeze('one', 'late', aSpec({ seed: 23 }));
      assert.ok(frozen);
      await work(stand.data('one', 'twinward-simulate'), frozen.runKey, 'w');
      await serve('one', nobody, true);
      const early = await finalize('one', frozen.runKey);
      assert.deepEqual([early.state, early.unitsCompleted === early.unitsTotal], ['RUN_STATE_RUNNING', true]);
      await serve('one');
      const { results } = await finalize('one', frozen.runKey);
      assert.ok(results.some((each) => each.calibration === 'Calibrated'));
    } finally {
      await serve('one');
    }
  });

  it('says NotCalibrated when nobody can tell any more what the model was', async () => {
    try {
      await serve('one', nobody);
      const { frozen } = await freeze('one', 'gone', aSpec({ seed: 24 }));
      assert.ok(frozen);
      await work(stand.data('one', 'twinward-simulate'), frozen.runKey, 'w');
      const { state, results } = await finalize('one', frozen.runKey);
      assert.equal(state, 'RUN_STATE_SUCCEEDED');
      assert.ok(results.every((each) => each.calibration === 'NotCalibrated'));
      const people = await stand.data('one', 'dr').call('GetResults', { simulation: 'gone' }, deadline);
      assert.ok(people.warnings.some(({ reason }) => reason === 'PARAMETER_UNCERTAINTY_NOT_INCLUDED'));
    } finally {
      await serve('one');
    }
  });

  it('returns the same freeze for a repeat, and the stored answer for a recreated object', async () => {
    const again = await freeze('one', 'sim', aSpec());
    const recreated = await freeze('one', 'sim', aSpec(), 'uid-new');
    assert.equal(again.frozen?.runKey, recreated.frozen?.runKey);
    assert.equal(recreated.frozen?.reused, true);
    const other = await freeze('one', 'sim-8', aSpec({ seed: 8 }));
    assert.notEqual(other.frozen?.runKey, again.frozen?.runKey);
    assert.equal(other.frozen?.snapshot, again.frozen?.snapshot);
  });

  it('refuses what cannot be run, with a reason and the remedy', async () => {
    const refusals = [
      {
        name: 'few',
        spec: aSpec({ cohort: { criteria: [], minAgeYears: 82, maxSubjects: 1_000 } }),
        want: 'TOO_FEW_SUBJECTS',
      },
      { name: 'many', spec: aSpec({ cohort: { criteria: [], maxSubjects: 12 } }), want: 'TOO_MANY_SUBJECTS' },
      { name: 'outcome', spec: aSpec({ outcomes: ['gout'] }), want: 'OUTCOME_NOT_MODELLED' },
      { name: 'horizon', spec: aSpec({ horizon: 'P30Y' }), want: 'HORIZON_TOO_LONG' },
      {
        name: 'intervention',
        spec: aSpec({
          baseline: '',
          scenarios: [
            {
              name: 'x',
              interventions: [{ action: 'Start', system: 's', code: 'c', after: 'P0D', value: '', unit: '' }],
            },
          ],
        }),
        want: 'INVALID_SCENARIO',
      },
      { name: 'baseline', spec: aSpec({ baseline: 'none' }), want: 'INVALID_SCENARIO' },
      { name: 'twin', spec: aTwinSpec(aHandle()), want: 'SUBJECT_NOT_FOUND' },
      { name: 'model', spec: aSpec({ model: 'other' }), want: 'MODEL_NOT_FOUND' },
    ];
    for (const { name, spec, want } of refusals) {
      const { refused } = await freeze('one', name, spec);
      assert.equal(refused?.reason, want);
      assert.ok((refused?.message.length ?? 0) > 20);
    }
  });

  it('chooses by code and age at the day', async () => {
    const cohort = {
      criteria: [
        { system: 'http://hl7.org/fhir/sid/icd-10', code: 'E11', presence: 'Present' },
        { system: 'http://hl7.org/fhir/sid/icd-10', code: 'I10', presence: 'Absent' },
      ],
      minAgeYears: 40,
      maxAgeYears: 80,
      maxSubjects: 0,
    };
    const { frozen } = await freeze('one', 'aged', aSpec({ cohort }));
    const wanted = handles.filter(
      (_, i) => i % 2 === 0 && 2026 - (1940 + i) <= 80 && 2026 - (1940 + i) >= 40,
    ).length;
    assert.equal(frozen?.subjects, String(wanted));
    const counted = await stand.data('one', 'dr').call('QueryCohort', { cohort }, deadline);
    assert.equal(counted.subjects, String(wanted));
    assert.equal(
      (
        await stand
          .data('one', 'dr')
          .call('QueryCohort', { cohort: { ...cohort, minAgeYears: 79 } }, deadline)
      ).subjects,
      '0',
      'fewer than 11 are not told',
    );
  });

  it('shows no result of one twin to the operator, only to people', async () => {
    const spec = aTwinSpec(handles[0] ?? '', 256);
    const simulate = stand.data('one', 'twinward-simulate');
    const { frozen } = await freeze('one', 'single', spec);
    assert.ok(frozen && Number(frozen.unitsTotal) > 1, 'cut by samples');
    await Promise.all([work(simulate, frozen.runKey, 'a'), work(simulate, frozen.runKey, 'b')]);
    const final = await finalize('one', frozen.runKey);
    assert.deepEqual([final.state, final.results.length], ['RUN_STATE_SUCCEEDED', 0]);
    const results = await stand.data('one', 'dr').call('GetResults', { simulation: 'single' }, deadline);
    assert.ok(results.results.some((each) => each.outcome === 'mi' && Number(each.risk) > 0));
  });

  it('fences leases, compares a second commit, and fails the run for other bits on the same engine', async () => {
    const simulate = stand.data('one', 'twinward-simulate');
    const { frozen } = await freeze('one', 'fence', aSpec({ seed: 99 }));
    assert.ok(frozen);
    const { runKey } = frozen;
    const first = await simulate.call('ClaimUnit', { runKey, holder: 'a' }, deadline);
    const subjects = await leavesOf(first);
    const commit = (lease: string, engine: string, given = subjects) =>
      simulate.call(
        'CommitUnit',
        { runKey, unit: first.unit, lease, result: { subjects: given, engine } },
        deadline,
      );
    await new Promise((resolve) => setTimeout(resolve, 2_100));
    const second = await simulate.call('ClaimUnit', { runKey, holder: 'b' }, deadline);
    assert.equal(second.unit, first.unit, 'an expired lease is given on');
    await assert.rejects(commit(first.lease, 'test-1/cpu'), (error) => reasonOf(error) === 'LEASE_LOST');
    await assert.rejects(
      simulate.call('ExtendUnit', { runKey, unit: first.unit, lease: first.lease }, deadline),
      (error) => reasonOf(error) === 'LEASE_LOST',
    );
    await assert.rejects(
      commit(second.lease, 'test-1/cpu', subjects.slice(1)),
      (error) => reasonOf(error) === 'BAD_RANGE',
    );
    await assert.rejects(
      commit(
        second.lease,
        'test-1/cpu',
        subjects.map((each) => ({ ...each, leaves: (each.leaves ?? []).slice(1) })),
      ),
      (error) => reasonOf(error) === 'BAD_RANGE',
    );
    assert.equal((await commit(second.lease, 'test-1/cpu')).duplicate, false);
    assert.equal((await commit(first.lease, 'test-1/cpu')).duplicate, true);
    const third = await simulate.call('ClaimUnit', { runKey, holder: 'c' }, deadline);
    await assert.rejects(
      simulate.call(
        'CommitUnit',
        {
          runKey,
          unit: third.unit,
          lease: third.lease,
          result: { subjects: await leavesOf(third), engine: 'test-2/gpu' },
        },
        deadline,
      ),
      (error) => reasonOf(error) === 'ENGINE_MISMATCH',
    );
    const changed = subjects.map((each) => ({
      ...each,
      leaves: (each.leaves ?? []).map((leaf) => ({
        ...leaf,
        cells: (leaf.cells ?? []).map((cell) => ({ ...cell, sA: Number(cell.sA) + 1e-9 })),
      })),
    }));
    await assert.rejects(
      commit(second.lease, 'test-1/cpu', changed),
      (error) => reasonOf(error) === 'NONDETERMINISTIC_RESULT',
    );
    const final = await finalize('one', runKey);
    assert.deepEqual([final.state, final.reason], ['RUN_STATE_FAILED', 'NONDETERMINISTIC_RESULT']);
    assert.equal((await simulate.call('ClaimUnit', { runKey, holder: 'd' }, deadline)).finished, true);
  });

  it('counts a subject that is erased during the run as withdrawn', async () => {
    const simulate = stand.data('four', 'twinward-simulate');
    const { frozen } = await freeze('four', 'erasing', aSpec({ seed: 5 }));
    assert.ok(frozen);
    const unit = await simulate.call('ClaimUnit', { runKey: frozen.runKey, holder: 'a' }, deadline);
    await simulate.call(
      'CommitUnit',
      {
        runKey: frozen.runKey,
        unit: unit.unit,
        lease: unit.lease,
        result: { subjects: await leavesOf(unit), engine: 'test-1/cpu' },
      },
      deadline,
    );
    for (const handle of handles.slice(0, 3))
      await stand
        .data('four', 'dr')
        .call('EraseSubject', { handle, reason: 'asked', immediate: true }, deadline);
    await work(simulate, frozen.runKey, 'b');
    const final = await finalize('four', frozen.runKey);
    assert.deepEqual([final.state, final.withdrawn], ['RUN_STATE_SUCCEEDED', '3']);
    assert.equal(final.results[0]?.subjects, String(people - 3));
  });
});
