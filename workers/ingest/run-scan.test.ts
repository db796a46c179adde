import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { gzipSync } from 'node:zlib';
import { mintHandle } from '#crds/patient-twin/handle.ts';
import { createUcum } from './fhir/ucum.ts';
import { createUnits } from './fhir/unit.ts';
import { createZone } from './fhir/zone.ts';
import type { BatchEntry, FileStore, SourceFile } from './ports.ts';
import { createRecordingSink, type RecordingSink } from './recording-sink.ts';
import { runScan, type ScanReport } from './run-scan.ts';
import { createBucket } from './sources/folder/bucket.ts';
import { createLocalFolder } from './sources/folder/local-folder.ts';

const units = createUnits(createUcum(), new Map([['8480-6', ['mm[Hg]']]]));
const synthea = new URL('../../../shared/data/synthea-r4/', import.meta.url).pathname;

/** A scan of a store into a sink on 24 November 2026. */
function scan(sink: RecordingSink, store: FileStore, fingerprint = 'one', settleMs = 0): Promise<ScanReport> {
  return runScan(sink, {
    store,
    units,
    fingerprint,
    time: { zone: createZone('UTC'), receivedAt: Date.parse('2026-11-24T00:00:00Z') },
    start: new Date('2026-11-24T00:00:00Z'),
    settleMs,
    keepLease: false,
    signal: new AbortController().signal,
    onItem: () => undefined,
    onFile: () => undefined,
    onBatch: () => undefined,
    onUnreadable: () => undefined,
  });
}

async function folder(test: TestContext, files: Record<string, string | Buffer>): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'twinward-ingest-'));
  test.after(() => rm(path, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) await writeFile(join(path, name), content);
  return path;
}

const patient = (id: string, more: object = {}) => ({ resourceType: 'Patient', id, ...more });
const pressure = (id: string, more: object = {}) => ({
  resourceType: 'Observation',
  id,
  status: 'final',
  code: { coding: [{ system: 'http://loinc.org', code: '8480-6' }] },
  subject: { reference: 'Patient/p' },
  effectiveDateTime: '2020-01-01T00:00:00Z',
  valueQuantity: { value: 120, code: 'mm[Hg]' },
  ...more,
});
const bundle = (type: string, ...resources: object[]) =>
  JSON.stringify({ resourceType: 'Bundle', type, entry: resources.map((resource) => ({ resource })) });
const lines = (...resources: object[]) => resources.map((one) => JSON.stringify(one)).join('\n');

const entries = (sink: RecordingSink): readonly BatchEntry[] =>
  sink.batches.flatMap((batch) => batch.entries);
const keys = (sink: RecordingSink): readonly string[] =>
  entries(sink).map((entry) =>
    entry.kind === 'record' ? `${entry.record.type}/${entry.record.id}` : entry.rejected.reason,
  );

