import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import pg from 'pg';
import { reasonOf } from '#proto/status.ts';
import { type Generator, startGenerator } from './generator.ts';
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
  until,
} from './stand.ts';

describe('erasure and audit', { timeout: 300_000 }, () => {
  let stand: Stand;
  let generator: Generator;
  before(async () => {
    stand = await startStand({ TWINWARD_ERASURE_GRACE: 'PT2S' });
    generator = await startGenerator();
    for (const verb of ['get', 'erase', 'audit', 'enrol']) stand.rights.add(`dr ${verb}`);
  });
  after(async () => {
    generator?.close();
    await stand?.stop();
  });

  interface Clinic {
    readonly ingest: Data;
    readonly lease: string;
    readonly dr: Data;
    readonly handle: string;
    readonly subjectId: number;
    readonly recordId: number;
  }

  async function clinic(namespace: string): Promise<Clinic> {
    const handle = aHandle();
    await stand.control.call(
      'EnsureModels',
      {
        tenant: tenant(namespace),
        models: [
          { name: 'trajectory', uid: 'm', sha256: generator.digest, target: generator.target, ready: true },
        ],
      },
      deadline,
    );
    await stand.control.call('EnsureTwins', { tenant: tenant(namespace), twins: [aTwin(handle)] }, deadline);
    const { ingest, lease } = await openSource(stand, namespace, 'ehr');
    const dr = stand.data(namespace, 'dr');
    await dr.call('Enrol', { handle, identifier: { system: 'urn:mrn', value: 'M1' } }, deadline);
    await send(ingest, 'ehr', lease, [
      aPatient('p1', { handle, identifier: 'M1' }),
      aCondition('c1', 'p1'),
      aPatient('p2', { handle: aHandle() }),
      aCondition('c2', 'p2'),
    ]);
    await send(ingest, 'ehr', lease, [aCondition('c1', 'p1', { code: 'I11', order: 2 })]);
    await until(
      async () =>
        (
          await stand.admin(
            'SELECT 1 FROM tw.prediction p JOIN tw.twin t USING (twin_id) WHERE t.handle = $1',
            [handle],
          )
        ).length > 0,
    );
    const [row] = await stand.admin<{ subject_id: string; record_id: string }>(
      'SELECT s.subject_id, r.record_id FROM tw.subject s JOIN vault.record r USING (subject_id) WHERE s.handle = $1',
      [handle],
    );
    return {
      ingest,
      lease,
      dr,
      handle,
      subjectId: Number(row?.subject_id),
      recordId: Number(row?.record_id),
    };
  }

  /** Rows that refer to a subject or its record, by table. Evidence of the erasure itself is not counted. */
  async function traces({ subjectId, recordId }: Clinic): Promise<Record<string, number>> {
    const columns = await stand.admin<{ place: string; column_name: string; data_type: string }>(
      `SELECT format('%I.%I', table_schema, table_name) AS place, column_name, data_type FROM information_schema.columns
       JOIN pg_class ON oid = format('%I.%I', table_schema, table_name)::regclass
       WHERE table_schema IN ('tw','vault','keyring') AND NOT relispartition AND column_name IN ('subject_id','record_id','subject_ids','record_ids')
         AND table_name <> 'erasure'`,
    );
    assert.ok(columns.length > 12);
    const found: Record<string, number> = {};
    for (const { place, column_name, data_type } of columns) {
      const id = column_name.startsWith('subject') ? subjectId : recordId;
      const where = data_type === 'ARRAY' ? `$1 = ANY(${column_name})` : `${column_name} = $1`;
      const [row] = await stand.admin<{ n: string }>(`SELECT count(*) AS n FROM ${place} WHERE ${where}`, [
        id,
      ]);
      if (Number(row?.n) > 0) found[`${place}.${column_name}`] = Number(row?.n);
    }
    return found;
  }

  it('removes a subject from every table, key included, prints a certificate and refuses re-import', async () => {
    const own = await clinic('erase');
    const dry = await own.dr.call('EraseSubject', { handle: own.handle, dryRun: true }, deadline);
    assert.equal(dry.state, 'DryRun');
    const before = await traces(own);
    assert.ok(Object.keys(before).length >= 10, JSON.stringify(before));
    const answer = await own.dr.call(
      'EraseSubject',
      { handle: own.handle, reason: 'asked by the patient', immediate: true },
      deadline,
    );
    assert.equal(answer.state, 'Erased');
    assert.deepEqual(await traces(own), {});
    const { 'keyring.dek': keys, ...removed } = answer.removed;
    assert.equal(keys, '1');
    assert.deepEqual(removed, dry.removed);
    assert.match(answer.certificate, /tw\.event +[1-9]/);
    assert.match(answer.certificate, /sha256 +[0-9a-f]{64}/);
    const again = await send(own.ingest, 'ehr', own.lease, [
      aPatient('p1', { handle: own.handle, identifier: 'M1' }),
      aCondition('c1', 'p1'),
      aPatient('p9', { identifier: 'M1' }),
      aCondition('c9', 'p9'),
      aCondition('c2', 'p2', { order: 5, code: 'Z' }),
    ]);
    assert.deepEqual(again.quarantinedByReason, { SUBJECT_SUPPRESSED: '4' });
    assert.equal(again.counts?.stored, '1', 'others go on');
    assert.deepEqual(await traces(own), {});
    assert.equal(
      (
        await stand.admin(
          `SELECT 1 FROM tw.quarantine WHERE reason = 'SUBJECT_SUPPRESSED' AND sealed IS NOT NULL`,
        )
      ).length,
      0,
    );
    await assert.rejects(
      own.dr.call('GetTwin', { handle: own.handle }, deadline),
      (error) => reasonOf(error) === 'SUBJECT_ERASED',
    );
    await assert.rejects(
      own.dr.call('Enrol', { handle: '', identifier: { system: 'urn:mrn', value: 'M1' } }, deadline),
      (error) => reasonOf(error) === 'SUBJECT_SUPPRESSED',
    );
    const repeat = await own.dr.call(
      'EraseSubject',
      { handle: own.handle, reason: 'again', immediate: true },
      deadline,
    );
    assert.equal(repeat.certificate, answer.certificate);
  });

  it('restricts at once, and erases when the grace period has passed', async () => {
    const own = await clinic('grace');
    const answer = await own.dr.call('EraseSubject', { handle: own.handle, reason: 'asked' }, deadline);
    assert.equal(answer.state, 'Restricted');
    await assert.rejects(
      own.dr.call('ListEvents', { handle: own.handle }, deadline),
      (error) => reasonOf(error) === 'SUBJECT_RESTRICTED',
    );
    const refused = await send(own.ingest, 'ehr', own.lease, [aCondition('c7', 'p1')]);
    assert.deepEqual(refused.quarantinedByReason, { SUBJECT_RESTRICTED: '1' });
    await new Promise((resolve) => setTimeout(resolve, 2_200));
    await stand.restartTwins();
    await until(async () => Object.keys(await traces(own)).length === 0);
  });

  it('legal hold wins', async () => {
    const own = await clinic('hold');
    await stand.admin('UPDATE tw.subject SET legal_hold = true WHERE subject_id = $1', [own.subjectId]);
    await assert.rejects(
      own.dr.call('EraseSubject', { handle: own.handle, reason: 'x', immediate: true }, deadline),
      (error) => reasonOf(error) === 'LEGAL_HOLD',
    );
    assert.equal((await own.dr.call('GetTwin', { handle: own.handle }, deadline)).events, '1');
  });

  it('repeats an erasure that a restored database does not know of', async () => {
    const own = await clinic('restore');
    const tables = ['tw.subject', 'vault.record', 'tw.event'];
    await Promise.all(
      tables.map((table) =>
        stand.admin(
          `CREATE TABLE public.${table.replace('.', '_')}_copy AS SELECT * FROM ${table} WHERE subject_id = ${own.subjectId}`,
        ),
      ),
    );
    await own.dr.call('EraseSubject', { handle: own.handle, reason: 'x', immediate: true }, deadline);
    await stand.admin('DELETE FROM tw.erasure WHERE handle = $1', [own.handle]);
    for (const table of tables)
      await stand.admin(
        `INSERT INTO ${table} OVERRIDING SYSTEM VALUE SELECT * FROM public.${table.replace('.', '_')}_copy`,
      );
    assert.ok(Object.keys(await traces(own)).length > 0);
    await stand.restartTwins();
    assert.deepEqual(await traces(own), {});
  });

  it('seals entries in the order of their transactions, also where the ids get a digit longer', async () => {
    const own = await clinic('digits');
    const blocker = new pg.Client({ connectionString: stand.postgres.adminUrl });
    await blocker.connect();
    try {
      // What an open transaction could still precede is not sealed: both entries come into one block.
      await blocker.query('BEGIN');
      const { rows } = await blocker.query<{ xid: string }>('SELECT pg_current_xact_id()::text AS xid');
      await own.dr.call('GetTwin', { handle: own.handle }, deadline);
      const longer = 10 ** (rows[0]?.xid ?? '').length;
      await stand.admin(
        `DO $$ BEGIN WHILE pg_current_xact_id()::text::bigint < ${longer} LOOP COMMIT; END LOOP; END $$`,
      );
      await own.dr.call('GetTwin', { handle: own.handle }, deadline);
      await blocker.query('COMMIT');
    } finally {
      await blocker.end();
    }
    const verify = () => own.dr.call('VerifyAudit', {}, deadline);
    await until(async () => (await verify()).unsealed === '0');
    const { firstBrokenBlock, firstAlteredEntry } = await verify();
    assert.deepEqual([firstBrokenBlock, firstAlteredEntry], ['0', '0']);
  });

  it('seals the audit log and names the altered entry', async () => {
    const own = await clinic('audit');
    await own.dr.call('GetTwin', { handle: own.handle }, deadline);
    const verify = () => own.dr.call('VerifyAudit', {}, deadline);
    await until(async () => (await verify()).unsealed === '0');
    const intact = await verify();
    assert.deepEqual([intact.firstBrokenBlock, intact.firstAlteredEntry], ['0', '0']);
    assert.ok(Number(intact.entries) >= 4 && Number(intact.blocks) >= 1);
    const [entry] = await stand.admin<{ audit_id: string }>(
      `SELECT audit_id FROM audit.entry JOIN tw.tenant USING (tenant_id) WHERE namespace = 'audit' AND kind = 'get'`,
    );
    await stand.admin(`UPDATE audit.entry SET actor = 'somebody' WHERE audit_id = $1`, [entry?.audit_id]);
    const broken = await verify();
    assert.notEqual(broken.firstBrokenBlock, '0');
    assert.equal(broken.firstAlteredEntry, entry?.audit_id);
    await assert.rejects(
      stand.service.inTenant(1, (session) =>
        session.query({ name: 'x', text: 'DELETE FROM audit.entry', scope: 'tenant' }),
      ),
      (error: Error) => 'code' in error && error.code === '42501',
    );
  });
});
