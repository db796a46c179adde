import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { personSystem } from '../intake/record.ts';
import type { EventRow } from '../store/events.ts';
import { buildHistory, indexTime, subjectKey } from './history.ts';

const index = indexTime('2026-01-01', 0);
const base: EventRow = {
  subject_id: 1,
  source: 'ehr',
  resource_key: 'r',
  ordinal: 0,
  rev_from: 1,
  system: 's',
  code: 'c',
  ucum: null,
  action: 1,
  time_ms: index - 86_400_000,
  time_precision: 'day',
  offset_min: null,
  numeric_value: null,
  numeric_text: null,
  value_text: null,
};
const anEvent = (change: Partial<EventRow>): EventRow => ({ ...base, ...change });

describe('buildHistory', () => {
  it('gives offsets in days, the age and the sex, and no facts of the person as events', () => {
    const rows = [
      anEvent({ system: personSystem, code: 'birth', time_ms: index - 10_000 * 86_400_000 }),
      anEvent({ system: personSystem, code: 'sex', value_text: 'SEX_MALE' }),
      anEvent({ numeric_value: 7, ucum: 'mg', action: 5 }),
    ];
    const history = buildHistory(rows, index, []);
    assert.equal(history.ageDays, 10_000);
    assert.equal(history.sex, 'SEX_MALE');
    assert.deepEqual(history.events, [
      {
        system: 's',
        code: 'c',
        offsetDays: -1,
        action: 'ACTION_MEASURE',
        ucum: 'mg',
        number: 7,
        value: 'number',
      },
    ]);
  });
  it('leaves out what comes after the index and other sources', () => {
    const rows = [anEvent({ time_ms: index + 1 }), anEvent({ source: 'lab' }), anEvent({ code: 'kept' })];
    assert.deepEqual(
      buildHistory(rows, index, ['ehr']).events.map((event) => event.code),
      ['kept'],
    );
  });
  it('does not depend on the order of rows', () => {
    const rows = [
      anEvent({ code: 'b' }),
      anEvent({ code: 'a' }),
      anEvent({ code: 'c', time_ms: index - 9e9 }),
      anEvent({ code: 'a', ordinal: 1, numeric_value: 2 }),
    ];
    assert.deepEqual(buildHistory([...rows].reverse(), index, []), buildHistory(rows, index, []));
  });
  it('knows a death before the index only', () => {
    const death = anEvent({ system: personSystem, code: 'death' });
    assert.equal(buildHistory([death], index, []).dead, true);
    assert.equal(buildHistory([{ ...death, time_ms: index + 1 }], index, []).dead, false);
  });
  it('moves the index with the subject, so that ages and offsets stay true', () => {
    assert.equal(index - indexTime('2026-01-01', -100), 100 * 86_400_000);
  });
});

it('a stream key is 8 bytes', () => assert.equal(subjectKey('-2').toString('hex'), 'fffffffffffffffe'));
