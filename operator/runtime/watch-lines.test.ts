import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { parseWatchLine, splitLines } from './watch-lines.ts';

async function* chunksOf(text: string, cuts: readonly number[]): AsyncGenerator<string> {
  const at = [0, ...cuts.map((cut) => cut % (text.length + 1)), text.length].sort((a, b) => a - b);
  for (let i = 1; i < at.length; i++) yield text.slice(at[i - 1], at[i]);
}

async function linesOf(chunks: AsyncIterable<string>): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of splitLines(chunks)) lines.push(line);
  return lines;
}

describe('lines of a watch', () => {
  it('are whole wherever the chunks are cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ minLength: 1 }).filter((line) => !line.includes('\n'))),
        fc.array(fc.nat()),
        async (lines, cuts) => {
          const text = lines.map((line) => `${line}\n`).join('');
          assert.deepEqual(await linesOf(chunksOf(text, cuts)), lines);
        },
      ),
    );
  });

  it('a rest without an end is an error, after the whole lines have been given', async () => {
    const lines: string[] = [];
    const read = async (): Promise<void> => {
      for await (const line of splitLines(chunksOf('{"a":1}\n{"b"', []))) lines.push(line);
    };
    await assert.rejects(read(), { code: 'BrokenWatch' });
    assert.deepEqual(lines, ['{"a":1}']);
  });

  for (const bad of ['{"type":"ADDED"', 'null', '3', '{"type":1,"object":{}}', '{"type":"ADDED"}']) {
    it(`refuses ${bad}`, () => assert.throws(() => parseWatchLine(bad), { code: 'BrokenWatch' }));
  }
});
