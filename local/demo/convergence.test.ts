import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type ClusterObject, parseObjects } from './cluster.ts';
import { type FollowedKind, judge, stateOf, type Verdict } from './convergence.ts';

function anObject(conditions: readonly string[], observedGeneration = 1): ClusterObject {
  const [object] = parseObjects(
    JSON.stringify({
      kind: 'Any',
      metadata: { name: 'one', generation: 1 },
      status: {
        observedGeneration,
        conditions: conditions.map((text) => {
          const [type, status, reason, message] = text.split(' ');
          return { type, status, reason, message };
        }),
      },
    }),
  );
  assert.ok(object);
  return object;
}

describe('judging an object by its conditions', () => {
  const cases: readonly [name: string, kind: FollowedKind, given: ClusterObject, want: Verdict][] = [
    ['waits while the operator has not seen it', 'TwinModel', anObject([], -1), 'Waiting'],
    ['waits for every goal', 'TwinModel', anObject(['Ready True RolledOut']), 'Waiting'],
    [
      'converges when all goals are met',
      'TwinModel',
      anObject(['Ready True RolledOut', 'Available True Serving']),
      'Converged',
    ],
    [
      'does not believe conditions of an older generation',
      'TwinModel',
      anObject(['Ready True RolledOut', 'Available True Serving'], 0),
      'Waiting',
    ],
    [
      'a twin that is Ready but has no forecast is not there yet',
      'PatientTwin',
      anObject(['Ready True Registered', 'UpToDate Unknown Updating']),
      'Waiting',
    ],
    [
      'a stalled object has failed, whatever else is true',
      'DataSource',
      anObject(['Ready True Deployed', 'Synced True SyncSucceeded', 'Stalled True HostNotAllowed']),
      'Failed',
    ],
    [
      'a submitted simulation is not a finished one',
      'Simulation',
      anObject(['Ready True Submitted', 'Succeeded Unknown Running']),
      'Waiting',
    ],
    [
      'a failed simulation has failed',
      'Simulation',
      anObject(['Succeeded False DeadlineExceeded']),
      'Failed',
    ],
    ['a reused result counts', 'Simulation', anObject(['Succeeded True ReusedResult']), 'Converged'],
  ];
  for (const [name, kind, given, want] of cases) {
    it(name, () => assert.equal(judge(kind, given), want));
  }
});

describe('the line about an object', () => {
  it('names the conditions that count and the message of the open one', () => {
    const object = anObject([
      'Ready True Registered',
      'Bound True SubjectBound',
      'UpToDate Unknown Updating why',
    ]);
    assert.equal(stateOf('PatientTwin', object), 'Ready=True Registered · UpToDate=Unknown Updating: why');
  });

  it('tells how far a simulation has come', () => {
    const object = anObject(['Succeeded Unknown Running']);
    const running = { ...object, status: { ...object.status, units: { total: 16, completed: 3 } } };
    assert.equal(stateOf('Simulation', running), 'Succeeded=Unknown Running · 3 of 16 units');
  });
});
