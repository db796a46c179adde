// What goes into quarantine, and what comes out of it: a corrected record, a corrected file, a file that is gone.
import assert from 'node:assert/strict';
import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import pg from 'pg';
import { systemClock } from '#runtime/clock.ts';
import { createLog } from '#runtime/log.ts';
import { migrate, neededSchema } from '../../../workers/twins/migrate.ts';
import { createKeys } from '../../../workers/twins/vault/keys.ts';
import { unseal } from '../../../workers/twins/vault/seal.ts';
import {
  aHandle,
  aTwin,
  deadline,
  openSource,
  type Stand,
  startStand,
  tenant,
  until,
} from '../twins/stand.ts';
import { scanFolder } from './pipeline.ts';
import { makePodFolders, startIngest } from './pod.ts';

interface Row extends Record<string, unknown> {
  readonly tenant_id: number;
  readonly item_key: string;
  readonly reason: string;
  readonly resolution: string | null;
  readonly resolved_at: Date | null;
  readonly sealed: Buffer | null;
}

/** The part of a bundle that breaks off. */
const broken = '{"resource": {"resourceType": "Patient", "id": ';
const malformed = `{"resourceType": "Bundle", "entry": [${broken}`;

function anObservation(id: string, more: object = {}): object {
  return {
    resourceType: 'Observation',
    id,
    status: 'final',
    subject: { reference: 'Patient/p' },
    code: { coding: [{ system: 'http://loinc.org', code: '8480-6' }] },
    effectiveDateTime: '2020-01-01',
    valueQuantity: { value: 120, code: 'mm[Hg]' },
    ...more,
  };
}

function bundle(...resources: object[]): string {
  return JSON.stringify({
    resourceType: 'Bundle',
    type: 'collection',
    entry: resources.map((resource) => ({ resource })),
  });
}

const impossible = { effectiveDateTime: '2024-02-30' };
const version = (lastUpdated: string) => ({ meta: { lastUpdated } });

