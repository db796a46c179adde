import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SourceRecord__Output } from '#proto/gen/twinward/v1/SourceRecord.ts';
import { compareWithHead, draftEvents } from './record.ts';

const event = {
  ordinal: 0,
  system: 's',
  code: 'c',
  time: '2020-02-03T04:05:06Z',
  precision: 'second',
  action: 'ACTION_MEASURE',
  value: 'number',
  number: 1.5,
  numberText: '1.50',
  ucum: 'mg',
} as const;
const record: SourceRecord__Output = {
  type: 'Observation',
  id: '1',
  patientId: 'p',
  version: '',
  sourceOrder: '5',
  contentHash: Buffer.of(1),
  raw: Buffer.of(),
  deleted: false,
  events: [event],
  person: null,
  position: '',
};
const person = {
  identifiers: [],
  handle: '',
  sex: 'SEX_FEMALE',
  birthDate: '1950-03',
  deceased: '',
  document: Buffer.of(),
} as const;

describe('draftEvents', () => {
  it('keeps value, original text, unit and action', () => {
    const [draft] = draftEvents(record);
    assert.ok(typeof draft === 'object');
    assert.deepEqual([draft.number, draft.numberText, draft.ucum, draft.action], [1.5, '1.50', 'mg', 5]);
  });
  it('opens nothing for a deleted record', () =>
    assert.deepEqual(draftEvents({ ...record, deleted: true }), []));
  it('makes facts of a person', () => {
    const drafts = draftEvents({ ...record, events: [], person: { ...person, identifiers: [] } });
    assert.ok(typeof drafts !== 'string');
    assert.deepEqual(
      drafts.map((draft) => [draft.code, draft.precision, draft.concept]),
      [
        ['birth', 'month', null],
        ['sex', 'month', 'SEX_FEMALE'],
      ],
    );
  });
  const refused = [
    {
      name: 'a time that is none',
      given: { ...record, events: [{ ...event, time: 'yesterday' }] },
      want: 'IMPOSSIBLE_DATE',
    },
    {
      name: 'a birth date that does not exist',
      given: { ...record, person: { ...person, identifiers: [], birthDate: '1950-02-31' } },
      want: 'IMPOSSIBLE_DATE',
    },
    {
      name: 'a number that is none',
      given: { ...record, events: [{ ...event, number: Number.NaN }] },
      want: 'NOT_A_NUMBER',
    },
    { name: 'a record without an id', given: { ...record, id: '' }, want: 'MALFORMED_RECORD' },
    {
      name: 'an event without a code',
      given: { ...record, events: [{ ...event, code: '' }] },
      want: 'MALFORMED_RECORD',
    },
  ];
  for (const { name, given, want } of refused)
    it(`refuses ${name}`, () => assert.equal(draftEvents(given), want));
});

describe('compareWithHead', () => {
  const head = { content_hash: Buffer.of(1), source_order: 5 };
  const cases = [
    { name: 'no head: new', given: record, head: undefined, want: 'new' },
    { name: 'same content: unchanged', given: record, head, want: 'unchanged' },
    {
      name: 'same content, later order: only the order rises',
      given: { ...record, sourceOrder: '6' },
      head,
      want: 'newer-same',
    },
    {
      name: 'other content, older order: unchanged',
      given: { ...record, contentHash: Buffer.of(2), sourceOrder: '4' },
      head,
      want: 'unchanged',
    },
    {
      name: 'other content, same order: changed',
      given: { ...record, contentHash: Buffer.of(2) },
      head,
      want: 'changed',
    },
  ];
  for (const { name, given, head: known, want } of cases)
    it(name, () => assert.equal(compareWithHead(given, known), want));
});