describe('a scan reads', () => {
  const two = ['Patient/p', 'Observation/o'];
  for (const type of ['transaction', 'batch', 'collection', 'searchset', 'document', 'message', 'history']) {
    it(`a ${type} bundle`, async (test) => {
      const path = await folder(test, { 'a.json': bundle(type, patient('p'), pressure('o')) });
      const sink = createRecordingSink();
      await scan(sink, createLocalFolder(path));
      assert.deepEqual(keys(sink), two);
    });
  }

  const text = bundle('collection', patient('p'), pressure('o'));
  const spellings: readonly { readonly name: string; readonly files: Record<string, string | Buffer> }[] = [
    { name: 'a gzipped bundle', files: { 'a.json.gz': gzipSync(text) } },
    { name: 'a gzipped bundle that does not say so', files: { 'a.json': gzipSync(text) } },
    { name: 'NDJSON', files: { 'a.ndjson': lines(patient('p'), pressure('o')) } },
    {
      name: 'NDJSON with blank lines and CRLF',
      files: { 'a.ndjson': `\n${lines(patient('p'))}\r\n\n${lines(pressure('o'))}\r\n` },
    },
    { name: 'gzipped NDJSON', files: { 'a.ndjson.gz': gzipSync(lines(patient('p'), pressure('o'))) } },
    { name: 'bundles as lines', files: { 'a.ndjson': text } },
    {
      name: 'single resources',
      files: { 'a.json': JSON.stringify(patient('p')), 'b.json': JSON.stringify(pressure('o')) },
    },
    { name: 'a bundle with a byte order mark', files: { 'a.json': `\uFEFF${text}` } },
    { name: 'a bundle with white space', files: { 'a.json': JSON.stringify(JSON.parse(text), null, 2) } },
    {
      name: 'a bundle whose type comes last',
      files: { 'a.json': `{"entry":${JSON.stringify(JSON.parse(text).entry)},"resourceType":"Bundle"}` },
    },
  ];
  for (const { name, files } of spellings) {
    it(name, async (test) => {
      const sink = createRecordingSink();
      await scan(sink, createLocalFolder(await folder(test, files)));
      assert.deepEqual(keys(sink), two);
    });
  }

  it('the same bytes whatever the size of the chunks', async () => {
    const bytes = Buffer.from(
      bundle('batch', patient('pä"\\u00fc'), pressure('o', { note: [{ text: '{[}"]\\' }] })),
    );
    const want = createRecordingSink();
    await scan(want, inMemory({ 'a.json': bytes }));
    for (const size of [1, 2, 3, 7, 64]) {
      const sink = createRecordingSink();
      await scan(sink, inMemory({ 'a.json': bytes }, size));
      assert.deepEqual(entries(sink), entries(want), `chunks of ${size}`);
    }
  });

  it('resources as they were received, byte by byte', async (test) => {
    const raw = '{ "resourceType":"Patient",\t"id":"p", "x": 1.50 }';
    const path = await folder(test, {
      'a.json': `{"resourceType":"Bundle","entry":[ {"fullUrl":"urn:uuid:p" , "resource": ${raw} } ]}`,
    });
    const sink = createRecordingSink();
    await scan(sink, createLocalFolder(path));
    const [entry] = entries(sink);
    assert.equal(entry?.kind === 'record' && entry.record.raw.toString(), raw);
  });

  it('a List, whose entries are no bundle entries, as one resource', async (test) => {
    const list = { resourceType: 'List', id: 'l', entry: [{ item: { reference: 'Patient/p' } }] };
    const sink = createRecordingSink();
    await scan(sink, createLocalFolder(await folder(test, { 'a.json': JSON.stringify(list) })));
    assert.deepEqual(keys(sink), ['List/l']);
  });

  it('references to entries that come later, and medications elsewhere in the bundle', async (test) => {
    const request = {
      resourceType: 'MedicationRequest',
      id: 'r',
      status: 'active',
      intent: 'order',
      subject: { reference: 'urn:uuid:late' },
      medicationReference: { reference: 'urn:uuid:drug' },
      authoredOn: '2020-01-01',
    };
    const medication = {
      resourceType: 'Medication',
      code: { coding: [{ system: 'http://www.nlm.nih.gov/research/umls/rxnorm', code: '314231' }] },
    };
    const entry = [
      { resource: request },
      { fullUrl: 'urn:uuid:drug', resource: medication },
      { fullUrl: 'urn:uuid:late', resource: patient('real-id') },
    ];
    const path = await folder(test, { 'a.json': JSON.stringify({ resourceType: 'Bundle', entry }) });
    const sink = createRecordingSink();
    await scan(sink, createLocalFolder(path));
    const [first] = entries(sink);
    assert.ok(first?.kind === 'record');
    assert.equal(first.record.patientId, 'real-id');
    assert.equal(first.record.events[0]?.code, '314231');
    assert.deepEqual(keys(sink), ['MedicationRequest/r', 'Medication/drug', 'Patient/real-id']);
  });

  it('enrolment.csv before the records, and quarantines lines that bind nothing', async (test) => {
    const [handle, other] = [mintHandle(Buffer.alloc(15, 3)), mintHandle(Buffer.alloc(15, 4))];
    const csv = `handle,system,value\r\n${handle},http://mrn,"7,""x"""\r\n${other},http://mrn,"7,""x"""\r\npt-wrong,http://mrn,8\r\nonly one\r\n`;
    const named = patient('p', { identifier: [{ system: 'http://mrn', value: '7,"x"' }] });
    const path = await folder(test, { 'a.json': bundle('batch', named), 'enrolment.csv': csv });
    const sink = createRecordingSink();
    await scan(sink, createLocalFolder(path));
    assert.deepEqual(keys(sink), ['HANDLE_CONFLICT', 'INVALID_HANDLE', 'MALFORMED_CSV', 'Patient/p']);
    const last = entries(sink).at(-1);
    assert.equal(last?.kind === 'record' && last.record.person?.handle, handle);
  });

  it('an enrolment.csv that comes after the records: the Patients are read again under their handle', async (test) => {
    const handle = mintHandle(Buffer.alloc(15, 3));
    const named = patient('p', { identifier: [{ system: 'http://mrn', value: '7' }] });
    const path = await folder(test, { 'a.json': bundle('batch', named, pressure('o')) });
    const sink = createRecordingSink();
    await scan(sink, createLocalFolder(path));
    await writeFile(join(path, 'enrolment.csv'), `handle,system,value\n${handle},http://mrn,7\n`);
    const report = await scan(sink, createLocalFolder(path));
    assert.deepEqual([report.received, report.stored, report.unchanged], [2, 1, 1]);
    const renamed = entries(sink).at(-2);
    assert.equal(renamed?.kind === 'record' && renamed.record.person?.handle, handle);
    assert.equal((await scan(sink, createLocalFolder(path))).received, 0);
  });
});