describe('quarantine', { timeout: 300_000 }, () => {
  let stand: Stand;
  before(async () => {
    stand = await startStand();
    stand.rights.add('dr get');
  });
  after(async () => await stand?.stop());

  const state = async (namespace: string) =>
    (await stand.control.call('BatchGetSources', { tenant: tenant(namespace), names: ['ehr'] }, deadline))
      .states[0];
  const totals = async (namespace: string): Promise<readonly number[]> => {
    const { received, stored, unchanged, quarantined } = (await state(namespace))?.totals ?? {};
    return [received, stored, unchanged, quarantined].map(Number);
  };
  const reasons = async (namespace: string) => ({ ...(await state(namespace))?.quarantinedByReason });
  const rows = (namespace: string) =>
    stand.admin<Row>(
      `SELECT q.* FROM tw.quarantine q JOIN tw.tenant t USING (tenant_id) WHERE t.namespace = $1 ORDER BY q.at, q.position`,
      [namespace],
    );
  const resolutions = async (namespace: string) => (await rows(namespace)).map((row) => row.resolution);
  const stored = async (namespace: string): Promise<number> =>
    Number(
      (
        await stand.admin<{ n: string }>(
          'SELECT count(*) AS n FROM tw.resource r JOIN tw.tenant t USING (tenant_id) WHERE t.namespace = $1',
          [namespace],
        )
      )[0]?.n,
    );
  const textOf = async (row: Row | undefined): Promise<string> => {
    assert.ok(row?.sealed instanceof Buffer);
    const { seal } = await createKeys(stand.keyring, stand.kek).ofTenant(row.tenant_id);
    return unseal(seal, row.sealed, `quarantine|${row.item_key}`).toString();
  };

  interface Feed {
    readonly path: string;
    write(name: string, content: string): Promise<void>;
    remove(name: string): Promise<void>;
    scan(salt?: string): ReturnType<typeof scanFolder>;
  }

  /** A source and its folder; each write is a minute younger than the one before. */
  async function aFeed(test: TestContext, namespace: string): Promise<Feed> {
    const path = await mkdtemp(join(tmpdir(), 'quarantine-'));
    test.after(() => rm(path, { recursive: true, force: true }));
    const { ingest } = await openSource(stand, namespace, 'ehr');
    let minutes = 0;
    return {
      path,
      write: async (name, content) => {
        await writeFile(join(path, name), content);
        minutes += 1;
        await utimes(join(path, name), new Date(), new Date(Date.now() + minutes * 60_000));
      },
      remove: (name) => rm(join(path, name)),
      scan: (salt = '') => scanFolder(ingest, 'ehr', path, { salt }),
    };
  }

  it('a malformed file that is corrected: its records are stored, the item is history, its bytes stay sealed', async (test) => {
    const { write, scan } = await aFeed(test, 'corrected');
    await write('a.json', malformed);
    const first = await scan();
    assert.deepEqual([first.received, first.quarantined], [1, 1]);
    assert.deepEqual(await totals('corrected'), [1, 0, 0, 1]);
    assert.deepEqual(await reasons('corrected'), { MALFORMED_JSON: '1' });
    const [before] = await rows('corrected');
    assert.ok(!before?.sealed?.includes('Patient'));
    assert.equal(await textOf(before), broken);

    await write('a.json', bundle({ resourceType: 'Patient', id: 'p' }, anObservation('o')));
    const second = await scan();
    assert.deepEqual([second.received, second.stored, second.quarantined], [2, 2, 0]);
    assert.deepEqual(await totals('corrected'), [2, 2, 0, 0]);
    assert.deepEqual(await reasons('corrected'), {});
    assert.equal(await stored('corrected'), 2);
    const [kept] = await rows('corrected');
    assert.equal(kept?.resolution, 'CORRECTED');
    assert.ok(kept?.resolved_at instanceof Date);
    assert.deepEqual(kept?.sealed, before?.sealed);
    assert.equal(await textOf(kept), broken);
  });

  it('only the items of a file that are read well leave; another bad item in its place takes it', async (test) => {
    const { write, scan } = await aFeed(test, 'partly');
    await write('a.ndjson', '{one\n{two\n{three\n');
    await scan();
    await write('a.ndjson', `${JSON.stringify(anObservation('o'))}\n{two\n{other\n`);
    const report = await scan();
    assert.deepEqual([report.received, report.stored, report.unchanged, report.quarantined], [3, 1, 1, 1]);
    assert.deepEqual(await totals('partly'), [4, 1, 1, 2]);
    await write('a.ndjson', `${JSON.stringify(anObservation('o'))}\n{two\n`);
    await scan();
    assert.deepEqual(await reasons('partly'), { MALFORMED_JSON: '1' });
  });

  it('a file that is removed: its items are resolved as removed; the same file again opens them again', async (test) => {
    const { write, remove, scan } = await aFeed(test, 'removed');
    await write('a.json', malformed);
    await write('b.json', malformed);
    await scan();
    assert.deepEqual(await totals('removed'), [2, 0, 0, 2]);
    await remove('a.json');
    assert.equal((await scan()).received, 0);
    assert.deepEqual(await totals('removed'), [1, 0, 0, 1]);
    assert.deepEqual((await resolutions('removed')).sort(), ['REMOVED', null]);
    await write('a.json', malformed);
    assert.equal((await scan()).quarantined, 1);
    assert.deepEqual(await totals('removed'), [2, 0, 0, 2]);
    assert.deepEqual(await resolutions('removed'), [null, null]);
  });

  it('items of a removed file are resolved even when the cursor of the source was lost', async (test) => {
    const { write, remove, scan } = await aFeed(test, 'lost');
    await write('a.json', malformed);
    await scan();
    await remove('a.json');
    await scan('another fingerprint');
    assert.deepEqual(await totals('lost'), [0, 0, 0, 0]);
    assert.deepEqual(await resolutions('lost'), ['REMOVED']);
  });

  it('a later version of the record in another file resolves it, whatever is read again; an earlier one does not', async (test) => {
    const { write, remove, scan } = await aFeed(test, 'versions');
    const bad = anObservation('o', { ...impossible, ...version('2026-02-02T00:00:00Z') });
    const older = anObservation('o', version('2026-01-01T00:00:00Z'));
    const newer = anObservation('o', version('2026-03-03T00:00:00Z'));
    await write('2.json', bundle(bad));
    await scan();
    await write('1.json', bundle(older));
    await scan();
    assert.deepEqual(await reasons('versions'), { IMPOSSIBLE_DATE: '1' });
    await write('3.json', bundle(newer));
    await scan();
    assert.deepEqual(await reasons('versions'), {});
    for (const salt of ['one', 'two']) {
      const report = await scan(salt);
      assert.deepEqual([report.received, report.stored, report.quarantined], [3, 0, 0]);
    }
    assert.deepEqual(await reasons('versions'), {});
    await remove('2.json');
    await scan();
    assert.deepEqual(await resolutions('versions'), ['CORRECTED']);
  });

  it('a claim of a handle ends with the file that made it', async (test) => {
    const { write, remove, scan } = await aFeed(test, 'claims');
    const handle = aHandle();
    await stand.control.call('EnsureTwins', { tenant: tenant('claims'), twins: [aTwin(handle)] }, deadline);
    const identifier = [{ system: 'https://twinward.io/handle', value: handle }];
    const binding = async () =>
      (await stand.control.call('BatchGetTwins', { tenant: tenant('claims'), handles: [handle] }, deadline))
        .states[0]?.binding;
    await write('a.json', bundle({ resourceType: 'Patient', id: 'p', identifier }));
    await scan();
    await write('b.json', bundle({ resourceType: 'Patient', id: 'q', identifier }));
    await scan();
    assert.deepEqual(await reasons('claims'), { HANDLE_CONFLICT: '1' });
    assert.equal(await binding(), 'BINDING_STATE_CONFLICT');
    await remove('b.json');
    await scan();
    assert.deepEqual(await reasons('claims'), {});
    assert.equal(await binding(), 'BINDING_STATE_BOUND');
  });

  it('a source over its limit stays failed while nothing new comes, until what was put aside is mended', async (test) => {
    const { write, remove, scan } = await aFeed(test, 'limit');
    await write('a.json', malformed);
    await scan();
    assert.equal((await state('limit'))?.sync, 'SYNC_STATE_QUARANTINE_LIMIT');
    await scan();
    assert.equal((await state('limit'))?.sync, 'SYNC_STATE_QUARANTINE_LIMIT');
    await remove('a.json');
    await scan();
    assert.equal((await state('limit'))?.sync, 'SYNC_STATE_SUCCEEDED');
  });

  it('the process mends what was malformed, and what was removed, in a folder that it watches', async (test) => {
    await openSource(stand, 'process', 'ehr');
    const folders = await makePodFolders(stand, 'process');
    const malformedToo = '{"resourceType": "Bundle"';
    await writeFile(join(folders.data, 'a.json'), malformed);
    await writeFile(join(folders.data, 'b.json'), malformedToo);
    const { child, exited, output } = startIngest(stand, folders, { TWINWARD_SCAN_INTERVAL_SECONDS: '1' });
    test.after(async () => {
      child.kill('SIGKILL');
      await exited;
      await folders.remove();
    });
    const comesTo = async (want: readonly number[]) =>
      await until(async () => JSON.stringify(await totals('process')) === JSON.stringify(want), 40_000).catch(
        async () => assert.fail(`${await totals('process')}, not ${want}: ${output()}`),
      );
    await comesTo([2, 0, 0, 2]);
    await writeFile(join(folders.data, 'a.json'), bundle({ resourceType: 'Patient', id: 'p' }));
    await comesTo([2, 1, 0, 1]);
    await rm(join(folders.data, 'b.json'));
    await comesTo([1, 1, 0, 0]);
    const found = (await rows('process')).map((row) => [row.reason, row.resolution]);
    assert.deepEqual(found.sort(), [
      ['MALFORMED_JSON', 'CORRECTED'],
      ['MALFORMED_JSON', 'REMOVED'],
    ]);
    child.kill('SIGTERM');
    assert.equal(await exited, 0, output());
  });

  it('the bytes of a resolved item go when the retention of raw records has passed', async (test) => {
    const { write, remove, scan } = await aFeed(test, 'retention');
    await write('a.json', malformed);
    await write('b.json', malformed);
    await scan();
    await remove('a.json');
    await scan();
    await stand.admin(
      `UPDATE tw.source SET spec = spec || '{"rawRetentionDays": 7}' FROM tw.tenant t
       WHERE t.tenant_id = source.tenant_id AND t.namespace = 'retention'`,
    );
    await scan();
    assert.ok((await rows('retention')).every((row) => row.sealed !== null));
    await stand.admin(`UPDATE tw.quarantine q SET resolved_at = now() - interval '8 days', at = now() - interval '9 days'
      FROM tw.tenant t WHERE t.tenant_id = q.tenant_id AND t.namespace = 'retention' AND resolved_at IS NOT NULL`);
    await scan();
    const kept = (await rows('retention')).map((row) => [row.resolution, row.sealed !== null]);
    assert.deepEqual(kept, [
      ['REMOVED', false],
      [null, true],
    ]);
  });

  it('what an earlier schema put aside is mended as well', async (test) => {
    const { write, remove, scan } = await aFeed(test, 'upgraded');
    await write('a.json', malformed);
    await write('b.json', malformed);
    await scan();
    const owner = new pg.Client({ connectionString: stand.postgres.migrateUrl });
    await owner.connect();
    test.after(() => owner.end());
    await owner.query(`ALTER TABLE tw.quarantine DROP COLUMN resolved_at, DROP COLUMN resolution, DROP COLUMN record_key,
      DROP COLUMN source_order, DROP COLUMN file, DROP COLUMN item`);
    await owner.query('DELETE FROM public.twinward_schema WHERE version > 7');
    const log = createLog({ name: 'test', destination: { write: () => undefined } });
    assert.equal(await migrate(stand.postgres.migrateUrl, log, systemClock()), neededSchema);
    assert.deepEqual(await totals('upgraded'), [2, 0, 0, 2]);
    await write('a.json', bundle(anObservation('o')));
    await remove('b.json');
    await scan();
    assert.deepEqual(await totals('upgraded'), [1, 1, 0, 0]);
    assert.deepEqual((await resolutions('upgraded')).sort(), ['CORRECTED', 'REMOVED']);
  });
});
