import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { TerminalError } from '#runtime/errors.ts';
import { readKek } from './keys.ts';

describe('readKek', () => {
  const folder = mkdtempSync(join(tmpdir(), 'twinward-kek-'));
  const file = join(folder, 'kek');
  after(() => rmSync(folder, { recursive: true }));

  it('reads 32 random bytes, with a line end', () => {
    const key = randomBytes(32);
    writeFileSync(file, `${key.toString('base64')}\n`);
    assert.deepEqual(readKek(file), key);
  });

  const refused = [
    { name: 'an empty file', text: '' },
    { name: '31 bytes', text: randomBytes(31).toString('base64') },
    { name: '33 bytes', text: randomBytes(33).toString('base64') },
    { name: 'hexadecimal digits', text: randomBytes(32).toString('hex') },
    { name: 'zeros', text: Buffer.alloc(32).toString('base64') },
    { name: 'one byte again and again', text: Buffer.alloc(32, 7).toString('base64') },
    { name: 'a text', text: Buffer.from('secretsecretsecretsecretsecretse').toString('base64') },
    {
      name: 'a text that is no base64',
      text: `${randomBytes(16).toString('base64')} ${randomBytes(16).toString('base64')}`,
    },
  ];
  for (const { name, text } of refused) {
    it(`refuses ${name} without repeating it`, () => {
      writeFileSync(file, text);
      assert.throws(
        () => readKek(file),
        (error) =>
          error instanceof TerminalError &&
          error.code === 'InvalidKey' &&
          (text === '' || !error.message.includes(text)),
      );
    });
  }
});