describe('a scan quarantines', () => {
  const good = bundle('collection', patient('p'), pressure('o'));
  const cases: readonly {
    readonly name: string;
    readonly file: string;
    readonly content: string | Buffer;
    readonly want: readonly string[];
  }[] = [
    { name: 'a text file', file: 'a.json', content: 'hello', want: ['MALFORMED_JSON'] },
    { name: 'an empty file', file: 'a.json', content: '', want: ['MALFORMED_JSON'] },
    {
      name: 'the rest of a cut file',
      file: 'a.json',
      content: good.slice(0, -20),
      want: ['Patient/p', 'MALFORMED_JSON'],
    },
    {
      name: 'one broken entry and keeps the others',
      file: 'a.json',
      content: bundle('batch', patient('p'), pressure('o'), patient('q')).replace(
        '"status":"final"',
        '"status":final',
      ),
      want: ['Patient/p', 'MALFORMED_JSON', 'Patient/q'],
    },
    {
      name: 'what follows a document',
      file: 'a.json',
      content: `${JSON.stringify(patient('p'))} {}`,
      want: ['Patient/p', 'MALFORMED_JSON'],
    },
    {
      name: 'one broken line and keeps the others',
      file: 'a.ndjson',
      content: `${lines(patient('p'))}\n{"resourceType":\n${lines(pressure('o'))}`,
      want: ['Patient/p', 'MALFORMED_JSON', 'Observation/o'],
    },
    {
      name: 'bytes that are no UTF-8',
      file: 'a.ndjson',
      content: Buffer.from('{"resourceType":"Patient","id":"\xff"}', 'latin1'),
      want: ['MALFORMED_JSON'],
    },
    {
      name: 'a truncated gzip',
      file: 'a.json.gz',
      content: gzipSync(good).subarray(0, -12),
      want: ['TRUNCATED_GZIP'],
    },
    { name: 'a file that is only called gzip', file: 'a.json.gz', content: good, want: ['CORRUPT_GZIP'] },
    {
      name: 'every entry of a bundle of another version',
      file: 'a.json',
      content: bundle('collection', patient('p'), {
        resourceType: 'Condition',
        id: 'c',
        clinicalStatus: 'active',
        subject: { reference: 'Patient/p' },
      }),
      want: ['FHIR_VERSION', 'FHIR_VERSION'],
    },
    {
      name: 'an impossible date',
      file: 'a.json',
      content: bundle('batch', patient('p'), pressure('o', { effectiveDateTime: '2024-02-30' })),
      want: ['Patient/p', 'IMPOSSIBLE_DATE'],
    },
    {
      name: 'a unit that does not fit',
      file: 'a.json',
      content: bundle('batch', patient('p'), pressure('o', { valueQuantity: { value: 1, code: 'kg' } })),
      want: ['Patient/p', 'UNIT_MISMATCH'],
    },
    {
      name: 'a record about nobody',
      file: 'a.json',
      content: bundle('batch', pressure('o', { subject: undefined }), patient('p')),
      want: ['NO_PATIENT', 'Patient/p'],
    },
    {
      name: 'an entry that is too large, and keeps the others',
      file: 'a.json',
      content: bundle('batch', patient('p', { photo: 'x'.repeat(9_000_000) }), pressure('o')),
      want: ['TOO_LARGE', 'Observation/o'],
    },
    {
      name: 'a line that is too large, and keeps the others',
      file: 'a.ndjson',
      content: lines(patient('p', { photo: 'x'.repeat(9_000_000) }), pressure('o')),
      want: ['TOO_LARGE', 'Observation/o'],
    },
  ];
  for (const { name, file, content, want } of cases) {
    it(name, async (test) => {
      const path = await folder(test, { [file]: content });
      const sink = createRecordingSink();
      const report = await scan(sink, createLocalFolder(path));
      const seen = keys(sink);
      // How much of a truncated stream unpacks is the library's business; that the loss is told once is ours.
      if (want[0] === 'TRUNCATED_GZIP')
        assert.equal(seen.filter((key) => key === 'TRUNCATED_GZIP').length, 1);
      else assert.deepEqual(seen, want);
      assert.equal(report.received, seen.length);
      assert.equal(report.received, report.stored + report.unchanged + report.quarantined);
      for (const entry of entries(sink)) {
        if (entry.kind === 'rejected') assert.ok(entry.rejected.raw.length <= 1024 * 1024);
      }
    });
  }

  it('a large bundle in batches of at most 2,000 records, read twice when it does not fit into memory', async () => {
    const note = [{ text: 'x'.repeat(6_000) }];
    const many = Array.from({ length: 4_500 }, (_, index) =>
      pressure(`o${index}`, { note, subject: { reference: 'urn:uuid:last' } }),
    );
    const entry = [
      ...many.map((resource) => ({ resource })),
      { fullUrl: 'urn:uuid:last', resource: patient('p') },
    ];
    const sink = createRecordingSink();
    const report = await scan(
      sink,
      inMemory({ 'a.json': Buffer.from(JSON.stringify({ resourceType: 'Bundle', entry })) }),
    );
    assert.equal(report.stored, 4_501);
    assert.ok(sink.batches.every((batch) => batch.entries.length <= 2_000));
    assert.ok(entries(sink).every((one) => one.kind === 'record' && one.record.patientId === 'p'));
  });
});

