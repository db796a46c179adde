import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseVocabulary, type Vocabulary } from '../bundle/vocabulary.ts';
import { eventStream } from './streams.ts';
import {
  buildLexicon,
  coveredShare,
  type HistoryEvent,
  historyPlan,
  instantsOf,
  tokenise,
} from './tokenise.ts';

const SYSTEM = 'urn:test';
const codes = (...list: string[]): { system: string; code: string }[] =>
  list.map((code) => ({ system: SYSTEM, code }));
const entry = { title: '', effect: 'set', hazard: 'none' };
const drug = (name: string, index: number, ...list: string[]): object => ({
  ...{ ...entry, name, kind: 'drug', hazard: 'once', codes: codes(...list), index, stopIndex: index + 1 },
});

const SIZES = {
  vocabulary: 14,
  events: 1,
  hidden: 2,
  hiddenShape: [2, 1],
  horizons: 8,
  outcomes: 16,
} as const;
const VOCABULARY: Vocabulary = parseVocabulary(
  {
    apiVersion: 'twinward.io/vocabulary/v1',
    size: 14,
    sex: { female: 0, male: 1 },
    entries: [
      { ...entry, name: 'diabetes', kind: 'condition', hazard: 'once', codes: codes('diabetes'), index: 2 },
      { ...entry, name: 'cold', kind: 'condition', hazard: 'recurrent', codes: codes('cold'), index: 3 },
      drug('statin', 4, 'statin', 'pill'),
      drug('ras', 6, 'ras', 'pill'),
      {
        ...{ ...entry, name: 'pressure', kind: 'measurement', effect: 'bin', codes: codes('pressure') },
        measure: {
          unit: 'mm[Hg]',
          units: [
            { ucum: 'mm[Hg]', factor: 1, offset: 0 },
            { ucum: 'kPa', factor: 7.5, offset: 0 },
          ],
          edges: [120, 140],
          plausible: [40, 300],
          indices: [8, 9, 10],
        },
      },
      {
        ...{ ...entry, name: 'smoking', kind: 'lifestyle', effect: 'bin', codes: codes('smoking') },
        concepts: [
          { value: 'never', index: 11, codes: codes('never') },
          { value: 'current', index: 12, codes: codes('current') },
        ],
      },
    ],
    events: [
      {
        ...{
          index: 0,
          name: 'death',
          title: '',
          entry: 'death',
          action: 'DEATH',
          recurrent: false,
          terminal: true,
        },
        ...{ stream: eventStream('death'), now: [], set: [], clear: [], requires: [], excludes: [] },
      },
    ],
    outcomes: [
      { name: 'death', title: '', events: ['death'], recurrent: false, complement: false, calibrated: false },
      {
        name: 'event-free',
        title: '',
        events: ['death'],
        recurrent: false,
        complement: true,
        calibrated: false,
      },
    ],
    interventions: [],
    ignored: codes('panel'),
  },
  SIZES,
);
const LEXICON = buildLexicon(VOCABULARY);

const event = (code: string, offsetDays: number, rest: Partial<HistoryEvent> = {}): HistoryEvent => ({
  ...{ system: SYSTEM, code, offsetDays, action: 'OCCUR', number: undefined, concept: undefined, ucum: '' },
  ...rest,
});
const measure = (code: string, offsetDays: number, number: number, ucum: string): HistoryEvent =>
  event(code, offsetDays, { action: 'MEASURE', number, ucum });

const fold = (...history: HistoryEvent[]): readonly [number, readonly number[], readonly number[]][] =>
  instantsOf(tokenise(LEXICON, history).tokens, 20_000, [0]).map(({ offsetDays, now, bag }) => [
    offsetDays,
    now,
    bag,
  ]);

describe('tokeniser', () => {
  const cases = [
    {
      name: 'a state lights once, a recurrent condition every time',
      given: [event('diabetes', -100), event('diabetes', -50), event('cold', -40), event('cold', -30)],
      want: [
        [-100, [2], [0, 2]],
        [-40, [3], [0, 2, 3]],
        [-30, [3], [0, 2, 3]],
      ],
    },
    {
      name: 'refills of a drug are one course, and a stop ends it',
      given: [
        event('statin', -90, { action: 'START' }),
        event('statin', -60, { action: 'START' }),
        event('statin', -10, { action: 'STOP' }),
        event('statin', -5, { action: 'STOP' }),
      ],
      want: [
        [-90, [4], [0, 4]],
        [-10, [5], [0]],
      ],
    },
    {
      name: 'a combination product starts both of its drugs',
      given: [event('pill', -9, { action: 'START' })],
      want: [[-9, [4, 6], [0, 4, 6]]],
    },
    {
      name: 'a value lights its bin, in whatever unit, and the last bin replaces the others',
      given: [
        measure('pressure', -9, 119.9, 'mm[Hg]'),
        measure('pressure', -8, 16, 'kPa'),
        measure('pressure', -7, 140, 'mm[Hg]'),
      ],
      want: [
        [-9, [8], [0, 8]],
        [-8, [9], [0, 9]],
        [-7, [10], [0, 10]],
      ],
    },
    {
      name: 'events of one day of age are one instant at the last of them',
      given: [event('diabetes', -9.2), event('cold', -9.1), event('cold', -8.9)],
      want: [
        [-9.1, [2, 3], [0, 2, 3]],
        [-8.9, [3], [0, 2, 3]],
      ],
    },
    {
      name: 'a resolved condition and an unknown code make no instant',
      given: [event('cold', -9, { action: 'RESOLVE' }), event('whatever', -8)],
      want: [],
    },
    {
      name: 'a coded value lights its own index',
      given: [event('smoking', -9, { action: 'MEASURE', concept: `${SYSTEM}|current` })],
      want: [[-9, [12], [0, 12]]],
    },
  ] as const;
  for (const { name, given, want } of cases) {
    it(name, () => assert.deepEqual(fold(...given), want));
  }

  it('counts what it covers, by kind', () => {
    const { coverage, byKind, unmapped } = tokenise(LEXICON, [
      event('diabetes', -9),
      event('pill', -9, { action: 'START' }),
      event('panel', -9, { action: 'MEASURE' }),
      event('nothing', -9, { action: 'MEASURE' }),
      event('also-nothing', -9, { action: 'START' }),
      measure('pressure', -9, 120, 'mmol/L'),
      measure('pressure', -9, 4_000, 'mm[Hg]'),
    ]);
    assert.deepEqual(coverage, { mapped: 2, ignored: 1, unmapped: 2, badUnit: 2 });
    assert.deepEqual(byKind.get('drug'), { mapped: 1, ignored: 0, unmapped: 1, badUnit: 0 });
    assert.deepEqual(byKind.get('measurement'), { mapped: 0, ignored: 1, unmapped: 1, badUnit: 2 });
    assert.deepEqual(unmapped, ['urn:test|also-nothing', 'urn:test|nothing']);
    assert.equal(coveredShare(coverage), 3 / 7);
  });

  it('calls an empty history covered', () => {
    assert.equal(coveredShare(tokenise(LEXICON, []).coverage), 1);
  });

  it('plans what each instant sets and clears', () => {
    const { tokens } = tokenise(LEXICON, [
      measure('pressure', -9, 100, 'mm[Hg]'),
      measure('pressure', -8, 150, 'mm[Hg]'),
    ]);
    const plan = historyPlan(instantsOf(tokens, 20_000, [1]), [1]);
    assert.deepEqual([...plan.set.items], [8, 10]);
    assert.deepEqual([...plan.clear.items], [8]);
    assert.deepEqual([...plan.clear.offsets], [0, 0, 1]);
  });
});
