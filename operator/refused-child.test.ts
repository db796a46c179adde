import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ConditionType, Reason } from '#crds/condition.ts';
import { CodedError } from '#runtime/errors.ts';
import { conditionsOf, holds } from './condition-list.ts';
import { refusalOf, withRefusal } from './refused-child.ts';

const child = { apiVersion: 'v1', kind: 'Service', metadata: { namespace: 'a', name: 'web' } };
const { Ready, Available } = ConditionType;

describe('a refused child', () => {
  const cases: readonly [unknown, string | undefined, RegExp][] = [
    [new CodedError('ChildNotOurs', 'x'), Reason.ChildNotOurs, /^Service web exists already .* remove it/],
    [
      new CodedError('Forbidden', 'exceeded quota: small'),
      Reason.ChildRefused,
      /forbids Service web.*exceeded quota: small/,
    ],
    [
      new CodedError('Invalid', 'spec.ports: Required value'),
      Reason.ChildRefused,
      /invalid Service web.*spec\.ports/,
    ],
    [new CodedError('ConnectionFailed', 'x'), undefined, /^$/],
    [new Error('Forbidden'), undefined, /^$/],
  ];
  for (const [error, reason, message] of cases) {
    it(`${error}: ${reason ?? 'passes by itself'}`, () => {
      const refusal = refusalOf(error, child);
      assert.equal(refusal?.reason, reason);
      assert.match(refusal?.message ?? '', message);
    });
  }

  it('makes the object not Ready, keeps what else is known, and is told once', () => {
    const now = new Date('2026-01-02T00:00:00Z');
    const previous = conditionsOf(
      [holds(Ready, Reason.RolledOut, 'a'), holds(Available, Reason.Serving, 'b')],
      { generation: 1, suspended: false, previous: [], now: new Date('2026-01-01T00:00:00Z') },
    );
    const refusal = { reason: Reason.ChildNotOurs, message: 'Service web exists already.' };
    const status = { observedGeneration: 2, conditions: previous };
    const first = withRefusal(status, refusal, { conditions: previous, now });
    const said = (first.status.conditions ?? []).map(
      ({ type, status: is, reason }) => `${type} ${is} ${reason}`,
    );
    assert.deepEqual(said, [
      'Ready False ChildNotOurs',
      'Available True Serving',
      'Reconciling True ApplyingSpec',
    ]);
    assert.deepEqual(
      first.events.map(({ type, reason, action }) => [type, reason, action]),
      [['Warning', 'ChildNotOurs', 'ApplyChildren']],
    );
    const later = new Date('2026-01-03T00:00:00Z');
    const again = withRefusal(status, refusal, { conditions: first.status.conditions ?? [], now: later });
    assert.deepEqual(again, { status: first.status, events: [] });
  });
});
