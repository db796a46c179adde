import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CallError } from '../errors.ts';
import { Admission } from './admission.ts';

const refusal = (run: () => unknown): CallError => {
  try {
    run();
  } catch (error) {
    assert.ok(error instanceof CallError);
    return error;
  }
  throw new assert.AssertionError({ message: 'nothing was refused' });
};

describe('admission', () => {
  it('refuses rows beyond the bound and says when to come back', () => {
    const admission = new Admission({ rows: 100, bytes: 1_000 });
    admission.admit({ rows: 60, bytes: 1, priority: 0 });
    const error = refusal(() => admission.admit({ rows: 41, bytes: 1, priority: 0 }));
    assert.equal(error.reason, 'QUEUE_FULL');
    assert.ok((error.retryAfterMs ?? 0) >= 50);
    admission.admit({ rows: 40, bytes: 1, priority: 0 });
  });

  it('refuses bytes beyond the bound', () => {
    const admission = new Admission({ rows: 100, bytes: 1_000 });
    admission.admit({ rows: 1, bytes: 900, priority: 0 });
    assert.equal(refusal(() => admission.admit({ rows: 1, bytes: 101, priority: 0 })).reason, 'QUEUE_FULL');
  });

  it('keeps room for people while batch work waits', () => {
    const admission = new Admission({ rows: 100, bytes: 1_000 });
    admission.admit({ rows: 80, bytes: 1, priority: 2 });
    assert.equal(refusal(() => admission.admit({ rows: 1, bytes: 1, priority: 2 })).reason, 'QUEUE_FULL');
    admission.admit({ rows: 20, bytes: 1, priority: 0 });
    assert.deepEqual(admission.requests, [1, 0, 1]);
  });

  it('lets an idle server take a large batch demand', () => {
    const admission = new Admission({ rows: 100, bytes: 1_000 });
    admission.admit({ rows: 100, bytes: 1, priority: 2 });
    assert.equal(admission.rows, 100);
  });

  it('calls a demand that can never fit too large', () => {
    const admission = new Admission({ rows: 100, bytes: 1_000 });
    assert.equal(
      refusal(() => admission.admit({ rows: 101, bytes: 1, priority: 0 })).reason,
      'REQUEST_TOO_LARGE',
    );
  });

  it('gives a place back once, however often it is released', () => {
    const admission = new Admission({ rows: 100, bytes: 1_000 });
    const ticket = admission.admit({ rows: 60, bytes: 10, priority: 1 });
    admission.admit({ rows: 20, bytes: 10, priority: 0 });
    ticket.release();
    ticket.release();
    assert.equal(admission.rows, 20);
    assert.deepEqual(admission.requests, [1, 0, 0]);
  });

  it('takes nothing on while draining', () => {
    const admission = new Admission({ rows: 100, bytes: 1_000 });
    admission.drain();
    assert.equal(refusal(() => admission.admit({ rows: 1, bytes: 1, priority: 0 })).reason, 'DRAINING');
  });
});
