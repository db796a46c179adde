// The shipped bundle in the real inference worker, asked by the real twin service.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { bundleFolder, fileSha256, STATIN, startWorker, type Worker } from '../inference/worker.ts';
import {
  aCondition,
  aHandle,
  aPatient,
  aTwin,
  deadline,
  openSource,
  type Stand,
  send,
  startStand,
  tenant,
  until,
} from './stand.ts';

describe('forecasts of the shipped model', { timeout: 300_000 }, () => {
  let stand: Stand;
  let worker: Worker;
  const handle = aHandle();
  const sha256 = fileSha256(join(bundleFolder, 'manifest.json'));
  const calibration = JSON.parse(readFileSync(join(bundleFolder, 'calibration.json'), 'utf8'));
  before(async () => {
    stand = await startStand();
    worker = await startWorker();
    for (const verb of ['get', 'whatif']) stand.rights.add(`dr ${verb}`);
    await worker.client.ready(60_000);
    await stand.control.call(
      'EnsureModels',
      {
        tenant: tenant('real'),
        models: [{ name: 'trajectory', uid: 'm', sha256, target: worker.address, ready: true }],
      },
      deadline,
    );
    await stand.control.call(
      'EnsureTwins',
      { tenant: tenant('real'), twins: [aTwin(handle, { outcomes: [] })] },
      deadline,
    );
  });
  after(async () => {
    await worker?.stop();
    await stand?.stop();
  });

  const state = async () =>
    (await stand.control.call('BatchGetTwins', { tenant: tenant('real'), handles: [handle] }, deadline))
      .states[0];

  it('a twin gets the calibrated outcomes at five years, and more disease raises the risk', async () => {
    const { ingest, lease } = await openSource(stand, 'real', 'ehr');
    const snomed = (id: string, code: string, time: string) => {
      const record = aCondition(id, 'p1', { code, time });
      return {
        ...record,
        events: (record.events ?? []).map((event) => ({ ...event, system: 'http://snomed.info/sct' })),
      };
    };
    await send(ingest, 'ehr', lease, [
      aPatient('p1', { handle, birth: '1955-05-05' }),
      snomed('c1', '59621000', '2018-01-01T00:00:00Z'),
    ]);
    await until(async () => (await state())?.update === 'UPDATE_STATE_CURRENT', 60_000);
    const read = async () =>
      (await stand.data('real', 'dr').call('GetTwin', { handle }, deadline)).predictions;
    const first = await read();
    const mi = first.find((prediction) => prediction.outcome === 'mi');
    assert.ok(mi !== undefined && mi.risk > 0 && mi.low < mi.risk && mi.risk < mi.high && mi.high < 1);
    const logit = (risk: number): number => Math.log(risk / (1 - risk));
    const { kappa, logitSd } = calibration;
    assert.ok(logit(mi.high) - logit(mi.low) >= 2 * 1.644 * kappa * logitSd['mi'], 'holds the model error');
    const reasons = (outcome: string) =>
      first.find((each) => each.outcome === outcome)?.warnings.map(({ reason }) => reason) ?? [];
    for (const outcome of ['mi', 'hospital-admission']) {
      assert.ok(reasons(outcome).includes('INTERVAL_INCLUDES_PARAMETER_UNCERTAINTY'), 'members differ');
      assert.ok(!reasons(outcome).includes('PARAMETER_UNCERTAINTY_NOT_INCLUDED'));
    }
    assert.equal(mi.modelSha256, sha256);
    assert.match(mi.engine, /^ort-/);
    assert.ok(first.length >= 4 && first.every((prediction) => prediction.horizonDays === 1_826.25));
    await send(ingest, 'ehr', lease, [snomed('c2', '44054006', '2019-01-01T00:00:00Z')]);
    await until(
      async () => (await state())?.revision === '2' && (await state())?.update === 'UPDATE_STATE_CURRENT',
      60_000,
    );
    const second = (await read()).find((prediction) => prediction.outcome === 'mi');
    assert.ok(
      second !== undefined && second.revision === '2' && second.risk > mi.risk,
      `${second?.risk} is not above ${mi.risk}`,
    );
    const diabetes = second.contributions.find(
      ({ part, events }) => part === 'CONTRIBUTION_PART_HOLDS' && events[0]?.code === '44054006',
    );
    assert.ok(diabetes !== undefined && diabetes.logOdds > 0.1, JSON.stringify(second.contributions));
    assert.ok(!mi.contributions.some(({ events }) => events.some(({ code }) => code === '44054006')));
  });

  it('says how well the model knows the record, and how old that is', async () => {
    const { fits } = await stand.data('real', 'dr').call('GetTwin', { handle }, deadline);
    assert.equal(fits.length, 1);
    const [fit] = fits;
    assert.ok(fit?.model === 'trajectory' && fit.years === 5 && fit.expected > 0 && fit.surprise > 0);
    const days = (Date.now() - Date.parse('2019-01-01T00:00:00Z')) / 86_400_000;
    assert.ok(Math.abs((fit.dataAgeDays ?? 0) - days) < 2, `${fit.dataAgeDays} days`);
  });

  it('a what-if question is paired: nothing changed gives exactly 0, and the same question the same bits', async () => {
    const request = {
      handle,
      model: '',
      horizonsDays: [1_826.25],
      outcomes: ['mi'],
      trajectories: 256,
      seed: 5,
      scenarios: [
        { name: 'usual' },
        { name: 'again' },
        { name: 'statin', interventions: [{ ...STATIN, action: 'ACTION_START' as const, atDays: 0 }] },
      ],
    };
    const ask = () => stand.data('real', 'dr').call('WhatIf', request, 60_000);
    const answer = await ask();
    const differences = (name: string) =>
      answer.risks.filter((risk) => risk.scenario === name).map((risk) => risk.difference);
    assert.ok(
      differences('again').length >= 3 && differences('again').every((difference) => difference === 0),
    );
    assert.ok(differences('statin').some((difference) => difference !== 0));
    assert.deepEqual((await ask()).risks, answer.risks);
    const reasons = answer.warnings.map(({ reason }) => reason);
    assert.ok(reasons.includes('INTERVAL_INCLUDES_PARAMETER_UNCERTAINTY'));
    assert.ok(!reasons.includes('EFFECT_PARAMETERS_COUNT_AS_EXACT'));
    const why = answer.contributions.find(({ outcome }) => outcome === 'mi')?.contributions ?? [];
    assert.ok(why.some(({ events }) => events[0]?.code === '44054006'));
    assert.ok(!answer.contributions.some(({ outcome }) => outcome === 'event-free'));
    assert.equal(answer.fit?.years, 5);
    const idle = (name: string) => answer.risks.find((risk) => risk.scenario === name)?.ineligible;
    assert.equal(idle('again'), 0);
  });
});
