import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import { blind, deriveKey, seal, unseal } from './seal.ts';

const key = randomBytes(32);

describe('seal', () => {
  it('opens with the same key and purpose', () => {
    assert.equal(unseal(key, seal(key, Buffer.from('x y z'), 'raw|1'), 'raw|1').toString(), 'x y z');
  });

  const wrong = [
    { name: 'another key', open: (sealed: Buffer) => unseal(randomBytes(32), sealed, 'raw|1') },
    { name: 'another purpose', open: (sealed: Buffer) => unseal(key, sealed, 'raw|2') },
    { name: 'a changed byte', open: (sealed: Buffer) => unseal(key, flipped(sealed), 'raw|1') },
    { name: 'cut bytes', open: (sealed: Buffer) => unseal(key, sealed.subarray(0, 20), 'raw|1') },
  ];
  for (const { name, open } of wrong) {
    it(`does not open with ${name}, and the error holds nothing of the content`, () => {
      assert.throws(
        () => open(seal(key, Buffer.from('canary'), 'raw|1')),
        (error: Error) => {
          return 'code' in error && error.code === 'SealBroken' && !error.message.includes('canary');
        },
      );
    });
  }

  it('never gives the same bytes twice', () => {
    assert.notDeepEqual(seal(key, Buffer.from('a'), 'p'), seal(key, Buffer.from('a'), 'p'));
  });
});

describe('blind', () => {
  it('names equal values equally and separates parts', () => {
    const k = deriveKey(key, 'blind');
    assert.equal(blind(k, 'a', 'b'), blind(k, 'a', 'b'));
    assert.notEqual(blind(k, 'ab', ''), blind(k, 'a', 'b'));
    assert.notEqual(blind(k, 'a'), blind(deriveKey(key, 'other'), 'a'));
  });
});

function flipped(sealed: Buffer): Buffer {
  const copy = Buffer.from(sealed);
  copy[copy.length - 1] = (copy[copy.length - 1] ?? 0) ^ 1;
  return copy;
}
