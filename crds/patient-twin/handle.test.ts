import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { handleAlphabet, isHandle, mintHandle } from './handle.ts';

const entropy = fc.uint8Array({ minLength: 15, maxLength: 15 });

test('the same bytes mint the same handle', () => {
  assert.equal(mintHandle(new Uint8Array(15)), 'pt-0000000000000000');
  assert.equal(mintHandle(Uint8Array.from({ length: 15 }, (_, index) => index + 1)), 'pt-123456789abcdef0');
});

test('what is minted is a handle', () => {
  fc.assert(fc.property(entropy, (bytes) => isHandle(mintHandle(bytes))));
  assert.ok(isHandle(mintHandle(randomBytes(20))));
});

test('too few bytes are refused', () => {
  assert.throws(() => mintHandle(new Uint8Array(14)), /needs 15 random bytes; 14 were given/);
});

test('a typing error in one character is noticed', () => {
  const index = fc.nat({ max: 15 });
  const character = fc.constantFrom(...handleAlphabet);
  fc.assert(
    fc.property(entropy, index, character, (bytes, at, other) => {
      const handle = mintHandle(bytes);
      const old = handle.charAt(at + 3);
      // 0 and z are the same modulo 31, the only pair that one checksum character cannot tell apart.
      fc.pre(other !== old && `${old}${other}` !== '0z' && `${old}${other}` !== 'z0');
      return !isHandle(`${handle.slice(0, at + 3)}${other}${handle.slice(at + 4)}`);
    }),
  );
});

describe('is not a handle', () => {
  const cases = [
    '',
    'pt-',
    'jane-doe',
    'PT-0000000000000000',
    'pt-000000000000000',
    'pt-00000000000000000',
    'pt-000000000000000i',
  ];
  for (const text of cases) {
    test(JSON.stringify(text), () => {
      assert.equal(isHandle(text), false);
    });
  }
});
