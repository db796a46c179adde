import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { roleOf } from './roles.ts';

describe('roleOf', () => {
  const cases = [
    {
      name: 'the operator by namespace and name',
      namespace: 'twinward-system',
      account: 'twinward-operator',
      want: 'operator',
    },
    {
      name: 'the same name in a tenant is a person',
      namespace: 'clinic',
      account: 'twinward-operator',
      want: 'person',
    },
    { name: 'an ingest pod', namespace: 'clinic', account: 'twinward-ingest', want: 'ingest' },
    { name: 'a simulate pod', namespace: 'clinic', account: 'twinward-simulate', want: 'simulate' },
    { name: 'anybody else', namespace: 'clinic', account: 'dr-who', want: 'person' },
  ];
  for (const { name, namespace, account, want } of cases) {
    it(name, () => {
      assert.equal(
        roleOf({ namespace, account, username: '', groups: [] }, 'twinward-system/twinward-operator'),
        want,
      );
    });
  }
});
