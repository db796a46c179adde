import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { reasonOf } from '#proto/status.ts';
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

describe('records', { timeout: 300_000 }, () => {
  let stand: Stand;
  before(async () => {
    stand = await startStand();
    stand.rights.add('dr get').add('dr enrol').add('dr audit');
  });
  after(async () => await stand?.stop());

  const rows = async (table: string): Promise<number> =>
    Number((await stand.admin<{ n: string }>(`SELECT count(*) AS n FROM ${table}`))[0]?.n);

  it('stores records, and importing the same again writes nothing', async () => {
    const { ingest, lease } = await openSource(stand, 'again', 'ehr');
    const handle = aHandle();
    const records = [
      aPatient('p1', { handle }),
      aCondition('c1', 'p1'),
      aCondition('c2', 'p1', { code: 'E11' }),
    ];
    const first = await send(ingest, 'ehr', lease, records, 'file-1');
    assert.deepEqual(first.counts, { received: '3', stored: '3', unchanged: '0', quarantined: '0' });
    const before = await Promise.all(
      ['tw.event', 'tw.resource', 'tw.resource_history', 'tw.subject_revision', 'audit.entry'].map(rows),
    );
    const second = await send(ingest, 'ehr', lease, records, 'file-1');
    assert.deepEqual(second.counts, { received: '3', stored: '0', unchanged: '3', quarantined: '0' });
    assert.equal(second.subjectsChanged, '0');
    assert.deepEqual(
      await Promise.all(
        ['tw.event', 'tw.resource', 'tw.resource_history', 'tw.subject_revision', 'audit.entry'].map(rows),
      ),
      before,
    );
    const opened = await ingest.call('OpenSync', { source: 'ehr', holder: 'pod-2' }, deadline);
    assert.equal(opened.cursor.toString(), 'file-1');
    const people = stand.data('again', 'dr');
    const stored = async () => (await people.call('GetTwin', { handle }, deadline)).records;
    assert.equal(await stored(), '3');
    await send(ingest, 'ehr', opened.lease, [aCondition('c2', 'p1', { order: 2, deleted: true })]);
    assert.equal(await stored(), '2');
  });

  it('a correction closes the old event and opens another revision; both can be read back', async () => {
    const { ingest, lease } = await openSource(stand, 'corrected', 'ehr');
    const handle = aHandle();
    await send(ingest, 'ehr', lease, [aPatient('p1', { handle }), aCondition('c1', 'p1')]);
    await send(ingest, 'ehr', lease, [aCondition('c1', 'p1', { code: 'I11', order: 2 })]);
    const people = stand.data('corrected', 'dr');
    const codes = async (revision: number): Promise<unknown> =>
      (await people.call('ListEvents', { handle, revision }, deadline)).events.map(
        ({ event }) => event?.code,
      );
    assert.deepEqual(await codes(1), ['I10']);
    assert.deepEqual(await codes(2), ['I11']);
    assert.deepEqual(await codes(0), ['I11']);
    await send(ingest, 'ehr', lease, [aCondition('c1', 'p1', { deleted: true, order: 3 })]);
    assert.deepEqual(await codes(0), []);
    assert.deepEqual(await codes(2), ['I11']);
    const late = await send(ingest, 'ehr', lease, [aCondition('c1', 'p1', { code: 'I12', order: 1 })]);
    assert.equal(late.counts?.unchanged, '1', 'an older version does not come back');
  });

  it('goes A, B, A: three versions are stored, not two', async () => {
    const { ingest, lease } = await openSource(stand, 'aba', 'ehr');
    const versions = [
      aCondition('c', 'p', { order: 1, text: 'A' }),
      aCondition('c', 'p', { order: 2, text: 'B', code: 'X' }),
      { ...aCondition('c', 'p', { order: 1, text: 'A' }), sourceOrder: 3 },
    ];
    const answer = await send(ingest, 'ehr', lease, versions);
    assert.equal(answer.counts?.stored, '3');
    const events = await stand.admin(
      `SELECT rev_from, rev_to FROM tw.event e JOIN tw.tenant t USING (tenant_id) WHERE t.namespace = 'aba' ORDER BY rev_from`,
    );
    assert.deepEqual(events, [
      { rev_from: 1, rev_to: 2 },
      { rev_from: 2, rev_to: 3 },
      { rev_from: 3, rev_to: 2_147_483_647 },
    ]);
  });

  it('binds a handle whether twin, feed or enrolment comes first', async () => {
    const { ingest, lease } = await openSource(stand, 'binding', 'ehr');
    const people = stand.data('binding', 'dr');
    const state = async (handle: string) =>
      (await stand.control.call('BatchGetTwins', { tenant: tenant('binding'), handles: [handle] }, deadline))
        .states[0];
    const [first, second, third] = [aHandle(), aHandle(), aHandle()];
    await stand.control.call(
      'EnsureTwins',
      { tenant: tenant('binding'), twins: [aTwin(first), aTwin(third)] },
      deadline,
    );
    assert.equal((await state(first))?.binding, 'BINDING_STATE_AWAITING_SUBJECT');
    await send(ingest, 'ehr', lease, [
      aCondition('c1', 'p1'),
      aPatient('p1', { handle: first }),
      aPatient('p2', { handle: second }),
      aPatient('p3', { identifier: 'MRN-3' }),
    ]);
    assert.equal((await state(first))?.binding, 'BINDING_STATE_BOUND');
    assert.equal((await state(first))?.revision, '1');
    await stand.control.call('EnsureTwins', { tenant: tenant('binding'), twins: [aTwin(second)] }, deadline);
    assert.equal((await state(second))?.binding, 'BINDING_STATE_BOUND');
    const enrolled = await people.call(
      'Enrol',
      { handle: third, identifier: { system: 'urn:mrn', value: 'MRN-3' } },
      deadline,
    );
    assert.deepEqual([enrolled.handle, enrolled.known], [third, true]);
    assert.equal((await state(third))?.binding, 'BINDING_STATE_BOUND');
    const early = await people.call(
      'Enrol',
      { handle: '', identifier: { system: 'urn:mrn', value: 'MRN-4' } },
      deadline,
    );
    assert.equal(early.known, false);
    await stand.control.call(
      'EnsureTwins',
      { tenant: tenant('binding'), twins: [aTwin(early.handle)] },
      deadline,
    );
    await send(ingest, 'ehr', lease, [aPatient('p4', { identifier: 'MRN-4' })]);
    assert.equal((await state(early.handle))?.binding, 'BINDING_STATE_BOUND');
    await assert.rejects(
      people.call(
        'Enrol',
        { handle: aHandle(), identifier: { system: 'urn:mrn', value: 'MRN-4' } },
        deadline,
      ),
      (error) => reasonOf(error) === 'HANDLE_CONFLICT',
    );
  });

  it('quarantines a handle that another patient of the source has, and heals when the feed is corrected', async () => {
    const { ingest, lease } = await openSource(stand, 'conflict', 'ehr');
    const handle = aHandle();
    await stand.control.call('EnsureTwins', { tenant: tenant('conflict'), twins: [aTwin(handle)] }, deadline);
    await send(ingest, 'ehr', lease, [aPatient('p1', { handle })]);
    const wrong = await send(ingest, 'ehr', lease, [aPatient('p2', { handle }), aCondition('c2', 'p2')]);
    assert.deepEqual(wrong.quarantinedByReason, { HANDLE_CONFLICT: '1' });
    assert.deepEqual(wrong.counts, { received: '2', stored: '1', unchanged: '0', quarantined: '1' });
    const state = async () =>
      (await stand.control.call('BatchGetTwins', { tenant: tenant('conflict'), handles: [handle] }, deadline))
        .states[0]?.binding;
    assert.equal(await state(), 'BINDING_STATE_CONFLICT');
    const again = await send(ingest, 'ehr', lease, [aPatient('p2', { handle }), aCondition('c2', 'p2')]);
    assert.deepEqual(again.counts, { received: '2', stored: '0', unchanged: '2', quarantined: '0' });
    const right = await send(ingest, 'ehr', lease, [aPatient('p2', { order: 2 })]);
    assert.equal(right.counts?.stored, '1');
    assert.equal(await state(), 'BINDING_STATE_BOUND');
  });

  it('joins the records of two sources by handle, and moves a record whose handle comes late', async () => {
    const one = await openSource(stand, 'merge', 'ehr');
    const two = await openSource(stand, 'merge', 'lab');
    const handle = aHandle();
    await send(one.ingest, 'ehr', one.lease, [aPatient('p1', { handle }), aCondition('c1', 'p1')]);
    await send(two.ingest, 'lab', two.lease, [aCondition('c9', 'x9', { code: 'E11' })]);
    await send(two.ingest, 'lab', two.lease, [aPatient('x9', { handle })]);
    const people = stand.data('merge', 'dr');
    const { events } = await people.call('ListEvents', { handle }, deadline);
    assert.deepEqual(events.map((each) => [each.event?.code, each.source]).sort(), [
      ['E11', 'lab'],
      ['I10', 'ehr'],
    ]);
    const twin = await people.call('GetTwin', { handle }, deadline);
    assert.deepEqual(twin.sources, ['ehr', 'lab']);
  });

  it('counts what ingest rejected, once', async () => {
    const { ingest, lease } = await openSource(stand, 'rejects', 'ehr');
    const item = {
      reason: 'MALFORMED_JSON',
      raw: Buffer.from('{'),
      position: 'f:0',
      itemKey: Buffer.from('f:0'),
    };
    const bad = {
      ...aCondition('c', 'p'),
      events: [{ ...aCondition('c', 'p').events?.[0], time: '2021-13-45T00:00:00Z' }],
    };
    const first = await send(ingest, 'ehr', lease, [bad, aCondition('d', 'p')], undefined, [item]);
    assert.deepEqual(first.quarantinedByReason, { IMPOSSIBLE_DATE: '1', MALFORMED_JSON: '1' });
    assert.deepEqual(first.counts, { received: '3', stored: '1', unchanged: '0', quarantined: '2' });
    const closed = await ingest.call(
      'CloseSync',
      { source: 'ehr', lease, failure: '', start: '', watermark: '', keepLease: true },
      deadline,
    );
    assert.equal(closed.state?.sync, 'SYNC_STATE_QUARANTINE_LIMIT');
    const second = await send(ingest, 'ehr', lease, [bad, aCondition('d', 'p')], undefined, [item]);
    assert.equal(second.counts?.unchanged, '3');
    const after = await ingest.call(
      'CloseSync',
      { source: 'ehr', lease, failure: '', start: '', watermark: '2026-01-01T00:00:00Z', keepLease: false },
      deadline,
    );
    assert.equal(after.state?.sync, 'SYNC_STATE_SUCCEEDED');
    assert.deepEqual(after.state?.quarantinedByReason, { IMPOSSIBLE_DATE: '1', MALFORMED_JSON: '1' });
    await assert.rejects(send(ingest, 'ehr', lease, []), (error) => reasonOf(error) === 'LEASE_LOST');
  });

  it('a research tenant moves every time of a subject by one secret number of days', async () => {
    const { ingest, lease } = await openSource(stand, 'research', 'ehr', { purpose: 'research' });
    const handle = aHandle();
    await send(ingest, 'ehr', lease, [
      aPatient('p1', { handle }),
      aCondition('c1', 'p1', { time: '2020-01-01T00:00:00Z' }),
      aCondition('c2', 'p1', { time: '2021-06-01T12:00:00Z' }),
    ]);
    const { events } = await stand.data('research', 'dr').call('ListEvents', { handle }, deadline);
    const [a, b] = events.map(({ event }) => Date.parse(event?.time ?? ''));
    assert.ok(a !== undefined && b !== undefined);
    assert.equal(b - a, Date.parse('2021-06-01T12:00:00Z') - Date.parse('2020-01-01T00:00:00Z'));
    const days = (Date.parse('2020-01-01T00:00:00Z') - a) / 86_400_000;
    assert.ok(Number.isInteger(days) && days >= 1 && days <= 365);
  });

  it('fixes the purpose at first use and notices a recreated namespace', async () => {
    await openSource(stand, 'fixed', 'ehr');
    const ask = (change: object) =>
      stand.control.call(
        'EnsureSources',
        { tenant: { ...tenant('fixed'), ...change }, sources: [] },
        deadline,
      );
    await assert.rejects(ask({ purpose: 'research' }), (error) => reasonOf(error) === 'PURPOSE_CHANGED');
    await assert.rejects(ask({ namespaceUid: 'uid-new' }), (error) => reasonOf(error) === 'TENANT_RECREATED');
    await ask({ namespaceUid: 'uid-new', adoptsNamespaceUid: 'uid-fixed' });
    await ask({ namespaceUid: 'uid-new' });
  });

  it('makes store-only twins with enrolment All, and a declared twin takes one over', async () => {
    const { ingest, lease } = await openSource(stand, 'everybody', 'ehr', { enrolment: 'All' });
    await send(ingest, 'ehr', lease, [aPatient('p1'), aPatient('p2'), aCondition('c1', 'p1')]);
    const twins = () =>
      stand.admin<{ handle: string; template: boolean }>(
        `SELECT w.handle, w.template FROM tw.twin w JOIN tw.tenant t USING (tenant_id) WHERE t.namespace = 'everybody'`,
      );
    assert.deepEqual(
      (await twins()).map((twin) => twin.template),
      [true, true],
    );
    const handle = aHandle();
    await stand.control.call(
      'EnsureTwins',
      { tenant: tenant('everybody'), twins: [aTwin(handle)] },
      deadline,
    );
    await send(ingest, 'ehr', lease, [aPatient('p1', { handle, order: 2 })]);
    const after = await twins();
    assert.deepEqual(after.map((twin) => twin.template).sort(), [false, true]);
    const person = await stand.data('everybody', 'dr').call('GetTwin', { handle }, deadline);
    assert.equal(person.events, '1');
  });

  it('keeps raw records, persons and cursors unreadable, and nothing of a person in logs or errors', async () => {
    const { ingest, lease } = await openSource(stand, 'canary', 'ehr');
    const canary = 'CANARY-7f3a';
    await send(
      ingest,
      'ehr',
      lease,
      [aPatient('p1', { identifier: canary, text: canary }), aCondition('c1', 'p1', { text: canary })],
      canary,
      [{ reason: 'MALFORMED_JSON', raw: Buffer.from(canary), position: 'f:1', itemKey: Buffer.from(canary) }],
    );
    await assert.rejects(
      send(ingest, 'unknown', lease, [aCondition('c2', 'p1', { text: canary })]),
      (error: Error) => reasonOf(error) === 'SOURCE_UNKNOWN' && !error.message.includes(canary),
    );
    const tables = await stand.admin<{ name: string }>(
      `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname IN ('tw','vault','audit','keyring')`,
    );
    for (const { name } of tables) {
      const hits = await stand.admin(
        `SELECT 1 FROM ${name} AS row WHERE row::text LIKE '%${canary}%' OR row::text LIKE '%${Buffer.from(canary).toString('hex')}%' LIMIT 1`,
      );
      assert.equal(hits.length, 0, `${name} holds the canary`);
    }
    assert.ok(!stand.lines.join('').includes(canary));
  });

  it('tells only changed keys, after a snapshot', async () => {
    const handle = aHandle();
    await stand.control.call('EnsureTwins', { tenant: tenant('watch'), twins: [aTwin(handle)] }, deadline);
    const seen: { name: string; snapshot: boolean }[] = [];
    let cursor = '';
    const stream = stand.control.serverStream('WatchChanges', { cursor: '' });
    stream.on('data', (message) => {
      cursor = message.cursor || cursor;
      for (const key of message.keys) seen.push({ name: key.name, snapshot: message.snapshot });
    });
    stream.on('error', () => undefined);
    await until(() => seen.some((key) => key.name === handle && key.snapshot) && cursor !== '');
    const { ingest, lease } = await openSource(stand, 'watch', 'ehr');
    await send(ingest, 'ehr', lease, [aPatient('p1', { handle })]);
    await until(() => seen.some((key) => key.name === handle && !key.snapshot));
    stream.cancel();
  });

  it('refuses who may not: no token, wrong role, missing verb, and audits the refusal', async () => {
    const { ingest } = await openSource(stand, 'rights', 'ehr');
    await assert.rejects(
      ingest.call('GetTwin', { handle: aHandle() }, deadline),
      (error) => reasonOf(error) === 'VERB_REQUIRED',
    );
    const nobody = stand.data('rights', 'nobody');
    await assert.rejects(
      nobody.call('EraseSubject', { handle: aHandle(), reason: 'x', immediate: true }, deadline),
      (error) => reasonOf(error) === 'VERB_REQUIRED',
    );
    await assert.rejects(
      nobody.call('OpenSync', { source: 'ehr', holder: 'x' }, deadline),
      (error) => reasonOf(error) === 'ROLE_REQUIRED',
    );
    await assert.rejects(stand.data('bad', '').call('VerifyAudit', {}, deadline), (error) =>
      ['VERB_REQUIRED', 'TOKEN_REJECTED'].includes(reasonOf(error)),
    );
    const denied = await stand.admin<{ kind: string; actor: string }>(
      `SELECT kind, actor FROM audit.entry WHERE outcome = 'Denied' AND actor = 'rights/nobody' ORDER BY audit_id`,
    );
    assert.deepEqual(denied, [
      { kind: 'erase', actor: 'rights/nobody' },
      { kind: 'ingest', actor: 'rights/nobody' },
    ]);
  });
});
