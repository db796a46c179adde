import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createSealer } from './sealed.ts';

describe('a sealed value', () => {
  const sealer = createSealer('a secret of the client', 'sign-in');
  const sealed = sealer.seal({ state: 'abc' });

  it('opens to what it was', () => assert.deepEqual(sealer.open(sealed), { state: 'abc' }));
  it('opens at another replica', () =>
    assert.deepEqual(createSealer('a secret of the client', 'sign-in').open(sealed), { state: 'abc' }));
  it('needs no encoding in a cookie', () => assert.match(sealed, /^[\w-]+$/));
  it('does not show its content', () => assert.ok(!Buffer.from(sealed, 'base64url').includes('abc')));

  const others: readonly [name: string, open: () => unknown][] = [
    ['with another secret', () => createSealer('another secret, also long', 'sign-in').open(sealed)],
    ['for another purpose', () => createSealer('a secret of the client', 'else').open(sealed)],
    [
      'when it was altered',
      () => sealer.open(`${sealed.slice(0, -2)}${sealed.endsWith('AA') ? 'BB' : 'AA'}`),
    ],
    ['when it was cut', () => sealer.open(sealed.slice(0, 30))],
    ['when it is none', () => sealer.open('')],
  ];
  for (const [name, open] of others) it(`does not open ${name}`, () => assert.equal(open(), undefined));
});
