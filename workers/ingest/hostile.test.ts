// Files made to stop, fill or confuse whoever reads them: each costs itself, and nothing beside it is lost.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { createUcum } from './fhir/ucum.ts';
import { createUnits } from './fhir/unit.ts';
import { createZone } from './fhir/zone.ts';
import { readCsvLine } from './sources/folder/enrolment.ts';
import type { FileFormat } from './sources/folder/file-format.ts';
import { readItems } from './sources/folder/items.ts';
import { documentPieces } from './sources/folder/pieces.ts';

const units = createUnits(createUcum(), new Map([['8480-6', ['mm[Hg]']]]));

/** What the items of one file became. */
async function outcomes(bytes: Buffer, format: FileFormat): Promise<readonly string[]> {
  const store = {
    list: async () => [],
    open: async function* () {
      for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536);
    },
  };
  const file = { path: 'a', size: bytes.length, version: '1', modifiedAt: 0 };
  const time = { zone: createZone('UTC'), receivedAt: Date.parse('2026-11-24T00:00:00Z') };
  const found: string[] = [];
  for await (const read of readItems(file, format, { store, units, time, enrolled: new Map() })) {
    found.push(read.kind === 'rejected' ? read.reason : `${read.record.type}/${read.record.id}`);
  }
  return found;
}

const document: FileFormat = { content: 'document', gzip: false };
const observation = (more: string): string =>
  `{"resourceType":"Observation","id":"o","status":"final","subject":{"reference":"Patient/p"},
    "code":{"coding":[{"system":"http://loinc.org","code":"8480-6"}]},"effectiveDateTime":"2020-01-01"${more}}`;
const between = (resource: string): Buffer =>
  Buffer.from(
    `{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Patient","id":"p"}},{"resource":${resource}},
     {"resource":{"resourceType":"Condition","id":"c","subject":{"reference":"Patient/p"}}}]}`,
  );

describe('a hostile record', () => {
  const nested = (levels: number): string => `,"extension":${'['.repeat(levels)}${']'.repeat(levels)}`;
  const cases = [
    { name: 'nested a million deep', resource: observation(nested(1_000_000)), want: 'NOT_FHIR' },
    { name: 'nested as deep as is read', resource: observation(nested(200)), want: 'Observation/o' },
    ...['__proto__', 'constructor', 'toString', '10*999999999999'].map((unit) => ({
      name: `in the unit ${unit}`,
      resource: observation(`,"valueQuantity":{"value":1,"unit":"${unit}"}`),
      want: 'UNIT_MISMATCH',
    })),
    {
      name: 'with members named like those of every object',
      resource: observation(',"__proto__":{"status":"entered-in-error"},"constructor":{"prototype":{"x":1}}'),
      want: 'Observation/o',
    },
  ];
  for (const { name, resource, want } of cases) {
    it(`${name} costs no other record of its bundle`, async () => {
      assert.deepEqual(await outcomes(between(resource), document), ['Patient/p', want, 'Condition/c']);
    });
  }

  it('cannot pass for the head of a bundle by a member named __proto__, and is not lost', async () => {
    const file = Buffer.from('{"__proto__":{"resourceType":"Bundle"},"id":"x"}');
    assert.deepEqual(await outcomes(file, document), ['NOT_FHIR']);
  });
});

describe('a hostile file', () => {
  it('keeps few members of a bundle beside its entries, however many there are', async () => {
    const members = Array.from({ length: 10_000 }, (_, i) => `"k${i}":${i}`).join();
    const whole = async function* () {
      yield Buffer.from(`{"resourceType":"Bundle",${members}}`);
    };
    for await (const piece of documentPieces(whole())) {
      assert.ok(piece.kind === 'header' && Object.keys(piece.header).length <= 64);
    }
  });

  it('that unpacks to hundreds of times its size is read to a limit', { timeout: 60_000 }, async () => {
    const line = Buffer.from(`{"resourceType":"Patient","id":"p"}\n${' '.repeat(1024 * 1024)}\n`);
    const bomb = gzipSync(Buffer.concat(Array<Buffer>(200).fill(line)), { level: 9 });
    const found = await outcomes(bomb, { content: 'lines', gzip: true });
    assert.equal(found.at(-1), 'TOO_LARGE');
    assert.ok(found.length < 80, `${found.length}`);
  });
});

describe('a line of CSV', () => {
  const cases = [
    { line: 'a,b,c', want: ['a', 'b', 'c'] },
    { line: '"a,1","say ""x""",', want: ['a,1', 'say "x"', ''] },
    { line: ',b', want: ['', 'b'] },
    { line: ',', want: ['', ''] },
    { line: '', want: [''] },
    { line: '"', want: undefined },
    { line: '"abc', want: undefined },
    { line: `"${'""'.repeat(100_000)}`, want: undefined },
    { line: 'a"b,c', want: undefined },
    { line: '"a"b,c', want: undefined },
  ];
  for (const { line, want } of cases) {
    it(`${JSON.stringify(line.slice(0, 20))} ends and gives ${JSON.stringify(want)}`, () => {
      assert.deepEqual(readCsvLine(line), want);
    });
  }
});
