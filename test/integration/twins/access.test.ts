// What is refused, and that the audit log says so.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect as connectHttp2 } from 'node:http2';
import { after, before, describe, it } from 'node:test';
import { reasonOf } from '#proto/status.ts';
import {
  aCondition,
  aHandle,
  aPatient,
  deadline,
  openSource,
  type Stand,
  send,
  startStand,
} from './stand.ts';

describe('refusals', { timeout: 300_000 }, () => {
  let stand: Stand;
  const handle = aHandle();
  before(async () => {
    stand = await startStand();
    for (const namespace of ['one', 'two']) {
      const { ingest, lease } = await openSource(stand, namespace, 'ehr');
      if (namespace === 'one')
        await send(ingest, 'ehr', lease, [aPatient('p1', { handle }), aCondition('c1', 'p1')]);
    }
  });
  after(async () => await stand?.stop());

  interface Entry {
    readonly kind: string;
    readonly actor: string;
    readonly handle: string;
  }

  const denied = async (namespace: string): Promise<readonly Entry[]> =>
    await stand.admin<Entry & Record<string, unknown>>(
      `SELECT e.kind, e.actor, e.handle FROM audit.entry e JOIN tw.tenant t USING (tenant_id)
       WHERE t.namespace = $1 AND e.outcome = 'Denied' ORDER BY e.audit_id`,
      [namespace],
    );

  it('audits who asked for what in the tenant of the caller, whatever the role', async () => {
    const calls = [
      () => stand.data('one', 'nurse').call('GetTwin', { handle }, deadline),
      () => stand.data('one', 'twinward-ingest').call('ListEvents', { handle }, deadline),
      () => stand.data('one', 'nurse').call('ClaimUnit', { runKey: 'x', holder: 'x' }, deadline),
      () => stand.data('one', 'twinward-ingest').call('CommitUnit', { runKey: 'x' }, deadline),
    ];
    for (const call of calls) {
      await assert.rejects(call(), (error) => /VERB_REQUIRED|ROLE_REQUIRED/.test(reasonOf(error)));
    }
    assert.deepEqual(
      (await denied('one'))
        .map((entry) => ({ ...entry }))
        .sort((a, b) => (`${a.kind}${a.actor}` < `${b.kind}${b.actor}` ? -1 : 1)),
      [
        { kind: 'get', actor: 'one/nurse', handle },
        { kind: 'get', actor: 'one/twinward-ingest', handle },
        { kind: 'simulate', actor: 'one/nurse', handle: '' },
        { kind: 'simulate', actor: 'one/twinward-ingest', handle: '' },
      ],
    );
  });

  it('audits who may not verify the audit log, nor erase, not even as a dry run', async () => {
    const outsider = stand.data('one', 'outsider');
    const erase = { handle, reason: 'asked for', dryRun: false, immediate: false };
    for (const call of [
      () => outsider.call('VerifyAudit', {}, deadline),
      () => outsider.call('EraseSubject', { ...erase, dryRun: true }, deadline),
      () => outsider.call('EraseSubject', erase, deadline),
    ]) {
      await assert.rejects(call(), (error) => reasonOf(error) === 'VERB_REQUIRED');
    }
    const entries = (await denied('one')).filter(({ actor }) => actor === 'one/outsider');
    assert.deepEqual(
      entries.map((entry) => [entry.kind, entry.handle]),
      [
        ['audit', ''],
        ['erase', handle],
        ['erase', handle],
      ],
    );
  });

  it('audits an erasure that is refused by its reason code, and that nothing was changed', async () => {
    stand.rights.add('officer erase');
    const officer = stand.data('two', 'officer');
    const { ingest, lease } = await openSource(stand, 'two', 'ehr');
    const held = aHandle();
    const unknown = aHandle();
    await send(ingest, 'ehr', lease, [aPatient('h1', { handle: held })]);
    await stand.admin('UPDATE tw.subject SET legal_hold = true WHERE handle = $1', [held]);
    const attempts = [
      { handle: held, reason: 'asked for', dryRun: false, want: 'LEGAL_HOLD' },
      { handle: held, reason: '', dryRun: true, want: 'LEGAL_HOLD' },
      { handle: unknown, reason: 'asked for', dryRun: false, want: 'SUBJECT_UNKNOWN' },
      { handle: unknown, reason: '', dryRun: true, want: 'SUBJECT_UNKNOWN' },
      { handle: held, reason: ' ', dryRun: false, want: 'BAD_REQUEST' },
    ];
    for (const { want, ...request } of attempts) {
      await assert.rejects(
        officer.call('EraseSubject', { ...request, immediate: true }, deadline),
        (error) => reasonOf(error) === want,
      );
    }
    await stand.admin('UPDATE tw.subject SET legal_hold = false WHERE handle = $1', [held]);
    await officer.call(
      'EraseSubject',
      { handle: held, reason: '', dryRun: true, immediate: false },
      deadline,
    );
    const entries = await stand.admin<Entry & { outcome: string } & Record<string, unknown>>(
      `SELECT kind, outcome, handle FROM audit.entry WHERE actor = 'two/officer' ORDER BY audit_id`,
    );
    assert.deepEqual(
      entries.map((entry) => [entry.kind, entry.outcome, entry.handle]),
      [
        ...attempts.map(({ dryRun, want, ...request }) => [
          dryRun ? 'erase-dry-run' : 'erase',
          want,
          request.handle,
        ]),
        ['erase-dry-run', 'Allowed', held],
      ],
    );
    const [subject] = await stand.admin('SELECT state FROM tw.subject WHERE handle = $1', [held]);
    assert.equal(subject?.['state'], 'active');
  });

  it('finds nothing of another namespace, even for somebody who may read all twins of their own', async () => {
    stand.rights.add('reader get');
    const there = stand.data('two', 'reader');
    for (const call of [
      () => there.call('GetTwin', { handle }, deadline),
      () => there.call('ListEvents', { handle }, deadline),
      () => there.call('ListPredictions', { handle }, deadline),
    ]) {
      await assert.rejects(call(), (error) => reasonOf(error) === 'SUBJECT_UNKNOWN');
    }
    assert.equal((await stand.data('one', 'reader').call('GetTwin', { handle }, deadline)).revision, '1');
  });

  it('refuses a caller by the headers alone: nothing of what they would send is read', async () => {
    const session = connectHttp2(`https://${stand.address}`, { ca: readFileSync(stand.caFile) });
    const answer = async (token: string): Promise<readonly unknown[]> => {
      const call = session.request({
        ':method': 'POST',
        ':path': '/twinward.v1.TwinData/GetTwin',
        'content-type': 'application/grpc',
        te: 'trailers',
        ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
      });
      const [headers] = await once(call, 'response', { signal: AbortSignal.timeout(5_000) });
      call.close();
      return [headers['grpc-status'], headers['twinward-reason']];
    };
    try {
      assert.deepEqual(await answer(''), ['16', 'TOKEN_MISSING']);
      assert.deepEqual(await answer('made-up'), ['16', 'TOKEN_REJECTED']);
    } finally {
      session.close();
    }
  });

  it('keeps text that is no handle out of reviews and out of the audit log', async () => {
    const text = 'Smith, John '.repeat(100_000);
    await assert.rejects(
      stand.data('two', 'nurse').call('GetTwin', { handle: text }, deadline),
      (error) => reasonOf(error) === 'BAD_REQUEST' && !String(error).includes('Smith'),
    );
    assert.deepEqual(await denied('two'), []);
  });
});