describe('a second scan', () => {
  it('reads nothing of what is unchanged, and of a file that was only touched', async (test) => {
    const path = await folder(test, {
      'a.json': bundle('batch', patient('p'), pressure('o')),
      'b.json': 'broken',
    });
    const sink = createRecordingSink();
    await scan(sink, createLocalFolder(path));
    assert.equal((await scan(sink, createLocalFolder(path))).received, 0);
    await utimes(join(path, 'a.json'), new Date(), new Date(Date.now() + 60_000));
    assert.equal((await scan(sink, createLocalFolder(path))).received, 0);
    assert.deepEqual(sink.total(), { received: 3, stored: 2, unchanged: 0, quarantined: 1 });
  });

  it('stores the corrected resource of a changed file only', async (test) => {
    const path = await folder(test, { 'a.json': bundle('batch', patient('p'), pressure('o')) });
    const sink = createRecordingSink();
    await scan(sink, createLocalFolder(path));
    const corrected = pressure('o', { status: 'entered-in-error' });
    await writeFile(join(path, 'a.json'), bundle('batch', patient('p'), corrected));
    await utimes(join(path, 'a.json'), new Date(), new Date(Date.now() + 60_000));
    const report = await scan(sink, createLocalFolder(path));
    assert.deepEqual([report.received, report.stored, report.unchanged], [2, 1, 1]);
    const last = entries(sink).at(-1);
    assert.ok(last?.kind === 'record' && last.record.deleted && last.record.events.length === 0);
  });

  it('mends what was rejected once its position is read well, or its file is gone', async (test) => {
    const good = (id: string) => JSON.stringify({ resourceType: 'Basic', id });
    const path = await folder(test, {
      'a.ndjson': `${good('1')}\n{broken\n${good('2')}\n`,
      'b.json': '{"resourceType": "Bundle", "entry": [',
      'c.ndjson': '{broken too\n',
    });
    const sink = createRecordingSink();
    const store = createLocalFolder(path);
    await scan(sink, store);
    assert.equal(sink.quarantined(), 3);
    await writeFile(join(path, 'a.ndjson'), `${good('1')}\n${good('3')}\n${good('2')}\n`);
    await rm(join(path, 'b.json'));
    const report = await scan(sink, store);
    assert.deepEqual([report.stored, report.unchanged, sink.quarantined()], [1, 2, 1]);
    assert.equal((await scan(sink, store)).received, 0);
    await rm(join(path, 'c.ndjson'));
    assert.equal((await scan(sink, store)).received, 0);
    assert.equal(sink.quarantined(), 0);
  });

  it('keeps what is known of a file that may still be written: it is neither gone nor forgotten', async (test) => {
    const path = await folder(test, { 'a.json': '{"resourceType": "Bundle", "entry": [' });
    const sink = createRecordingSink();
    const store = createLocalFolder(path);
    const old = new Date('2026-11-01');
    await utimes(join(path, 'a.json'), old, old);
    await scan(sink, store, 'one', 1_000);
    const now = new Date('2026-11-24T00:00:00Z');
    await utimes(join(path, 'a.json'), now, now);
    await scan(sink, store, 'one', 1_000);
    assert.equal(sink.quarantined(), 1);
    await utimes(join(path, 'a.json'), old, old);
    assert.equal((await scan(sink, store, 'one', 1_000)).received, 0);
  });

  it('carries the state of many files with some batches only, and goes on behind one of them', async () => {
    const files = Array.from({ length: 6_500 }, (_, index): SourceFile => {
      return { path: `${index}.ndjson`, size: 1, version: '1', modifiedAt: 1 };
    });
    const lines = (path: string) => JSON.stringify({ resourceType: 'Basic', id: path.replace('.', '-') });
    const store: FileStore = {
      list: async () => files,
      open: async function* ({ path }) {
        yield Buffer.from(lines(path));
      },
    };
    const sink = createRecordingSink(3);
    await assert.rejects(scan(sink, store), /the connection broke/);
    assert.deepEqual(
      sink.batches.map((batch) => batch.cursor !== undefined),
      [true, false, false],
    );
    const first = sink.batches.length;
    await scan(sink, store);
    const again = sink.batches.slice(first);
    assert.equal(again.at(-1)?.cursor !== undefined, true);
    const { stored, unchanged } = sink.total();
    assert.equal(stored, 6_500);
    assert.ok(unchanged > 0 && unchanged <= 4_000, String(unchanged));
    assert.equal((await scan(sink, store)).received, 0);
  });

  it('goes on behind the last committed batch after a broken connection', async () => {
    const many = (name: string) => Array.from({ length: 1_500 }, (_, index) => pressure(`${name}${index}`));
    const store = inMemory({
      'a.json': Buffer.from(bundle('batch', ...many('a'))),
      'b.json': Buffer.from(bundle('batch', ...many('b'))),
      'c.json': Buffer.from(bundle('batch', ...many('c'))),
    });
    const sink = createRecordingSink(1);
    await assert.rejects(scan(sink, store), /connection broke/);
    assert.equal(sink.batches.length, 1);
    assert.equal(sink.ends.length, 0);
    await scan(sink, store);
    assert.deepEqual(sink.total(), { received: 4_500, stored: 4_500, unchanged: 0, quarantined: 0 });
    assert.equal(new Set(keys(sink)).size, 4_500);
  });

  it('reads everything anew when what records depend on has changed, and stores nothing twice', async () => {
    const store = inMemory({ 'a.json': Buffer.from(bundle('batch', patient('p'), pressure('o'))) });
    const sink = createRecordingSink();
    await scan(sink, store, 'one');
    const report = await scan(sink, store, 'two');
    assert.deepEqual([report.received, report.stored, report.unchanged], [2, 0, 2]);
  });

  it('tells that a file could not be read, and reads the others', async () => {
    const good = inMemory({
      'a.json': Buffer.from('x'),
      'b.json': Buffer.from(bundle('batch', patient('p'))),
    });
    const store: FileStore = {
      list: good.list,
      open: (file) => {
        if (file.path === 'a.json') throw new Error('EIO');
        return good.open(file);
      },
    };
    const sink = createRecordingSink();
    const report = await scan(sink, store);
    assert.equal(report.unreadable, 1);
    assert.deepEqual(keys(sink), ['Patient/p']);
    assert.equal(sink.ends[0]?.failure, 'SOURCE_UNREADABLE');
  });
});

