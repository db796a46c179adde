import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SourceRow } from '../store/sources.ts';
import { sourceState } from './source-state.ts';

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
    const many = Object.fromEntries(Array.from({ length: 1_000 }, (_, i) => [`R${i}`, String(i)]));
    const told = Object.keys(sourceState(row, many).quarantinedByReason ?? {});
    assert.equal(told.length, 24);
    assert.ok(told.includes('R999') && !told.includes('R0'));
  });
});
