import assert from 'node:assert/strict';
import { test } from 'node:test';
import { terminalReasons } from './condition.ts';
import { kinds } from './kinds.ts';
import { conditionReasons } from './reasons.ts';

test('each kind says which reasons its conditions carry', () => {
  assert.deepEqual(Object.keys(conditionReasons).sort(), kinds.map((kind) => kind.kind).sort());
});

test('Stalled carries terminal reasons only, and each terminal reason is carried by some kind', () => {
  const stalled = Object.values(conditionReasons).flatMap((conditions) => conditions['Stalled']?.True ?? []);
  assert.deepEqual(new Set(stalled), new Set(terminalReasons));
});
