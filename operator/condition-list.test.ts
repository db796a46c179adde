import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ConditionType, Reason } from '#crds/condition.ts';
import { conditionsOf, eventsOf, fails, holds, unknown } from './condition-list.ts';

const at = (time: string, previous: ReturnType<typeof conditionsOf> = []) => ({
  generation: 2,
  suspended: false,
  previous,
  now: new Date(time),
});
const { Ready, Succeeded } = ConditionType;

describe('conditions', () => {
  it('change their time only with their status', () => {
    const first = conditionsOf([holds(Ready, Reason.Registered, 'a')], at('2026-01-01T00:00:00Z'));
    const same = conditionsOf([holds(Ready, Reason.RolledOut, 'b')], at('2026-01-02T00:00:00Z', first));
    assert.equal(same[0]?.lastTransitionTime, '2026-01-01T00:00:00Z');
    const other = conditionsOf([unknown(Ready, Reason.RollingOut, 'c')], at('2026-01-03T00:00:00Z', same));
    assert.equal(other[0]?.lastTransitionTime, '2026-01-03T00:00:00Z');
    assert.equal(other[0]?.observedGeneration, 2);
  });

  it('stall for what a retry cannot mend, and for nothing else', () => {
    const types = (reason: typeof Reason.DigestMismatch | typeof Reason.NoReadyReplicas): readonly string[] =>
      conditionsOf([fails(Ready, reason, 'x')], at('2026-01-01T00:00:00Z')).map(({ type }) => type);
    assert.deepEqual(types(Reason.DigestMismatch), ['Ready', 'Stalled']);
    assert.deepEqual(types(Reason.NoReadyReplicas), ['Ready', 'Reconciling']);
  });

  it('keep messages within bounds', () => {
    const [condition] = conditionsOf(
      [holds(Ready, Reason.Registered, 'x'.repeat(5000))],
      at('2026-01-01T00:00:00Z'),
    );
    assert.equal(condition?.message.length, 1024);
  });
});

describe('events', () => {
  it('tell each change once, failures as warnings', () => {
    const before = conditionsOf([holds(Ready, Reason.Submitted, 'a')], at('2026-01-01T00:00:00Z'));
    const after = conditionsOf(
      [holds(Ready, Reason.Submitted, 'a'), fails(Succeeded, Reason.RetriesExhausted, 'b')],
      at('2026-01-01T00:00:00Z', before),
    );
    assert.deepEqual(
      eventsOf(before, after, 'RunSimulation').map(({ type, reason }) => `${type} ${reason}`),
      ['Warning RetriesExhausted'],
    );
    assert.deepEqual(eventsOf(after, after, 'RunSimulation'), []);
  });
});
