import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fingerprint, project } from './intent.ts';

describe('the part of a live object that an intent names', () => {
  const cases = [
    { name: 'other fields do not count', live: { a: 1, b: 2 }, intent: { a: 5 }, want: { a: 1 } },
    { name: 'a missing field shows', live: {}, intent: { a: 5 }, want: { a: undefined } },
    {
      name: 'items are found by name wherever they stand',
      live: { l: [{ name: 'injected' }, { name: 'x', v: 1, w: 2 }] },
      intent: { l: [{ name: 'x', v: 9 }] },
      want: { l: [{ name: 'x', v: 1 }] },
    },
    {
      name: 'items without a name are found by position',
      live: { l: [{ port: 1, protocol: 'TCP' }] },
      intent: { l: [{ port: 1 }] },
      want: { l: [{ port: 1 }] },
    },
    {
      name: 'a shorter list shows',
      live: { l: ['a'] },
      intent: { l: ['a', 'b'] },
      want: { l: ['a', undefined] },
    },
  ];
  for (const { name, live, intent, want } of cases)
    it(name, () => assert.deepEqual(project(live, intent), want));
});

describe('fingerprints', () => {
  it('do not depend on the order of fields, but on that of items', () => {
    assert.equal(fingerprint({ a: 1, b: { c: 2, d: 3 } }), fingerprint({ b: { d: 3, c: 2 }, a: 1 }));
    assert.notEqual(fingerprint([1, 2]), fingerprint([2, 1]));
    assert.notEqual(fingerprint({ a: '1' }), fingerprint({ a: 1 }));
  });
});
