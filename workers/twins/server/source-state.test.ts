import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SourceRow } from '../store/sources.ts';
import { exceedsQuarantine, sourceState } from './source-state.ts';

const row: SourceRow = {
  source_id: 1,
  name: 'ehr',
  object_uid: 'u',
  spec_hash: '',
  spec: {
    enrolment: 'Declared',
    templateModels: [],
    templateOutcomes: [],
    quarantineMaxPercent: 5,
    rawRetentionDays: 0,
  },
  lease_no: 1,
  cursor: null,
  sync_started: null,
  sync_state: 'SUCCEEDED',
  reason_code: '',
  last_start: null,
  last_completion: null,
  watermark: null,
  received: 0,
  stored: 0,
  unchanged: 0,
  quarantined: 0,
  last_received: 0,
  last_stored: 0,
  last_unchanged: 0,
  last_quarantined: 0,
  total_received: 0,
  total_stored: 0,
  total_unchanged: 0,
  total_quarantined: 0,
};

describe('sourceState', () => {
  it('names the reasons with the most items only, however many a feed makes up', () => {
    const many = Object.fromEntries(Array.from({ length: 1_000 }, (_, i) => [`R${i}`, i]));
    const told = Object.keys(sourceState(row, many).quarantinedByReason ?? {});
    assert.equal(told.length, 24);
    assert.ok(told.includes('R999') && !told.includes('R0'));
  });

  it('counts what is in quarantine now, and leaves resolved items out of what was received', () => {
    const before = { ...row, total_received: 10, total_stored: 6, total_unchanged: 1, total_quarantined: 3 };
    const { totals } = sourceState(before, { MALFORMED_JSON: 1 });
    assert.deepEqual(totals, { received: '8', stored: '6', unchanged: '1', quarantined: '1' });
  });
});

describe('exceedsQuarantine', () => {
  const cases: Record<string, [Partial<SourceRow>, number, boolean]> = {
    'above the share': [{ received: 100, quarantined: 6 }, 6, true],
    'at the share': [{ received: 100, quarantined: 5 }, 5, false],
    'what was resolved since': [{ received: 100, quarantined: 6 }, 5, false],
    'items of earlier syncs only': [{ received: 100 }, 50, false],
    'nothing received after a bad sync': [{ last_received: 100, last_quarantined: 6 }, 6, true],
    'nothing received, and all was resolved': [{ last_received: 100, last_quarantined: 6 }, 0, false],
    'nothing ever received': [{}, 0, false],
  };
  for (const [name, [counts, inQuarantine, want]] of Object.entries(cases))
    it(name, () => assert.equal(exceedsQuarantine({ ...row, ...counts }, inQuarantine), want));
});