describe('a file', () => {
  const receivedAt = Date.parse('2026-11-24T00:00:00Z');
  for (const { name, age, want } of [
    { name: 'that was written a moment ago is left to the next scan', age: 500, want: 0 },
    { name: 'that has settled is read', age: 1_000, want: 1 },
    { name: 'from the future, by the clock of another machine, is read', age: -60_000, want: 1 },
  ]) {
    it(name, async () => {
      const inTime = inMemory({ 'a.json': Buffer.from(bundle('batch', patient('p'))) });
      const store: FileStore = {
        open: inTime.open,
        list: async () => (await inTime.list()).map((file) => ({ ...file, modifiedAt: receivedAt - age })),
      };
      assert.equal((await scan(createRecordingSink(), store, 'one', 1_000)).received, want);
    });
  }
});

describe('the Synthea bundles', {
  skip: existsSync(synthea) ? false : 'the test data are not beside the repository',
}, () => {
  it('are read without loss: received = stored + unchanged = the entries of the files', async () => {
    let want = 0;
    for (const name of await readdir(synthea)) {
      if (name.endsWith('.json'))
        want += JSON.parse(await readFile(join(synthea, name), 'utf8')).entry.length;
    }
    const sink = createRecordingSink();
    const report = await scan(sink, createLocalFolder(synthea));
    assert.equal(report.received, want);
    assert.equal(report.quarantined, 0);
    assert.equal(report.stored + report.unchanged, want);
    assert.equal((await scan(sink, createLocalFolder(synthea))).received, 0);
    const newest = Math.max(
      ...(await Promise.all(
        (
          await readdir(synthea)
        )
          .filter((name) => name.endsWith('.json'))
          .map(async (name) => (await stat(join(synthea, name))).mtimeMs),
      )),
    );
    assert.equal(sink.ends[0]?.watermark?.getTime(), Math.trunc(newest));
  });

  it('leave no canary of a name, address, identifier, display or note in any event or position', async () => {
    const canary = 'Canary7f3a';
    const files: Record<string, Buffer> = {};
    for (const name of (await readdir(synthea)).filter((one) => one.endsWith('.json')).slice(0, 4)) {
      const document = JSON.parse(await readFile(join(synthea, name), 'utf8'));
      for (const entry of document.entry) {
        mark(entry.resource, canary);
        entry.resource.note = [{ text: canary, authorString: canary }];
      }
      files[`${canary}-${name}`] = Buffer.from(JSON.stringify(document));
    }
    const sink = createRecordingSink();
    const report = await scan(sink, inMemory(files));
    assert.ok(report.stored > 500);
    let events = 0;
    for (const entry of entries(sink)) {
      if (entry.kind === 'rejected') assert.ok(!entry.rejected.position.includes(canary));
      else {
        events += entry.record.events.length;
        assert.ok(!JSON.stringify(entry.record.events).includes(canary));
      }
    }
    assert.ok(events > 300);
  });
});

