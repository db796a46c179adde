import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createLog } from '#runtime/log.ts';
import { runExport } from '../../../workers/twins/export/run.ts';
import { createKeys } from '../../../workers/twins/vault/keys.ts';
import { scanFolder } from '../ingest/pipeline.ts';
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

const root = fileURLToPath(new URL('../../../', import.meta.url));
const interpreter = join(root, '.venv/bin/python');
const asOf = '2026-10-31';

/** Runs a Python module of models/ and answers what it printed; fails with its errors. */
function python(
  module: string,
  ...args: string[]
): { readonly status: number | null; readonly output: string } {
  const options = {
    cwd: join(root, 'models'),
    encoding: 'utf8',
    env: { ...process.env, OMP_NUM_THREADS: '1' },
  } as const;
  const { status, stdout, stderr } = spawnSync(interpreter, ['-m', module, ...args], options);
  return { status, output: stdout + stderr };
}

describe('export', { timeout: 300_000, skip: !existsSync(interpreter) }, () => {
  let stand: Stand;
  let folder: string;
  before(async () => {
    stand = await startStand();
    folder = mkdtempSync(join(tmpdir(), 'export-'));
  });
  after(async () => {
    await stand?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const exportTo = (namespace: string, name: string, subjectsPerFile = 20_000) =>
    runExport(
      {
        service: stand.service,
        keys: createKeys(stand.keyring, stand.kek),
        clusterId: 'default',
        log: createLog({
          name: 'export',
          destination: { write: (line: string) => void stand.lines.push(line) },
        }),
        subjectsPerFile,
      },
      { namespace, out: join(folder, name), asOf },
    );

  /** Rows of an export as text, by a reader that shares nothing with the writer. */
  const rowsOf = (name: string): readonly string[] => {
    const script =
      'import sys, pyarrow.parquet as pq, pathlib\n' +
      'for path in sorted(pathlib.Path(sys.argv[1]).rglob("data/*.parquet")):\n' +
      '    for row in pq.read_table(path).to_pylist():\n' +
      '        print(row["subject_id"], row["time"] and row["time"].isoformat(), row["code"], row["numeric_value"], row["unit"])\n';
    const { stdout, stderr } = spawnSync(interpreter, ['-c', script, join(folder, name)], {
      encoding: 'utf8',
    });
    assert.equal(stderr, '');
    return stdout.trim().split('\n');
  };

  for (const purpose of ['clinical', 'research'] as const) {
    it(`generated FHIR through ingestion, store and export of a ${purpose} tenant gives the tensors of the direct path`, async () => {
      const views = join(folder, `views-${purpose}`);
      const seed = purpose === 'clinical' ? '5' : '6';
      // Not a whole number of minutes, or rounding would decide into which one the first visit falls.
      const written = python(
        'trajectory.roundtrip',
        'write',
        '--count',
        '40',
        '--seed',
        seed,
        '--years',
        '4.71',
        '--out',
        views,
      );
      assert.equal(written.status, 0, written.output);
      const { ingest } = await openSource(stand, `train-${purpose}`, 'ehr', { enrolment: 'All', purpose });
      const report = await scanFolder(ingest, 'ehr', join(views, 'fhir'));
      assert.equal(report.quarantined, 0);
      const counts = await exportTo(`train-${purpose}`, purpose, 15);
      assert.equal(counts.subjects, 40);
      assert.deepEqual(readdirSync(join(folder, purpose, 'data')).sort(), [
        '0.parquet',
        '1.parquet',
        '2.parquet',
      ]);
      const direct = join(views, 'direct');
      const compared = python(
        'trajectory.roundtrip',
        'compare',
        '--direct',
        direct,
        '--exported',
        join(folder, purpose),
      );
      assert.equal(compared.status, 0, compared.output);
      const result = JSON.parse(compared.output);
      assert.deepEqual([result.recordsDiffer, result.tensorsDiffer], [{}, {}]);
      assert.ok(result.points[0] > 500 && result.events[0] > 50, compared.output);
    });
  }

  it('leaves no true time, identifier or name, keeps the days between, and gives the same again', async () => {
    const { ingest, lease } = await openSource(stand, 'disguised', 'ehr');
    const handle = aHandle();
    await send(ingest, 'ehr', lease, [
      aPatient('p1', { handle, identifier: 'MRN-77', birth: '1960-05-04' }),
      aCondition('c1', 'p1', { time: '2020-03-01T10:00:00Z' }),
      aCondition('c2', 'p1', { time: '2021-03-01T10:00:00Z', code: 'E11' }),
      aCondition('c3', 'p1', { time: '2026-11-02T10:00:00Z', code: 'I48' }),
    ]);
    await exportTo('disguised', 'disguised-1');
    const rows = rowsOf('disguised-1');
    const timeOf = (code: string): number =>
      Date.parse(`${rows.find((row) => row.includes(` ${code} `))?.split(' ')[1]}Z`);
    assert.equal(
      (timeOf('http://hl7.org/fhir/sid/icd-10|E11') - timeOf('http://hl7.org/fhir/sid/icd-10|I10')) /
        86_400_000,
      365,
    );
    assert.equal(
      (timeOf('http://hl7.org/fhir/sid/icd-10|I10') - timeOf('MEDS_BIRTH')) % 86_400_000,
      36_000_000,
    );
    assert.equal(timeOf('OBSERVED_FROM'), timeOf('http://hl7.org/fhir/sid/icd-10|I10'));
    assert.ok(!rows.some((row) => row.includes('I48')), 'what is later than --as-of is left out');
    const everything = rows.join('\n');
    for (const secret of ['1960-05-04', '2020-03-01', 'MRN', handle, 'p1', asOf]) {
      assert.ok(!everything.includes(secret), `${secret} is in the export`);
    }
    const pseudonyms = await stand.admin<{ pseudonym: string }>(
      `SELECT pseudonym::text FROM tw.subject JOIN tw.tenant USING (tenant_id) WHERE namespace = 'disguised'`,
    );
    assert.ok(pseudonyms.every(({ pseudonym }) => !everything.includes(pseudonym)));
    await exportTo('disguised', 'disguised-2');
    assert.deepEqual(rowsOf('disguised-2'), rows);
    const audited = await stand.admin<{ n: string }>(
      `SELECT count(*) AS n FROM audit.entry JOIN tw.tenant USING (tenant_id)
       WHERE namespace = 'disguised' AND kind = 'export' AND cardinality(subjects) = 1`,
    );
    assert.equal(Number(audited[0]?.n), 2);
    assert.ok(existsSync(join(folder, 'disguised-2/metadata/dataset.json')));
    assert.ok(!stand.lines.join('\n').includes('I48'));
  });

  it('leaves out whoever is restricted, and another tenant', async () => {
    const { ingest, lease } = await openSource(stand, 'restricted', 'ehr');
    const gone = aHandle();
    await send(ingest, 'ehr', lease, [
      aPatient('p1', { handle: gone }),
      aCondition('c1', 'p1', { code: 'A01' }),
      aPatient('p2', {}),
      aCondition('c2', 'p2', { code: 'B02' }),
    ]);
    stand.rights.add('dr erase');
    await stand.data('restricted', 'dr').call('EraseSubject', { handle: gone, reason: 'request' }, deadline);
    const counts = await exportTo('restricted', 'restricted');
    assert.equal(counts.subjects, 1);
    const text = rowsOf('restricted').join('\n');
    assert.ok(text.includes('B02') && !text.includes('A01') && !text.includes('I10'));
  });

  it('refuses an unknown namespace and a folder that holds something', async () => {
    await assert.rejects(exportTo('nobody', 'nobody'), { code: 'UnknownTenant' });
    await assert.rejects(exportTo('restricted', 'restricted'), { code: 'FolderNotEmpty' });
    assert.ok(
      readFileSync(join(folder, 'restricted/metadata/dataset.json'), 'utf8').includes('twinward-export'),
    );
  });
});
