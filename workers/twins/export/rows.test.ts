import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { personSystem } from '../intake/record.ts';
import type { EventRow } from '../store/events.ts';
import { medsRows } from './rows.ts';

const [occur, start, measure] = [1, 3, 5];
const asOf = Date.parse('2026-01-01T00:00:00Z');

function row(time: string, change: Partial<EventRow>): EventRow {
  return {
    subject_id: 1,
    source: 'ehr',
    resource_key: 'key',
    ordinal: 0,
    rev_from: 1,
    system: 's',
    code: 'c',
    ucum: null,
    action: occur,
    time_ms: Date.parse(time),
    time_precision: 'second',
    offset_min: null,
    numeric_value: null,
    numeric_text: null,
    value_text: null,
    ...change,
  };
}

const fact = (code: string, time: string, change: Partial<EventRow> = {}): EventRow =>
  row(time, { system: personSystem, code, ...change });
const birth = fact('birth', '1960-05-04');
const told = row('2001-03-01', { code: 'told' });
const pressure = row('2020-03-01', { code: 'bp', action: measure, numeric_value: 120, ucum: 'mm[Hg]' });

/** Day and code of each row. */
function toldRows(rows: readonly EventRow[], offsetDays = 0): readonly string[] | string {
  const found = medsRows(rows, asOf, offsetDays);
  if (typeof found === 'string') return found;
  return found.map(({ timeMs, code }) =>
    timeMs === undefined ? code : `${new Date(timeMs).toISOString().slice(0, 10)} ${code}`,
  );
}

describe('rows of an export', () => {
  const cases: readonly (readonly [string, readonly EventRow[], readonly string[] | string])[] = [
    ['nobody without a birth date', [told], 'NoBirthDate'],
    ['nobody without events', [birth], 'NoEvents'],
    ['nobody whose events all come later', [birth, row('2026-02-01', {})], 'NoEvents'],
    [
      'observation begins with the first measurement, not with what was told then',
      [birth, pressure, told],
      [
        '1960-05-04 MEDS_BIRTH',
        '2001-03-01 s|told',
        '2020-03-01 OBSERVED_FROM',
        '2020-03-01 s|bp',
        '2026-01-01 OBSERVED_TO',
      ],
    ],
    [
      'without a measurement it begins with the first event',
      [birth, told],
      ['1960-05-04 MEDS_BIRTH', '2001-03-01 OBSERVED_FROM', '2001-03-01 s|told', '2026-01-01 OBSERVED_TO'],
    ],
    [
      'death ends it; a death that comes later is not known yet',
      [birth, told, fact('death', '2024-07-01')],
      [
        '1960-05-04 MEDS_BIRTH',
        '2001-03-01 OBSERVED_FROM',
        '2001-03-01 s|told',
        '2024-07-01 MEDS_DEATH',
        '2024-07-01 OBSERVED_TO',
      ],
    ],
    [
      'a corrected birth date counts, the former does not',
      [fact('birth', '1961-01-01', { rev_from: 2 }), birth, told],
      ['1961-01-01 MEDS_BIRTH', '2001-03-01 OBSERVED_FROM', '2001-03-01 s|told', '2026-01-01 OBSERVED_TO'],
    ],
  ];
  for (const [title, given, want] of cases) it(title, () => assert.deepEqual(toldRows(given), want));

  it('sex has no time, actions and coded values are in the code, a value keeps its unit', () => {
    const rows = [
      birth,
      fact('sex', '1960-05-04', { value_text: 'SEX_MALE' }),
      pressure,
      row('2021-01-01', { code: 'drug', action: start }),
      row('2022-01-01', { code: 'smoking', action: measure, value_text: 'sct|8517006' }),
    ];
    const found = medsRows(rows, asOf, -10);
    assert.ok(typeof found !== 'string');
    assert.deepEqual(found[0], {
      timeMs: undefined,
      code: 'GENDER//male',
      value: undefined,
      unit: undefined,
    });
    const codes = found.map(({ code }) => code);
    assert.ok(codes.includes('s|drug//START') && codes.includes('s|smoking//sct|8517006'));
    const value = found.find(({ code }) => code === 's|bp');
    assert.deepEqual([value?.value, value?.unit], [120, 'mm[Hg]']);
    assert.equal(value?.timeMs, pressure.time_ms - 10 * 86_400_000);
  });
});
