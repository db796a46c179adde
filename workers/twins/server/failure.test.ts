import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { status } from '@grpc/grpc-js';
import { reasonOf, statusError } from '#proto/status.ts';
import { StoreError } from '../store/database.ts';
import { failureOf, Refusal } from './failure.ts';
import { createMinting } from './minting.ts';
import { schemaReason } from './readiness.ts';
import { coalesce, formatCursor, parseCursor } from './watch.ts';

describe('failureOf', () => {
  const cases = [
    {
      name: 'a refusal',
      given: new Refusal('LEGAL_HOLD', 'why'),
      code: status.FAILED_PRECONDITION,
      reason: 'LEGAL_HOLD',
      unexpected: false,
    },
    {
      name: 'a database that is away',
      given: new StoreError('DATABASE_UNAVAILABLE', 'x'),
      code: status.UNAVAILABLE,
      reason: 'DATABASE_UNAVAILABLE',
      unexpected: true,
    },
    {
      name: 'a statement that fails',
      given: new StoreError('22P02', 'x'),
      code: status.INTERNAL,
      reason: 'INTERNAL',
      unexpected: true,
    },
    {
      name: 'a status of another service',
      given: statusError(status.FAILED_PRECONDITION, 'OUT_OF_SCOPE', 'x'),
      code: status.FAILED_PRECONDITION,
      reason: 'OUT_OF_SCOPE',
      unexpected: false,
    },
    {
      name: 'anything else, without its words',
      given: new Error('Mr Smith'),
      code: status.INTERNAL,
      reason: 'INTERNAL',
      unexpected: true,
    },
  ];
  for (const { name, given, code, reason, unexpected } of cases) {
    it(name, () => {
      const failure = failureOf(given);
      assert.deepEqual(
        [failure.status.code, reasonOf(failure.status), failure.unexpected],
        [code, reason, unexpected],
      );
      assert.doesNotMatch(failure.status.message, /Smith/);
    });
  }
});

describe('cursors', () => {
  const cursor = { epoch: '00000000-0000-4000-8000-000000000000', xid: '77', seq: 3 };
  it('are read back', () => assert.deepEqual(parseCursor(formatCursor(cursor)), cursor));
  it('are none when they are garbled', () => assert.equal(parseCursor('x.1.2'), undefined));
  it('name each changed key once', () => {
    const row = { kind: 1, namespace: 'n', name: 'a' };
    assert.deepEqual(
      coalesce([row, row, { ...row, kind: 2 }]).map((key) => key.kind),
      ['CHANGED_KIND_TWIN', 'CHANGED_KIND_SOURCE'],
    );
  });
});

describe('createMinting', () => {
  it('derives the stream of a named subject when asked to, and only then', () => {
    const [handle, random] = [createMinting('Handle'), createMinting('Random')];
    assert.equal(handle.rngId('pt-a'), createMinting('Handle').rngId('pt-a'));
    assert.notEqual(handle.rngId('pt-a'), handle.rngId('pt-b'));
    assert.notEqual(random.rngId('pt-a'), random.rngId('pt-a'));
    assert.notEqual(handle.rngId(''), handle.rngId(''));
  });
});

it('a schema that is too old, or that took away what this code needs, is not ready', () => {
  assert.equal(schemaReason({ version: 0, serves: 0 }), 'SCHEMA_NOT_READY');
  assert.equal(schemaReason({ version: 10_000, serves: 9_999 }), 'SCHEMA_NOT_READY');
  assert.equal(schemaReason({ version: 10_000, serves: 1 }), undefined);
});
