import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TwinRow } from '../store/twins.ts';
import { twinState } from './twin-state.ts';

const spec = {
  sources: [],
  models: ['m'],
  outcomes: [],
  updateMode: 'OnData',
  debounceSeconds: 0,
  cron: '',
  timeZone: '',
  deletionPolicy: 'Retain',
};
const current: TwinRow = {
  twin_id: 1,
  handle: 'pt-x',
  subject_id: 1,
  object_uid: 'u',
  template: false,
  spec_hash: 'h',
  spec,
  update_mode: 'OnData',
  suspended: false,
  refresh: '',
  handled_refresh: '',
  update_state: 'CURRENT',
  reason_code: '',
  message: '',
  done_rev: 3,
  done_spec_hash: 'h',
  done_as_of: '2026-01-01',
  done_models: [{ name: 'm', sha256: 'd' }],
  next_run_at: null,
  revision: 3,
  subject_state: 'active',
};
const aRow = (change: Partial<TwinRow>): TwinRow => ({ ...current, ...change });

describe('twinState', () => {
  const cases = [
    {
      name: 'no subject yet',
      given: aRow({ subject_id: null, revision: null, done_rev: 0, update_state: 'AWAITING_DATA' }),
      want: ['AWAITING_SUBJECT', 'NO_DATA', 'AWAITING_DATA'],
    },
    { name: 'current', given: current, want: ['BOUND', 'FRESH', 'CURRENT'] },
    { name: 'newer data', given: aRow({ revision: 4 }), want: ['BOUND', 'STALE', 'UPDATING'] },
    { name: 'another spec', given: aRow({ spec_hash: 'h2' }), want: ['BOUND', 'STALE', 'UPDATING'] },
    {
      name: 'no forecast yet',
      given: aRow({ done_rev: 0, update_state: 'AWAITING_DATA' }),
      want: ['BOUND', 'STALE', 'UPDATING'],
    },
    {
      name: 'the model is away',
      given: aRow({ update_state: 'MODEL_UNAVAILABLE' }),
      want: ['BOUND', 'STALE', 'MODEL_UNAVAILABLE'],
    },
    {
      name: 'outside of what the model covers',
      given: aRow({ update_state: 'OUTSIDE_VALIDATED_RANGE' }),
      want: ['BOUND', 'STALE', 'OUTSIDE_VALIDATED_RANGE'],
    },
    { name: 'failed', given: aRow({ update_state: 'FAILED' }), want: ['BOUND', 'STALE', 'FAILED'] },
    {
      name: 'a manual twin waits to be asked',
      given: aRow({ update_mode: 'Manual', done_rev: 0, update_state: 'AWAITING_DATA' }),
      want: ['BOUND', 'STALE', 'AWAITING_DATA'],
    },
    {
      name: 'a manual twin with newer data is stale, and nothing runs',
      given: aRow({ update_mode: 'Manual', revision: 4 }),
      want: ['BOUND', 'STALE', 'CURRENT'],
    },
    {
      name: 'a manual twin that was asked',
      given: aRow({ update_mode: 'Manual', revision: 4, refresh: '1' }),
      want: ['BOUND', 'STALE', 'UPDATING'],
    },
  ];
  for (const { name, given, want } of cases) {
    it(name, () => {
      const { binding, freshness, update } = twinState(given, false);
      assert.deepEqual(
        [binding, freshness, update],
        [`BINDING_STATE_${want[0]}`, `FRESHNESS_${want[1]}`, `UPDATE_STATE_${want[2]}`],
      );
    });
  }
  it('a quarantined claim of its handle is a conflict', () =>
    assert.equal(twinState(current, true).binding, 'BINDING_STATE_CONFLICT'));
  it('names models of a current forecast only', () => {
    assert.equal(twinState(current, false).models?.length, 1);
    assert.equal(twinState(aRow({ update_state: 'FAILED' }), false).models?.length, 0);
  });
});