/** Puts the canary behind every text that people write, wherever it stands. */
function mark(value: unknown, canary: string): void {
  if (Array.isArray(value)) for (const one of value) mark(one, canary);
  if (typeof value !== 'object' || value === null) return;
  for (const [name, inner] of Object.entries(value)) {
    const isWritten = ['text', 'display', 'family', 'city', 'line', 'value', 'unit', 'div', 'given'].includes(
      name,
    );
    if (isWritten && typeof inner === 'string') Reflect.set(value, name, `${inner}${canary}`);
    else if (isWritten && Array.isArray(inner) && inner.every((one) => typeof one === 'string')) {
      Reflect.set(
        value,
        name,
        inner.map((one) => `${one}${canary}`),
      );
    } else mark(inner, canary);
  }
}

function inMemory(files: Record<string, Buffer>, chunkSize = 65_536): FileStore {
  return {
    list: async () =>
      Object.entries(files).map(([path, bytes]) => ({
        path,
        size: bytes.length,
        version: '1',
        modifiedAt: 1_000,
      })),
    open: async function* (file: SourceFile) {
      const bytes = files[file.path] ?? Buffer.alloc(0);
      for (let at = 0; at < bytes.length; at += chunkSize) yield bytes.subarray(at, at + chunkSize);
    },
  };
}

