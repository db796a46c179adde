import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CallError } from '../errors.ts';
import { Admission, type Demand } from './admission.ts';

const LIMITS = { rows: 100, bytes: 1_000, seconds: 300 };
const aDemand = (change: Partial<Demand>): Demand => ({
  ...{ rows: 1, bytes: 1, priority: 0, rowYears: 0, instants: 0, patienceSeconds: Infinity },
  ...change,
});

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
    const admission = new Admission(LIMITS);
    admission.admit(aDemand({ rows: 60, bytes: 1, priority: 0 }));
    const error = refusal(() => admission.admit(aDemand({ rows: 41, bytes: 1, priority: 0 })));
    assert.equal(error.reason, 'QUEUE_FULL');
    assert.ok((error.retryAfterMs ?? 0) >= 50);
    admission.admit(aDemand({ rows: 40, bytes: 1, priority: 0 }));
  });

  it('refuses bytes beyond the bound', () => {
    const admission = new Admission(LIMITS);
    admission.admit(aDemand({ rows: 1, bytes: 900, priority: 0 }));
    assert.equal(
      refusal(() => admission.admit(aDemand({ rows: 1, bytes: 101, priority: 0 }))).reason,
      'QUEUE_FULL',
    );
  });

  it('keeps room for people while batch work waits', () => {
    const admission = new Admission(LIMITS);
    admission.admit(aDemand({ rows: 80, bytes: 1, priority: 2 }));
    assert.equal(
      refusal(() => admission.admit(aDemand({ rows: 1, bytes: 1, priority: 2 }))).reason,
      'QUEUE_FULL',
    );
    admission.admit(aDemand({ rows: 20, bytes: 1, priority: 0 }));
    assert.deepEqual(admission.requests, [1, 0, 1]);
  });

  it('lets an idle server take a large batch demand', () => {
    const admission = new Admission(LIMITS);
    admission.admit(aDemand({ rows: 100, bytes: 1, priority: 2 }));
    assert.equal(admission.rows, 100);
  });

  it('calls a demand that can never fit too large', () => {
    const admission = new Admission(LIMITS);
    assert.equal(
      refusal(() => admission.admit(aDemand({ rows: 101, bytes: 1, priority: 0 }))).reason,
      'REQUEST_TOO_LARGE',
    );
  });

  it('gives a place back once, however often it is released', () => {
    const admission = new Admission(LIMITS);
    const ticket = admission.admit(aDemand({ rows: 60, bytes: 10, priority: 1 }));
    admission.admit(aDemand({ rows: 20, bytes: 10, priority: 0 }));
    ticket.release();
    ticket.release();
    assert.equal(admission.rows, 20);
    assert.deepEqual(admission.requests, [1, 0, 0]);
  });

  it('takes nothing on while draining', () => {
    const admission = new Admission(LIMITS);
    admission.drain();
    assert.equal(
      refusal(() => admission.admit(aDemand({ rows: 1, bytes: 1, priority: 0 }))).reason,
      'DRAINING',
    );
  });

  describe('by predicted cost', () => {
    const limits = { rows: 1_000_000, bytes: 1_000, seconds: 10 };
    /** 1,000 steps a second, 2 steps a row and year. */
    const learnt = (threads = 1): Admission => {
      const admission = new Admission(limits);
      admission.begin(threads);
      for (let second = 0; second < 100; second++) admission.observeRuns(1_000, 1);
      for (let leaf = 0; leaf < 1_000; leaf++) admission.observeLeaf(1_280, 640);
      return admission;
    };

    it('takes ten times as long for ten times the horizon, and half on twice the threads', () => {
      const predicted = (years: number, threads = 1): number =>
        learnt(threads).predict({ rows: 64, rowYears: 64 * years, instants: 0 });
      assert.ok(Math.abs(predicted(1) - 0.128) < 1e-3);
      assert.ok(Math.abs(predicted(10) - 1.28) < 1e-3);
      assert.ok(Math.abs(predicted(10, 2) - 0.64) < 1e-3);
    });

    it('counts the fold of a long history', () => {
      assert.ok(learnt().predict({ rows: 64, rowYears: 64, instants: 5_000 }) > 5);
    });

    it('refuses more seconds than the bound, few rows though they are', () => {
      const admission = learnt();
      const long = aDemand({ rows: 64, rowYears: 4_000 });
      admission.admit(long);
      assert.equal(refusal(() => admission.admit(long)).reason, 'QUEUE_FULL');
      admission.admit(aDemand({ rows: 64, rowYears: 640 }));
    });

    it('refuses at once what could not begin before its deadline', () => {
      const admission = learnt();
      admission.admit(aDemand({ rows: 64, rowYears: 2_000, priority: 1 }));
      const late = aDemand({ rows: 64, rowYears: 64, patienceSeconds: 2, priority: 1 });
      const error = refusal(() => admission.admit(late));
      assert.equal(error.reason, 'QUEUE_FULL');
      assert.equal(error.retryAfterMs, 2_000);
      admission.admit({ ...late, patienceSeconds: 5 });
      admission.admit({ ...late, priority: 0 });
    });

    it('forgets what is done already', () => {
      const admission = learnt();
      const ticket = admission.admit(aDemand({ rows: 64, rowYears: 2_000, priority: 1 }));
      ticket.progress(0.75);
      assert.ok(Math.abs(admission.seconds - 1) < 1e-3);
      admission.admit(aDemand({ rows: 64, rowYears: 64, patienceSeconds: 2, priority: 1 }));
      ticket.release();
      assert.ok(Math.abs(admission.seconds - 0.128) < 1e-3);
    });
  });
});
