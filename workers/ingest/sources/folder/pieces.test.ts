import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { JsonStream, memberBytes } from './json-stream.ts';
import { documentPieces, linePieces, type Piece } from './pieces.ts';

async function* cut(text: string, size: number): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function all(pieces: AsyncIterable<Piece>): Promise<readonly Piece[]> {
  return await Array.fromAsync(pieces);
}

const entriesOf = (pieces: readonly Piece[]): readonly unknown[] =>
  pieces.flatMap((piece) => (piece.kind === 'entry' ? [JSON.parse(piece.bytes.toString())] : []));

const chunk = fc.integer({ min: 1, max: 50 });
const object = fc.dictionary(fc.string(), fc.jsonValue());
const spacing = fc.constantFrom(undefined, 1, '\t');

describe('pieces of a document', () => {
  it('are its entries, whatever they hold, however they are spaced and cut', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(object), object, spacing, chunk, async (entry, other, space, size) => {
        const bundle = { ...other, resourceType: 'Bundle', type: 'batch', entry };
        const pieces = await all(documentPieces(cut(JSON.stringify(bundle, null, space), size)));
        assert.deepEqual(entriesOf(pieces), JSON.parse(JSON.stringify(entry)));
        assert.ok(pieces.every((piece) => piece.kind !== 'broken'));
      }),
    );
  });

  it('of a file that ends too early are whole entries and one break, never half an entry', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(object, { minLength: 1 }), chunk, fc.nat(), async (entry, size, where) => {
        const text = Buffer.from(JSON.stringify({ resourceType: 'Bundle', entry }));
        const short = text.subarray(0, where % text.length).toString('latin1');
        const pieces = await all(documentPieces(cut(short, size)));
        const seen = pieces.flatMap((piece) => (piece.kind === 'entry' ? [piece.bytes.toString()] : []));
        const breaks = pieces.flatMap((piece) => (piece.kind === 'broken' ? [piece.bytes.toString()] : []));
        assert.equal(breaks.length, 1);
        assert.equal(breaks[0] === '', short === '', 'something of the file is kept');
        const whole = entry.map((one) =>
          Buffer.from(Buffer.from(JSON.stringify(one)).toString('latin1')).toString(),
        );
        assert.deepEqual(seen, whole.slice(0, seen.length));
      }),
    );
  });

  for (const [where, between] of [
    ['behind an entry', ''],
    ['behind a comma', ','],
    ['behind a comma and a space', ', '],
  ]) {
    it(`of a file that breaks off ${where} keep what stands before the entries`, async () => {
      const text = `{"resourceType":"Bundle","id":"b7","entry": [{"a":1}${between}`;
      const pieces = await all(documentPieces(cut(text, 7)));
      assert.deepEqual(
        pieces.map((piece) => ('bytes' in piece ? [piece.kind, piece.bytes.toString()] : [piece.kind])),
        [
          ['entry', '{"a":1}'],
          ['broken', '{"resourceType":"Bundle","id":"b7","entry":'],
        ],
      );
    });
  }

  it('of any bytes at all come to an end', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), chunk, async (bytes, size) => {
        const text = Buffer.from(bytes).toString('latin1');
        await all(documentPieces(cut(text, size)));
        await all(linePieces(cut(text, size)));
      }),
    );
  });
});

describe('pieces of lines', () => {
  it('are the lines that are not blank', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(object), chunk, async (rows, size) => {
        const text = rows.map((row) => `${JSON.stringify(row)}\n\n`).join('');
        const pieces = await all(linePieces(cut(text, size)));
        const read = pieces.flatMap((piece) =>
          piece.kind === 'resource' ? [JSON.parse(piece.bytes.toString())] : [],
        );
        assert.deepEqual(read, JSON.parse(JSON.stringify(rows)));
      }),
    );
  });
});

describe('memberBytes', () => {
  it('finds a member where it stands', () => {
    fc.assert(
      fc.property(object, fc.jsonValue(), object, spacing, (one, value, other, space) => {
        const { resource: _, ...before } = one;
        const { resource: __, ...after } = other;
        const text = JSON.stringify({ ...before, resource: value, ...after }, null, space);
        const found = memberBytes(Buffer.from(text), 'resource');
        assert.deepEqual(JSON.parse(found?.toString() ?? ''), JSON.parse(JSON.stringify(value)));
      }),
    );
  });
});

describe('a stream of JSON', () => {
  it('keeps no more of a value than it is told to', async () => {
    const text = JSON.stringify('x'.repeat(1_000_000));
    const { bytes, cut: isCut, complete } = await new JsonStream(cut(text, 4_096)).value(100);
    assert.deepEqual([bytes.length, isCut, complete], [100, true, true]);
  });
});
