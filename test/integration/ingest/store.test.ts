import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { aHandle, deadline, openSource, type Stand, startStand, tenant, until } from '../twins/stand.ts';
import { scanFolder } from './pipeline.ts';
import { makePodFolders, startIngest } from './pod.ts';

const synthea = fileURLToPath(new URL('../../../../shared/data/synthea-r4/', import.meta.url));
const samples = fileURLToPath(new URL('../../../samples/getting-started/records/', import.meta.url));

describe('records through ingest into the store', { timeout: 300_000 }, () => {
  let stand: Stand;
  before(async () => {
    stand = await startStand();
    stand.rights.add('dr get');
  });
  after(async () => await stand?.stop());

  const count = async (query: string): Promise<number> =>
    Number((await stand.admin<{ n: string }>(`SELECT count(*) AS n FROM ${query}`))[0]?.n);
  const state = async (namespace: string, source: string) =>
    (await stand.control.call('BatchGetSources', { tenant: tenant(namespace), names: [source] }, deadline))
      .states[0];

  async function folder(test: TestContext, files: Record<string, string>): Promise<string> {
    const path = await mkdtemp(join(tmpdir(), 'ingest-store-'));
    test.after(() => rm(path, { recursive: true, force: true }));
    for (const [name, content] of Object.entries(files)) await writeFile(join(path, name), content);
    return path;
  }

  it('all Synthea bundles: received = stored + unchanged + quarantined = entries; again stores 0', {
    skip: !existsSync(synthea),
  }, async () => {
    let entries = 0;
    for (const name of await readdir(synthea)) {
      if (name.endsWith('.json'))
        entries += JSON.parse(await readFile(join(synthea, name), 'utf8')).entry.length;
    }
    const { ingest } = await openSource(stand, 'synthea', 'ehr', { enrolment: 'All' });
    const keys = new Set<string>();
    let events = 0;
    const first = await scanFolder(ingest, 'ehr', synthea, {
      onItem: (read) => {
        if (read.kind === 'rejected') return;
        const key = `${read.record.type}/${read.record.id}`;
        if (!keys.has(key)) events += read.record.events.length;
        keys.add(key);
      },
    });
    assert.equal(first.received, entries);
    assert.equal(first.stored + first.unchanged + first.quarantined, entries);
    assert.equal(first.quarantined, 0);
    assert.equal(first.stored, keys.size);
    assert.equal(await count('tw.resource'), keys.size);
    // Birth and sex of twenty persons are events that the store makes of the vault's persons.
    assert.equal(await count('tw.event WHERE rev_to = 2147483647'), events + 40);
    assert.equal(await count('tw.subject'), 20);

    const second = await scanFolder(ingest, 'ehr', synthea);
    assert.deepEqual([second.received, second.stored], [0, 0]);
    const rows = await count('tw.event');
    const third = await scanFolder(ingest, 'ehr', synthea, { salt: 'everything is new' });
    assert.deepEqual([third.received, third.stored, third.unchanged], [entries, 0, entries]);
    assert.equal(await count('tw.event'), rows);
    const { sync, counts } = (await state('synthea', 'ehr')) ?? {};
    assert.equal(sync, 'SYNC_STATE_SUCCEEDED');
    assert.equal(Number(counts?.received), entries);
  });

  it('the sample patients carry their handles, and every one of their events is kept', async () => {
    const { ingest } = await openSource(stand, 'samples', 'ehr');
    const report = await scanFolder(ingest, 'ehr', samples);
    assert.equal(report.quarantined, 0);
    assert.equal(report.stored, report.received);
    const people = stand.data('samples', 'dr');
    const twin = await people.call('GetTwin', { handle: 'pt-sxty845q78p78r4e' }, deadline);
    assert.ok(Number(twin.events) > 10);
    assert.deepEqual(twin.sources, ['ehr']);
  });

  const patient = (identifier: object[] = [], more: object = {}) => ({
    resourceType: 'Patient',
    id: 'p',
    gender: 'male',
    birthDate: '1960-01-02',
    identifier,
    ...more,
  });
  const condition = (more: object = {}) => ({
    resourceType: 'Condition',
    id: 'c',
    subject: { reference: 'Patient/p' },
    code: { coding: [{ system: 'http://snomed.info/sct', code: '38341003' }] },
    onsetDateTime: '2015-01-01',
    ...more,
  });
  const bundle = (...resources: object[]) =>
    JSON.stringify({
      resourceType: 'Bundle',
      type: 'collection',
      entry: resources.map((resource) => ({ resource })),
    });
  const later = (path: string, minutes: number) =>
    utimes(path, new Date(), new Date(Date.now() + minutes * 60_000));
  const handleOf = (handle: string) => [{ system: 'https://twinward.io/handle', value: handle }];

  it('a corrected bundle closes the old event and opens a new revision; entered-in-error closes it for good', async (test) => {
    const handle = aHandle();
    const path = await folder(test, { 'a.json': bundle(patient(handleOf(handle)), condition()) });
    const { ingest } = await openSource(stand, 'corrections', 'ehr');
    const people = stand.data('corrections', 'dr');
    const told = async (revision = 0): Promise<readonly string[]> => {
      const { events } = await people.call('ListEvents', { handle, revision }, deadline);
      const clinical = events.filter(({ event }) => event?.system === 'http://snomed.info/sct');
      return clinical.map(({ event }) => `${event?.code} ${event?.time.slice(0, 10)}`);
    };
    const rewrite = async (minutes: number, ...resources: object[]) => {
      await writeFile(join(path, 'a.json'), bundle(...resources));
      await later(join(path, 'a.json'), minutes);
      return await scanFolder(ingest, 'ehr', path);
    };
    await scanFolder(ingest, 'ehr', path);
    const before = Number((await people.call('GetTwin', { handle }, deadline)).revision);
    assert.deepEqual(await told(), ['38341003 2015-01-01']);

    const corrected = await rewrite(1, patient(handleOf(handle)), condition({ onsetDateTime: '2016-02-03' }));
    assert.deepEqual([corrected.received, corrected.stored, corrected.unchanged], [2, 1, 1]);
    assert.deepEqual(await told(), ['38341003 2016-02-03']);
    assert.deepEqual(await told(before), ['38341003 2015-01-01']);
    const wrong = condition({
      onsetDateTime: '2016-02-03',
      verificationStatus: {
        coding: [
          { system: 'http://terminology.hl7.org/CodeSystem/condition-ver-status', code: 'entered-in-error' },
        ],
      },
    });
    await rewrite(2, patient(handleOf(handle)), wrong);
    assert.deepEqual(await told(), []);
    assert.equal(Number((await people.call('GetTwin', { handle }, deadline)).revision), before + 2);
  });

  it('enrolment.csv beside the data binds the handle', async (test) => {
    const handle = aHandle();
    const identified = patient([{ system: 'http://mrn', value: '42' }]);
    const path = await folder(test, {
      'a.json': bundle(identified, condition()),
      'enrolment.csv': `handle,system,value\n${handle},http://mrn,42\n`,
    });
    const { ingest } = await openSource(stand, 'enrolled', 'ehr');
    await scanFolder(ingest, 'ehr', path);
    const twin = await stand.data('enrolled', 'dr').call('GetTwin', { handle }, deadline);
    assert.equal(twin.state?.binding ?? 'BINDING_STATE_BOUND', 'BINDING_STATE_BOUND');
    assert.ok(Number(twin.events) >= 1);
  });

  it('an enrolment.csv that comes after the records binds the handle as well', async (test) => {
    const handle = aHandle();
    const path = await folder(test, {
      'a.json': bundle(patient([{ system: 'http://mrn', value: '43' }]), condition()),
    });
    const { ingest } = await openSource(stand, 'enrolledlate', 'ehr');
    await scanFolder(ingest, 'ehr', path);
    await writeFile(join(path, 'enrolment.csv'), `handle,system,value\n${handle},http://mrn,43\n`);
    await scanFolder(ingest, 'ehr', path);
    const twin = await stand.data('enrolledlate', 'dr').call('GetTwin', { handle }, deadline);
    assert.ok(Number(twin.events) >= 1);
  });

  it('bad input is quarantined with its reason, the rest goes on, and a second scan quarantines nothing anew', async (test) => {
    const observation = (id: string, more: object) => ({
      resourceType: 'Observation',
      id,
      status: 'final',
      subject: { reference: 'Patient/p' },
      code: { coding: [{ system: 'http://loinc.org', code: '8480-6' }] },
      effectiveDateTime: '2020-01-01',
      valueQuantity: { value: 120, code: 'mm[Hg]' },
      ...more,
    });
    const path = await folder(test, {
      'a.json': bundle(
        patient(),
        observation('date', { effectiveDateTime: '2024-02-30' }),
        observation('unit', { valueQuantity: { value: 70, code: 'kg' } }),
        observation('good', {}),
      ),
      'b.json': '{"resourceType":"Bundle","entry":[{',
      'c.json': bundle({
        resourceType: 'Condition',
        id: 'stu3',
        clinicalStatus: 'active',
        subject: { reference: 'Patient/p' },
      }),
    });
    const { ingest } = await openSource(stand, 'bad', 'ehr');
    const report = await scanFolder(ingest, 'ehr', path);
    assert.deepEqual([report.received, report.stored, report.quarantined], [6, 2, 4]);
    const reasons = async () => (await state('bad', 'ehr'))?.quarantinedByReason;
    const want = { FHIR_VERSION: '1', IMPOSSIBLE_DATE: '1', MALFORMED_JSON: '1', UNIT_MISMATCH: '1' };
    assert.deepEqual({ ...(await reasons()) }, want);
    const again = await scanFolder(ingest, 'ehr', path, { salt: 'again' });
    assert.deepEqual([again.received, again.stored, again.unchanged, again.quarantined], [6, 0, 6, 0]);
    assert.deepEqual({ ...(await reasons()) }, want);
  });

  it('a canary in names, addresses, identifiers and notes is found in no table and in no line of the log', async (test) => {
    const canary = 'Canary9d41c7';
    const identified = patient([{ system: 'http://mrn', value: canary }], {
      name: [{ family: canary }],
      address: [{ line: [canary], city: canary }],
      text: { status: 'generated', div: `<div>${canary}</div>` },
    });
    const path = await folder(test, {
      [`${canary}.json`]: bundle(
        identified,
        condition({
          note: [{ text: canary }],
          code: {
            text: canary,
            coding: [
              { system: 'http://snomed.info/sct', code: '38341003', display: canary },
              { system: `http://${canary}`, code: canary },
            ],
          },
        }),
      ),
      [`${canary}-broken.json`]: `{"name":"${canary}"`,
    });
    const { ingest } = await openSource(stand, 'canary', 'ehr');
    const report = await scanFolder(ingest, 'ehr', path);
    assert.deepEqual([report.stored, report.quarantined], [2, 1]);
    const tables = await stand.admin<{ name: string }>(
      `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname IN ('tw', 'vault', 'audit', 'keyring')`,
    );
    assert.ok(tables.length > 20);
    const hex = Buffer.from(canary).toString('hex');
    for (const { name } of tables) {
      const found = await count(
        `${name} AS each WHERE each::text ILIKE '%${canary}%' OR each::text ILIKE '%${hex}%'`,
      );
      assert.equal(found, 0, name);
    }
    assert.ok(!stand.lines.join('\n').includes(canary));
  });

  async function startProcess(
    test: TestContext,
    namespace: string,
    records: Record<string, string>,
    env: Record<string, string>,
  ) {
    const folders = await makePodFolders(stand, namespace);
    for (const [name, content] of Object.entries(records)) await writeFile(join(folders.data, name), content);
    const process = startIngest(stand, folders, env);
    test.after(async () => {
      process.child.kill('SIGKILL');
      await process.exited;
      await folders.remove();
    });
    return { ...process, ...folders, restart: () => startIngest(stand, folders, env) };
  }

  it('the process reads a mounted claim once and ends with 0', async (test) => {
    const handle = aHandle();
    await openSource(stand, 'podonce', 'ehr');
    const { exited, output } = await startProcess(
      test,
      'podonce',
      { 'John_Smith.json': bundle(patient(handleOf(handle)), condition()) },
      {},
    );
    assert.equal(await exited, 0, output());
    assert.match(output(), /"received":2,"stored":2/);
    assert.doesNotMatch(output(), /John|Smith/);
    const twin = await stand.data('podonce', 'dr').call('GetTwin', { handle }, deadline);
    assert.ok(Number(twin.events) >= 1);
  });

  it('the process finds a file that is dropped into a watched folder, survives a restart of the service, and drains on SIGTERM', async (test) => {
    const handle = aHandle();
    await openSource(stand, 'podwatch', 'ehr');
    const { child, exited, data, output } = await startProcess(
      test,
      'podwatch',
      { 'a.json': bundle(patient(handleOf(handle))) },
      { TWINWARD_SCAN_INTERVAL_SECONDS: '1' },
    );
    const people = stand.data('podwatch', 'dr');
    const revision = async () =>
      Number((await people.call('GetTwin', { handle }, deadline).catch(() => undefined))?.revision ?? 0);
    await until(async () => (await revision()) >= 1, 40_000);
    const before = await revision();
    await stand.restartTwins();
    await writeFile(join(data, 'b.json'), bundle(condition()));
    await until(async () => (await revision()) > before, 40_000);
    child.kill('SIGTERM');
    assert.equal(await exited, 0, output());
  });

  it('the process goes on behind the last commit after kill -9: nothing is lost, nothing is stored twice', {
    skip: !existsSync(synthea),
  }, async (test) => {
    const records: Record<string, string> = {};
    const keys = new Set<string>();
    let entries = 0;
    for (const name of (await readdir(synthea)).filter((one) => one.endsWith('.json')).slice(0, 12)) {
      records[name] = await readFile(join(synthea, name), 'utf8');
      for (const { resource } of JSON.parse(records[name]).entry) {
        entries += 1;
        keys.add(`${resource.resourceType}/${resource.id}`);
      }
    }
    await openSource(stand, 'podkill', 'ehr');
    const { child, exited, restart } = await startProcess(test, 'podkill', records, {});
    const totals = async () => (await state('podkill', 'ehr'))?.totals;
    await until(async () => Number((await totals())?.received ?? 0) > 0, 60_000);
    child.kill('SIGKILL');
    await exited;
    const committed = Number((await totals())?.received);
    assert.ok(committed < entries, 'it was killed in the middle');
    const second = restart();
    assert.equal(await second.exited, 0, second.output());
    const { received, stored, unchanged, quarantined } = (await totals()) ?? {};
    assert.deepEqual([received, stored, unchanged, quarantined].map(Number), [
      entries,
      keys.size,
      entries - keys.size,
      0,
    ]);
  });

  it('the process ends with 78 and says why when its configuration is wrong', async (test) => {
    const { exited, root, output } = await startProcess(
      test,
      'podonce',
      {},
      { TWINWARD_SOURCE_URI: 'pvc://records/../etc' },
    );
    assert.equal(await exited, 78, output());
    const { reason, message } = JSON.parse(await readFile(join(root, 'dev/termination-log'), 'utf8'));
    assert.equal(reason, 'InvalidSourceUri');
    assert.match(message, /spec\.folder\.uri/);
  });
});
