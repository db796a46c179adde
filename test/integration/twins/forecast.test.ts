import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { reasonOf } from '#proto/status.ts';
import { systemClock } from '#runtime/clock.ts';
import { tenantStatement } from '../../../workers/twins/store/database.ts';
import { type DueRow, dueForData, duePriority, dueStatements } from '../../../workers/twins/store/due.ts';
import { type ForecastParts, forecast } from '../../../workers/twins/update/forecast.ts';
import { grpcTrajectories } from '../../../workers/twins/update/trajectories.ts';
import { createKeys } from '../../../workers/twins/vault/keys.ts';
import { type Generator, placebo, startGenerator, statin } from './generator.ts';
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

const allTwins = tenantStatement('test.allTwins', 'SELECT twin_id, subject_id, handle FROM tw.twin');
const allWaits = tenantStatement(
  'test.allWaits',
  `SELECT t.handle, extract(epoch FROM d.due_at - d.dirty_since)::float8 AS waits
   FROM tw.twin_due d JOIN tw.twin t USING (twin_id)`,
);

describe('forecasts', { timeout: 300_000 }, () => {
  let stand: Stand;
  let generator: Generator;
  before(async () => {
    stand = await startStand();
    generator = await startGenerator();
    for (const verb of ['get', 'whatif']) stand.rights.add(`dr ${verb}`);
  });
  after(async () => {
    generator?.close();
    await stand?.stop();
  });

  const serve = (namespace: string, change: object = {}) =>
    stand.control.call(
      'EnsureModels',
      {
        tenant: tenant(namespace),
        models: [
          {
            name: 'trajectory',
            uid: 'm',
            sha256: generator.digest,
            target: generator.target,
            ready: true,
            deleted: false,
            ...change,
          },
        ],
      },
      deadline,
    );
  const stateOf = async (namespace: string, handle: string) =>
    (await stand.control.call('BatchGetTwins', { tenant: tenant(namespace), handles: [handle] }, deadline))
      .states[0];
  const current = async (namespace: string, handle: string) => {
    await until(async () => (await stateOf(namespace, handle))?.update === 'UPDATE_STATE_CURRENT');
    return await stand.data(namespace, 'dr').call('GetTwin', { handle }, deadline);
  };

  it('forecasts a twin, and again with other figures when new records come', async () => {
    const handle = aHandle();
    await serve('update');
    await stand.control.call('EnsureTwins', { tenant: tenant('update'), twins: [aTwin(handle)] }, deadline);
    const { ingest, lease } = await openSource(stand, 'update', 'ehr');
    await send(ingest, 'ehr', lease, [aPatient('p1', { handle }), aCondition('c1', 'p1')]);
    const first = await current('update', handle);
    const mi = first.predictions.find((prediction) => prediction.outcome === 'mi');
    assert.ok(mi !== undefined && mi.low < mi.risk && mi.risk < mi.high && mi.current);
    assert.deepEqual(
      [mi.modelSha256, mi.engine, mi.level, mi.revision, mi.calibrated],
      [generator.digest, 'test-1/cpu', 0.9, '1', true],
    );
    assert.deepEqual(first.predictions.map((prediction) => prediction.outcome).sort(), [
      'death',
      'event-free',
      'mi',
    ]);
    assert.ok(mi.warnings.some((warning) => warning.reason === 'PARAMETER_UNCERTAINTY_NOT_INCLUDED'));
    assert.ok(mi.warnings.every((warning) => warning.reason !== 'INTERVAL_INCLUDES_MODEL_ERROR'));
    assert.equal(first.state?.freshness, 'FRESHNESS_FRESH');
    await send(ingest, 'ehr', lease, [
      aCondition('c2', 'p1', { code: 'E11' }),
      aCondition('c3', 'p1', { code: 'E78' }),
    ]);
    await until(async () => (await stateOf('update', handle))?.revision === '2');
    const second = await current('update', handle);
    const later = second.predictions.find((prediction) => prediction.outcome === 'mi');
    assert.ok(later !== undefined && later.risk > mi.risk && later.revision === '2');
    const request = generator.seen.at(-1);
    assert.equal(request?.sex, 'SEX_FEMALE');
    assert.ok(request?.history.every((event) => event.offsetDays <= 0));
  });

  it('keeps the old forecast and waits when the model is away, and goes on when it is back', async () => {
    const handle = aHandle();
    await serve('away', { ready: false });
    await stand.control.call('EnsureTwins', { tenant: tenant('away'), twins: [aTwin(handle)] }, deadline);
    const { ingest, lease } = await openSource(stand, 'away', 'ehr');
    await send(ingest, 'ehr', lease, [aPatient('p1', { handle }), aCondition('c1', 'p1')]);
    await until(async () => (await stateOf('away', handle))?.update === 'UPDATE_STATE_MODEL_UNAVAILABLE');
    assert.equal((await stateOf('away', handle))?.reasonCode, 'MODEL_NOT_READY');
    await serve('away');
    await current('away', handle);
  });

  it('names an outcome that is not modelled and a horizon that is too long', async () => {
    const [a, b] = [aHandle(), aHandle()];
    await serve('wrong');
    const { ingest, lease } = await openSource(stand, 'wrong', 'ehr');
    await send(ingest, 'ehr', lease, [aPatient('p1', { handle: a }), aPatient('p2', { handle: b })]);
    await stand.control.call(
      'EnsureTwins',
      {
        tenant: tenant('wrong'),
        twins: [
          aTwin(a, { outcomes: [{ name: 'gout', horizon: 'P5Y' }] }),
          aTwin(b, { outcomes: [{ name: 'mi', horizon: 'P30Y' }] }),
        ],
      },
      deadline,
    );
    await until(async () => (await stateOf('wrong', a))?.reasonCode === 'OUTCOME_NOT_MODELLED');
    await until(async () => (await stateOf('wrong', b))?.reasonCode === 'HORIZON_TOO_LONG');
    assert.equal((await stateOf('wrong', b))?.update, 'UPDATE_STATE_FAILED');
    await stand.control.call(
      'EnsureTwins',
      { tenant: tenant('wrong'), twins: [aTwin(a, { specHash: 'h2' })] },
      deadline,
    );
    await current('wrong', a);
  });

  it('a new bundle digest and a refresh are acted on; a deleted twin keeps or loses its predictions', async () => {
    const [keep, drop] = [aHandle(), aHandle()];
    await serve('life');
    const { ingest, lease } = await openSource(stand, 'life', 'ehr');
    await send(ingest, 'ehr', lease, [aPatient('p1', { handle: keep }), aPatient('p2', { handle: drop })]);
    const manual = aTwin(keep, { updateMode: 'Manual' });
    await stand.control.call(
      'EnsureTwins',
      { tenant: tenant('life'), twins: [manual, aTwin(drop, { deletionPolicy: 'Delete' })] },
      deadline,
    );
    await current('life', drop);
    assert.equal((await stateOf('life', keep))?.update, 'UPDATE_STATE_AWAITING_DATA');
    await stand.control.call(
      'EnsureTwins',
      { tenant: tenant('life'), twins: [{ ...manual, refresh: '7' }] },
      deadline,
    );
    await until(async () => (await stateOf('life', keep))?.lastHandledRefresh === '7');
    const other = await startGenerator(0, 'e'.repeat(64));
    await serve('life', { sha256: other.digest, target: other.target });
    await until(async () => (await stateOf('life', drop))?.models?.[0]?.sha256 === other.digest);
    other.close();
    const count = async (handle: string) =>
      Number(
        (
          await stand.admin(
            `SELECT count(*) AS n FROM tw.prediction p JOIN tw.twin t USING (twin_id) WHERE t.handle = $1`,
            [handle],
          )
        )[0]?.['n'],
      );
    assert.ok((await count(keep)) > 0 && (await count(drop)) > 1);
    const released = await stand.control.call(
      'RetainTwins',
      { tenant: tenant('life'), livingUids: [] },
      deadline,
    );
    assert.equal(released.released, '2');
    assert.equal(await count(drop), 0);
    assert.ok((await count(keep)) > 0);
    assert.equal(
      Number(
        (
          await stand.admin(
            `SELECT count(*) AS n FROM vault.record r JOIN tw.tenant t USING (tenant_id) WHERE t.namespace = 'life'`,
          )
        )[0]?.['n'],
      ),
      2,
      'records stay',
    );
  });

  it('a worker that lost its lease cannot finish, and newer data keep the twin due', async () => {
    const handle = aHandle();
    await openSource(stand, 'zombie', 'ehr');
    await serve('zombie', { ready: false });
    await stand.control.call('EnsureTwins', { tenant: tenant('zombie'), twins: [aTwin(handle)] }, deadline);
    const [row] = await stand.admin<{ tenant_id: number }>(
      `SELECT * FROM tw.tenant WHERE namespace = 'zombie'`,
    );
    assert.ok(row !== undefined);
    const trajectories = grpcTrajectories(systemClock());
    const parts: ForecastParts = {
      service: stand.service,
      keys: createKeys(stand.keyring, stand.kek),
      trajectories,
      sampling: { samples: 256, seed: 1 },
      now: () => new Date(),
    };
    const { ingest, lease } = await openSource(stand, 'zombie', 'ehr');
    await send(ingest, 'ehr', lease, [aPatient('p1', { handle })]);
    const own = {
      tenant_id: row.tenant_id,
      cluster_id: 'default',
      namespace: 'zombie',
      namespace_uid: '',
      purpose: 'clinical',
    } as const;
    await stand.admin('UPDATE tw.twin SET suspended = true WHERE handle <> $1', [handle]);
    const zombie: DueRow = {
      twin_id: Number(
        (await stand.admin(`SELECT twin_id FROM tw.twin WHERE handle = $1`, [handle]))[0]?.['twin_id'],
      ),
      wanted: 1,
      lease_no: -1,
      attempts: 1,
    };
    assert.equal(await forecast(parts, own, zombie, AbortSignal.timeout(20_000)), 'superseded');
    assert.equal(
      (await stand.admin('SELECT 1 FROM tw.prediction WHERE twin_id = $1', [zombie.twin_id])).length,
      0,
    );
    assert.equal(
      (await stand.admin('SELECT 1 FROM tw.twin_due WHERE twin_id = $1', [zombie.twin_id])).length,
      1,
      'it stays due',
    );
    await stand.admin(
      `UPDATE tw.twin_due SET lease_until = NULL, due_at = now(), wanted = 99 WHERE twin_id = $1`,
      [zombie.twin_id],
    );
    await stand.admin(`UPDATE tw.model SET ready = true WHERE tenant_id = $1`, [row.tenant_id]);
    await until(
      async () =>
        (await stand.admin('SELECT 1 FROM tw.prediction WHERE twin_id = $1', [zombie.twin_id])).length === 1,
    );
    trajectories.close();
  });

  it('waits for further records as long as the twin says, 0 included, and for a first forecast not longer', async () => {
    const cases = [
      { says: 0, done: 1, waits: 0 },
      { says: 3_600, done: 1, waits: 3_600 },
      { says: 3_600, done: 0, waits: 600 },
      { says: 0, done: 0, waits: 0 },
    ].map((entry) => ({ ...entry, handle: aHandle() }));
    const { ingest, lease } = await openSource(stand, 'debounce', 'ehr');
    await stand.control.call(
      'EnsureTwins',
      {
        tenant: tenant('debounce'),
        twins: cases.map(({ handle, says }) => aTwin(handle, { debounceSeconds: says })),
      },
      deadline,
    );
    await send(
      ingest,
      'ehr',
      lease,
      cases.map(({ handle }, index) => aPatient(`p${index}`, { handle })),
    );
    for (const { handle, done } of cases)
      await stand.admin('UPDATE tw.twin SET done_rev = $1 WHERE handle = $2', [done, handle]);
    const [row] = await stand.admin<{ tenant_id: number }>(
      `SELECT tenant_id FROM tw.tenant WHERE namespace = 'debounce'`,
    );
    const waits = await stand.service.inTenant(row?.tenant_id ?? 0, async (session) => {
      const twins = await session.query<{ twin_id: number; subject_id: number; handle: string }>(
        allTwins,
        [],
      );
      await session.query(dueStatements.drop, [twins.map(({ twin_id }) => twin_id)]);
      const subjects = twins.map(({ subject_id }) => subject_id);
      await dueForData(session, subjects, duePriority.data, { debounceSeconds: 600, maxWaitSeconds: 7_200 });
      return await session.query<{ handle: string; waits: number }>(allWaits, []);
    });
    assert.deepEqual(
      Object.fromEntries(waits.map((found) => [found.handle, found.waits])),
      Object.fromEntries(cases.map((entry) => [entry.handle, entry.waits])),
    );
  });

  it('a schedule runs by its cron, and a cron that is none is named', async () => {
    const [good, bad] = [aHandle(), aHandle()];
    await serve('cron');
    const { ingest, lease } = await openSource(stand, 'cron', 'ehr');
    await send(ingest, 'ehr', lease, [aPatient('p1', { handle: good }), aPatient('p2', { handle: bad })]);
    await stand.control.call(
      'EnsureTwins',
      {
        tenant: tenant('cron'),
        twins: [
          aTwin(good, { updateMode: 'Schedule', cron: '* * * * * *' }),
          aTwin(bad, { updateMode: 'Schedule', cron: 'often' }),
        ],
      },
      deadline,
    );
    await until(async () => (await stateOf('cron', bad))?.reasonCode === 'BAD_SPEC');
    await until(async () => (await stateOf('cron', good))?.freshness === 'FRESHNESS_FRESH');
  });

  it('a research tenant forecasts with true ages and offsets, though its times are moved', async () => {
    const handle = aHandle();
    await stand.control.call(
      'EnsureModels',
      {
        tenant: tenant('science', 'research'),
        models: [
          { name: 'trajectory', uid: 'm', sha256: generator.digest, target: generator.target, ready: true },
        ],
      },
      deadline,
    );
    await stand.control.call(
      'EnsureTwins',
      { tenant: tenant('science', 'research'), twins: [aTwin(handle)] },
      deadline,
    );
    const { ingest, lease } = await openSource(stand, 'science', 'ehr', { purpose: 'research' });
    await send(ingest, 'ehr', lease, [
      aPatient('p1', { handle, birth: '1961-02-03' }),
      aCondition('c1', 'p1', { time: '2020-03-01T00:00:00Z' }),
    ]);
    const today = Date.parse(new Date().toISOString().slice(0, 10));
    const age = (today - Date.parse('1961-02-03')) / 86_400_000;
    await until(() => generator.seen.some((request) => request.ageAtIndexDays === age));
    const request = generator.seen.find((each) => each.ageAtIndexDays === age);
    assert.equal(request?.history[0]?.offsetDays, (Date.parse('2020-03-01') - today) / 86_400_000);
  });

  it('answers what-if questions with paired differences; a null intervention gives exactly 0', async () => {
    const handle = aHandle();
    await serve('question');
    await stand.control.call('EnsureTwins', { tenant: tenant('question'), twins: [aTwin(handle)] }, deadline);
    const { ingest, lease } = await openSource(stand, 'question', 'ehr');
    await send(ingest, 'ehr', lease, [aPatient('p1', { handle }), aCondition('c1', 'p1')]);
    const scenario = (name: string, code?: object) => ({
      name,
      interventions: code === undefined ? [] : [{ ...code, action: 'ACTION_START' as const, atDays: 0 }],
    });
    const request = {
      handle,
      model: '',
      scenarios: [scenario('usual'), scenario('statin', statin), scenario('placebo', placebo)],
      horizonsDays: [365.25, 1_826.25],
      outcomes: ['mi'],
      trajectories: 512,
      seed: 3,
    };
    const dr = stand.data('question', 'dr');
    const answer = await dr.call('WhatIf', request, deadline);
    const risk = (name: string) =>
      answer.risks.find((each) => each.scenario === name && each.outcome === 'mi' && each.horizonDays > 400);
    assert.ok((risk('statin')?.differenceHigh ?? 0) < 0);
    assert.deepEqual(
      [risk('placebo')?.difference, risk('placebo')?.differenceLow, risk('placebo')?.differenceHigh],
      [0, 0, 0],
    );
    assert.deepEqual(
      (await dr.call('WhatIf', request, deadline)).risks,
      answer.risks,
      'the same question gives the same answer',
    );
    await assert.rejects(
      dr.call('WhatIf', { ...request, outcomes: ['gout'] }, deadline),
      (error) => reasonOf(error) === 'OUTCOME_NOT_MODELLED',
    );
  });
});