describe('a bucket', () => {
  const content = new Map([
    ['in/a.json', Buffer.from(bundle('batch', patient('p')))],
    ['in/b.ndjson.gz', gzipSync(lines(pressure('o')))],
    ['in/sub folder/c.json', Buffer.from(JSON.stringify(pressure('q')))],
  ]);

  /** Answers like the JSON API of Cloud Storage and the metadata server, one object per page. */
  async function standIn(
    test: TestContext,
    refuse?: number,
  ): Promise<{ readonly url: string; readonly tokens: () => number }> {
    let tokens = 0;
    const server = createServer((request, response) => {
      const url = new URL(request.url ?? '/', 'http://localhost');
      if (url.pathname.startsWith('/computeMetadata/')) {
        if (request.headers['metadata-flavor'] !== 'Google') return void response.writeHead(403).end();
        tokens += 1;
        return void response.end(
          JSON.stringify({ access_token: 'secret', expires_in: 3600, token_type: 'Bearer' }),
        );
      }
      if (request.headers.authorization !== 'Bearer secret') return void response.writeHead(401).end();
      if (refuse !== undefined) return void response.writeHead(refuse).end('no');
      if (url.pathname === '/storage/v1/b/clinic/o') {
        const names = [...content.keys()].filter((name) =>
          name.startsWith(url.searchParams.get('prefix') ?? ''),
        );
        const page = Number(url.searchParams.get('pageToken') ?? 0);
        const name = names[page] ?? '';
        const item = {
          name,
          size: String(content.get(name)?.length),
          updated: '2026-01-01T00:00:00.5Z',
          generation: '17',
        };
        const next = page + 1 < names.length ? { nextPageToken: String(page + 1) } : {};
        return void response.end(JSON.stringify({ items: [item], ...next }));
      }
      const object = content.get(decodeURIComponent(url.pathname.replace('/storage/v1/b/clinic/o/', '')));
      if (object === undefined || url.searchParams.get('generation') !== '17')
        return void response.writeHead(404).end();
      response.end(object);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    test.after(() => server.close());
    return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, tokens: () => tokens };
  }

  it('is read page by page with one token, and reads nothing the second time', async (test) => {
    const { url, tokens } = await standIn(test);
    const store = createBucket({
      bucket: 'clinic',
      prefix: 'in',
      apiUrl: url,
      metadataUrl: url,
      now: Date.now,
    });
    const sink = createRecordingSink();
    await scan(sink, store);
    assert.deepEqual(keys(sink), ['Patient/p', 'Observation/o', 'Observation/q']);
    assert.equal((await scan(sink, store)).received, 0);
    assert.equal(tokens(), 1);
  });

  for (const [status, want] of [
    [403, 'SOURCE_DENIED'],
    [404, 'SOURCE_MISSING'],
    [503, 'SOURCE_UNREADABLE'],
  ] as const) {
    it(`that answers ${status} is ${want}`, async (test) => {
      const { url } = await standIn(test, status);
      const store = createBucket({
        bucket: 'clinic',
        prefix: '',
        apiUrl: url,
        metadataUrl: url,
        now: Date.now,
      });
      await assert.rejects(store.list(), { code: want });
    });
  }
});

describe('a local folder', () => {
  it('that does not exist is SOURCE_MISSING, and the message holds no path', async () => {
    const store = createLocalFolder('/nonexistent/John_Smith');
    await assert.rejects(store.list(), (error: Error) => {
      assert.equal((error as Error & { code: string }).code, 'SOURCE_MISSING');
      assert.doesNotMatch(error.message, /Smith/);
      return true;
    });
  });
});
