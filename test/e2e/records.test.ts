// From a file in a folder to a changed forecast; corrections, deletions, erasure; and what must never leave the store.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { aBundle, aCondition, aHandle, anOrdinaryBundle, aPatient, aTwinObject } from './patients.ts';
import { eventually, filesWith, folderClaim, type Json, type Stack, startStack, theModel } from './stack.ts';

const infarction = '22298006';

describe('records', { timeout: 900_000 }, () => {
  let stack: Stack;
  let folder = '';
  const handle = aHandle();
  const deletable = aHandle();
  const canary = 'Zq7canary9Xw';
  const drop = (name: string, content: Json): void =>
    writeFileSync(join(folder, name), JSON.stringify(content));
  const twin = async (of: string, account = 'clinician'): Promise<Json> => {
    const ran = await stack.twin(['get', of, '-o', 'json', '--account', account]);
    assert.equal(ran.code, 0, ran.err);
    return JSON.parse(ran.out);
  };
  const riskOfInfarction = async (of: string): Promise<number> =>
    (await twin(of)).predictions.find(({ outcome }: Json) => outcome === 'mi').risk;
  const rows = async (table: string, where = 'true'): Promise<number> =>
    Number((await stack.sql(`SELECT count(*) AS n FROM ${table} WHERE ${where}`))[0].n);

  before(async () => {
    stack = await startStack('records');
    folder = join(stack.layout.stateDir, 'share/fhir');
    mkdirSync(folder, { recursive: true });
    drop('first.json', anOrdinaryBundle(handle, canary));
    await stack.apply(
      ...folderClaim('records', join(stack.layout.stateDir, 'share')),
      {
        apiVersion: 'twinward.io/v1alpha1',
        kind: 'DataSource',
        metadata: { name: 'ehr' },
        spec: {
          type: 'Folder',
          folder: { uri: 'pvc://records/fhir', scanIntervalSeconds: 2 },
          quarantine: { maxPercent: 100 },
        },
      },
      aTwinObject(handle),
      aTwinObject(deletable, { deletionPolicy: 'Delete' }),
      await theModel(),
    );
    await stack.kubectl([
      'apply',
      '-f',
      'samples/getting-started/clinician.yaml',
      '-f',
      'samples/getting-started/privacy-officer.yaml',
    ]);
    await stack.until('ptwin', handle, 'UpToDate', 'True/Current', 180);
  });
  after(() => stack.stop());

  it('a twin that nobody has records of waits, and is Ready', async () => {
    assert.equal(await stack.condition('ptwin', deletable, 'Ready'), 'True/Registered');
    assert.equal(await stack.condition('ptwin', deletable, 'Bound'), 'Unknown/AwaitingSubject');
  });

  it('a new file raises the revision and changes the forecast', async () => {
    const before = await twin(handle);
    const risk = await riskOfInfarction(handle);
    drop('second.json', aBundle(aCondition(handle, 'mi-1', infarction, '2026-03-01')));
    const after = await eventually('the changed forecast', 30, async () => {
      const now = await twin(handle);
      const current = now.predictions.every(
        (each: Json) => each.revision === undefined || Number(each.revision) > Number(before.revision),
      );
      return Number(now.revision) > Number(before.revision) && current && now;
    });
    assert.ok(Number(after.events) > Number(before.events));
    assert.notEqual(await riskOfInfarction(handle), risk);
  });

  it('a corrected file closes the old event and keeps the former revision readable', async () => {
    const { revision } = await twin(handle);
    const corrected = aCondition(handle, 'mi-1', '230690007', '2026-03-01', {
      meta: { versionId: '2', lastUpdated: '2026-03-05T00:00:00Z' },
    });
    drop('third.json', aBundle(corrected));
    await eventually(
      'the correction',
      30,
      async () => Number((await twin(handle)).revision) > Number(revision),
    );
    const codes = async (at?: string): Promise<readonly string[]> => {
      const ran = await stack.twin([
        'events',
        handle,
        '-o',
        'json',
        '--limit',
        '1000',
        ...(at === undefined ? [] : ['--revision', at]),
      ]);
      assert.equal(ran.code, 0, ran.err);
      return JSON.parse(ran.out).events.map((each: Json) => each.code ?? each.event?.code);
    };
    const now = await codes();
    assert.ok(now.includes('230690007') && !now.includes(infarction), String(now));
    const then = await codes(String(revision));
    assert.ok(then.includes(infarction) && !then.includes('230690007'), String(then));
  });

  it('a resource entered in error takes its events away', async () => {
    const { events } = await twin(handle);
    const error = aCondition(handle, 'mi-1', '230690007', '2026-03-01', {
      meta: { versionId: '3', lastUpdated: '2026-03-06T00:00:00Z' },
      verificationStatus: {
        coding: [
          { system: 'http://terminology.hl7.org/CodeSystem/condition-ver-status', code: 'entered-in-error' },
        ],
      },
    });
    drop('fourth.json', aBundle(error));
    await eventually(
      'the withdrawal',
      30,
      async () => Number((await twin(handle)).events) === Number(events) - 1,
    );
  });

  it('a second scan of the same files stores nothing', async () => {
    const before = await rows('tw.resource');
    const revision = (await twin(handle)).revision;
    drop('fifth.json', anOrdinaryBundle(handle, canary));
    const { unchanged } = (await stack.get('dsrc', 'ehr')).status.totals;
    await eventually(
      'the unchanged count',
      30,
      async () => (await stack.get('dsrc', 'ehr')).status.totals.unchanged >= unchanged + 5,
    );
    assert.equal(await rows('tw.resource'), before);
    assert.equal((await twin(handle)).revision, revision);
  });

  it('counts add up: received = stored + unchanged + quarantined', async () => {
    const { received, stored, unchanged, quarantined } = (await stack.get('dsrc', 'ehr')).status.totals;
    assert.equal(received, stored + unchanged + quarantined);
  });

  it('a deleted PatientTwin leaves the store as it is; with deletionPolicy Delete only its predictions go', async () => {
    drop('deletable.json', anOrdinaryBundle(deletable));
    await stack.until('ptwin', deletable, 'UpToDate', 'True/Current', 60);
    const [events, resources, predictions] = [
      await rows('tw.event'),
      await rows('tw.resource'),
      await rows('tw.prediction'),
    ];
    await stack.kubectl(['delete', 'ptwin', deletable]);
    await eventually('its predictions to go', 30, async () => (await rows('tw.prediction')) < predictions);
    assert.equal(await rows('tw.event'), events);
    assert.equal(await rows('tw.resource'), resources);
    const kept = await rows('tw.prediction');
    await stack.kubectl(['delete', 'ptwin', handle]);
    await new Promise((resolve) => setTimeout(resolve, 4_000));
    assert.deepEqual([await rows('tw.event'), await rows('tw.prediction')], [events, kept]);
    await stack.apply(aTwinObject(handle));
    await stack.until('ptwin', handle, 'UpToDate', 'True/Current', 60);
  });

  it('a name, address, identifier or note is found nowhere outside the sealed store', async () => {
    const objects = await stack.kubectl([
      'get',
      'tmodel,dsrc,ptwin,sim,pods,deployments,jobs,configmaps,events',
      '-A',
      '-o',
      'yaml',
    ]);
    assert.ok(!objects.includes(canary), 'objects or events');
    assert.deepEqual(filesWith(stack.layout.node, canary), [], 'files of pods');
    assert.deepEqual(filesWith(join(stack.layout.stateDir, 'logs'), canary), [], 'logs of the node');
    const pods = (await stack.get('pods', '-A')).items;
    for (const { status, metadata } of pods) {
      if (status.phase !== 'Running') continue;
      const metrics = await fetch(`http://${status.podIP}:8081/metrics`).then((answer) => answer.text());
      assert.ok(!metrics.includes(canary), `metrics of ${metadata.name}`);
    }
    const tables = await stack.sql(
      `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname IN ('tw', 'vault', 'keyring', 'audit')`,
    );
    for (const { name } of tables) {
      const found = await stack.sql(
        `SELECT count(*) AS n FROM ${name} AS t WHERE position('${canary}' IN t::text) > 0 OR position(encode('${canary}'::bytea, 'hex') IN t::text) > 0`,
      );
      assert.equal(Number(found[0].n), 0, name);
    }
  });

  it('erasing without the verb is refused, says which verb is needed, and is audited', async () => {
    const before = await rows('audit.entry');
    const refused = await stack.twin([
      'erase',
      handle,
      '--reason',
      'asked for',
      '--yes',
      '--immediate',
      '--account',
      'clinician',
    ]);
    assert.equal(refused.code, 3, refused.err);
    assert.match(refused.err, /erase/);
    assert.ok((await rows('audit.entry')) > before);
    assert.ok((await rows('tw.event')) > 0);
  });

  it('erasing removes the subject from every table, key included, prints a certificate, and refuses a re-import', async () => {
    const [{ subject_id: subject }] = await stack.sql('SELECT subject_id FROM tw.subject WHERE handle = $1', [
      handle,
    ]);
    const erased = await stack.twin([
      'erase',
      handle,
      '--reason',
      'asked for',
      '--yes',
      '--immediate',
      '-o',
      'json',
    ]);
    assert.equal(erased.code, 0, erased.err);
    const answer = JSON.parse(erased.out);
    assert.match(JSON.stringify(answer), /tw\.event/);
    const tables = await stack.sql(
      `SELECT format('%I.%I', table_schema, table_name) AS name FROM information_schema.columns
       WHERE column_name = 'subject_id' AND table_schema IN ('tw', 'vault', 'keyring', 'audit') AND table_name NOT LIKE '%erasure%'`,
    );
    for (const { name } of tables) {
      assert.equal(await rows(name, `subject_id = ${subject}`), 0, name);
    }
    const records = await rows('tw.resource');
    drop('again.json', anOrdinaryBundle(handle, canary));
    const { quarantined } = (await stack.get('dsrc', 'ehr')).status.totals;
    await eventually(
      'the refusal',
      30,
      async () => (await stack.get('dsrc', 'ehr')).status.totals.quarantined > quarantined,
    );
    assert.equal(await rows('tw.resource'), records);
    assert.match(
      JSON.stringify((await stack.get('dsrc', 'ehr')).status.quarantineReasons),
      /SUBJECT_SUPPRESSED/,
    );
  });

  it('the audit log verifies, and a tampered row is found', async () => {
    await eventually('the seal', 20, async () => {
      const ran = await stack.twin(['audit', 'verify', '-o', 'json']);
      return ran.code === 0 && Number(JSON.parse(ran.out).entries) > 0;
    });
    const [{ audit_id: id }] = await stack.sql('SELECT audit_id FROM audit.entry ORDER BY audit_id LIMIT 1');
    await stack.sql(`UPDATE audit.entry SET n = coalesce(n, 0) + 1 WHERE audit_id = $1`, [id]);
    const ran = await stack.twin(['audit', 'verify', '-o', 'json']);
    assert.ok(Number(JSON.parse(ran.out).firstBrokenBlock) > 0, ran.out);
  });

  it('deleting the namespace and the definitions leaves the records', async () => {
    await stack.kubectl(['create', 'namespace', 'ward']);
    const other = aHandle();
    await stack.apply(
      {
        apiVersion: 'twinward.io/v1alpha1',
        kind: 'DataSource',
        metadata: { name: 'ward', namespace: 'ward' },
        spec: { type: 'Folder', folder: { uri: 'pvc://ward/', scanIntervalSeconds: 2 } },
      },
      ...folderClaim('ward', join(stack.layout.stateDir, 'ward'), 'ward'),
      aTwinObject(other, {}, 'ward'),
    );
    writeFileSync(join(stack.layout.stateDir, 'ward/one.json'), JSON.stringify(aBundle(aPatient(other))));
    await stack.until('ptwin', other, 'Bound', 'True/SubjectBound', 60, 'ward');
    const resources = await rows('tw.resource');
    await stack.kubectl(['delete', 'namespace', 'ward', '--timeout=90s']);
    await stack.kubectl([
      'delete',
      'crd',
      'patienttwins.twinward.io',
      'datasources.twinward.io',
      '--timeout=90s',
    ]);
    assert.equal(await rows('tw.resource'), resources);
  });
});
