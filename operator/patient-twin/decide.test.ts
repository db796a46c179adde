import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TwinState__Output } from '#proto/gen/twinward/v1/TwinState.ts';
import { aTenant, aTwin, digest } from '../../test/build.ts';
import { decide } from './decide.ts';
import type { Observed } from './observed.ts';
import { StatusPacer } from './status-pacer.ts';
import { twinSpecOf } from './twin-spec.ts';

const now = new Date('2026-11-24T00:00:00Z');

const state = (more: Partial<TwinState__Output> = {}): TwinState__Output => ({
  handle: 'pt-4m9x2k7q8vth3c6d',
  uid: 'uid',
  specHash: '',
  binding: 'BINDING_STATE_BOUND',
  revision: '3',
  freshness: 'FRESHNESS_FRESH',
  update: 'UPDATE_STATE_CURRENT',
  reasonCode: '',
  message: '',
  models: [{ name: 'trajectory', sha256: digest('a') }],
  lastHandledRefresh: '',
  ...more,
});

const known = (more: Partial<TwinState__Output> = {}): Observed['knowledge'] => ({
  known: 'Registered',
  state: state(more),
});

const observed = (more: Partial<Observed> = {}): Observed => ({
  twin: aTwin(),
  tenant: aTenant,
  knowledge: known(),
  missing: [],
  wrongTask: [],
  ...more,
});

const waiting = known({
  binding: 'BINDING_STATE_AWAITING_SUBJECT',
  update: 'UPDATE_STATE_AWAITING_DATA',
  revision: '0',
  freshness: 'FRESHNESS_NO_DATA',
  models: [],
});

const cases: Record<string, { given: Partial<Observed>; want: Record<string, string> }> = {
  'a twin that waits for its first record is Ready': {
    given: { knowledge: waiting },
    want: { Ready: 'True/Registered', Bound: 'Unknown/AwaitingSubject', UpToDate: 'Unknown/AwaitingData' },
  },
  'a current twin': {
    given: {},
    want: { Ready: 'True/Registered', Bound: 'True/SubjectBound', UpToDate: 'True/Current' },
  },
  'a twin whose model does not answer': {
    given: { knowledge: known({ update: 'UPDATE_STATE_MODEL_UNAVAILABLE' }) },
    want: { Ready: 'True/Registered', Bound: 'True/SubjectBound', UpToDate: 'Unknown/ModelUnavailable' },
  },
  'an outcome that the model does not know fails the update only': {
    given: { knowledge: known({ update: 'UPDATE_STATE_FAILED', reasonCode: 'OUTCOME_NOT_MODELLED' }) },
    want: { Ready: 'True/Registered', Bound: 'True/SubjectBound', UpToDate: 'False/UpdateFailed' },
  },
  'a handle on two patients stalls': {
    given: { knowledge: known({ binding: 'BINDING_STATE_CONFLICT' }) },
    want: {
      Ready: 'False/HandleConflict',
      Bound: 'False/HandleConflict',
      UpToDate: 'True/Current',
      Stalled: 'True/HandleConflict',
    },
  },
  'a missing model is waited for': {
    given: { missing: ['TwinModel trajectory'], knowledge: waiting },
    want: {
      Ready: 'Unknown/DependencyNotFound',
      Bound: 'Unknown/AwaitingSubject',
      UpToDate: 'Unknown/AwaitingData',
      Reconciling: 'True/ApplyingSpec',
    },
  },
  'a model of another task stalls': {
    given: { wrongTask: ['TwinModel ecg'], knowledge: { known: 'NotAsked' } },
    want: {
      Ready: 'False/ModelTaskMismatch',
      Bound: 'Unknown/AwaitingSubject',
      UpToDate: 'Unknown/AwaitingData',
      Stalled: 'True/ModelTaskMismatch',
    },
  },
  'a suspended twin': {
    given: { twin: aTwin({ suspend: true }) },
    want: {
      Ready: 'True/Suspended',
      Bound: 'True/SubjectBound',
      UpToDate: 'True/Current',
      Suspended: 'True/Suspended',
    },
  },
};

describe('conditions of a PatientTwin', () => {
  for (const [name, { given, want }] of Object.entries(cases)) {
    it(name, () => {
      const { conditions = [] } = decide(observed(given), now).status;
      assert.deepEqual(
        Object.fromEntries(conditions.map((each) => [each.type, `${each.status}/${each.reason}`])),
        want,
      );
    });
  }

  it('stay as they were while the twin service is away, and nothing is written', () => {
    const before = decide(observed(), now).status;
    const away = decide(
      observed({ twin: aTwin({}, { status: before }), knowledge: { known: 'Away', message: 'away' } }),
      now,
    );
    assert.deepEqual(away.status, before);
    assert.equal(away.urgent, false);
    assert.deepEqual(away.events, []);
  });

  it('show no date, code or risk of the patient', () => {
    assert.doesNotMatch(
      JSON.stringify(decide(observed(), now).status),
      /risk|birth|\d{4}-\d\d-\d\d(?!T00:00:00Z)/,
    );
  });
});

describe('the spec of a twin for the twin service', () => {
  it('has another hash when the refresh annotation changes', () => {
    const refreshed = aTwin({}, { metadata: { annotations: { 'twinward.io/refresh': '7' } } });
    assert.notEqual(twinSpecOf(aTwin()).specHash, twinSpecOf(refreshed).specHash);
    assert.equal(twinSpecOf(refreshed).refresh, '7');
  });
});

describe('writes of a status', () => {
  const planAt = (revision: string) =>
    decide(
      observed({
        twin: aTwin({}, { status: decide(observed(), now).status }),
        knowledge: known({ revision }),
      }),
      now,
    );

  it('wait up to ten minutes when only the revision moved', () => {
    let clock = 0;
    const pacer = new StatusPacer(
      () => clock,
      () => 0,
    );
    const twin = aTwin({}, { status: decide(observed(), now).status });
    assert.deepEqual(pacer.pace(twin, planAt('4')), { writeNow: true });
    clock = 60_000;
    assert.deepEqual(pacer.pace(twin, planAt('5')), { writeNow: false, writeIn: 540_000 });
    clock = 600_000;
    assert.deepEqual(pacer.pace(twin, planAt('5')), { writeNow: true });
  });

  it('do not wait when a condition changes', () => {
    const pacer = new StatusPacer(
      () => 0,
      () => 0,
    );
    const twin = aTwin({}, { status: decide(observed(), now).status });
    pacer.pace(twin, planAt('4'));
    const failed = decide(observed({ twin, knowledge: known({ update: 'UPDATE_STATE_FAILED' }) }), now);
    assert.deepEqual(pacer.pace(twin, failed), { writeNow: true });
  });
});
