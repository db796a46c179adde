import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { intervalNotes, type Told } from './notes.ts';

const told: Told = { members: 1, outcomes: ['mi', 'death'], logitSd: {}, compared: false };

describe('intervalNotes', () => {
  const cases: readonly { name: string; given: Partial<Told>; want: readonly string[] }[] = [
    {
      name: 'nothing is known of the error: says so',
      given: {},
      want: ['PARAMETER_UNCERTAINTY_NOT_INCLUDED'],
    },
    {
      name: 'the error of every outcome is known: says what is held',
      given: { logitSd: { mi: 0.2, death: 0.3 } },
      want: ['INTERVAL_INCLUDES_MODEL_ERROR'],
    },
    {
      name: 'the error of some is known: says both',
      given: { logitSd: { mi: 0.2, death: 0 } },
      want: ['INTERVAL_INCLUDES_MODEL_ERROR', 'PARAMETER_UNCERTAINTY_NOT_INCLUDED'],
    },
    {
      name: 'a difference of one member: its effect counts as exact',
      given: { logitSd: { mi: 0.2, death: 0.3 }, compared: true },
      want: ['INTERVAL_INCLUDES_MODEL_ERROR', 'EFFECT_PARAMETERS_COUNT_AS_EXACT'],
    },
    {
      name: 'several members: their spread is in every interval, in differences too',
      given: { members: 5, compared: true },
      want: ['INTERVAL_INCLUDES_PARAMETER_UNCERTAINTY'],
    },
  ];
  for (const { name, given, want } of cases) {
    it(name, () =>
      assert.deepEqual(
        intervalNotes({ ...told, ...given }).map(({ reason }) => reason),
        want,
      ),
    );
  }
  it('names the outcomes whose parameters count as exact, and no other', () => {
    const [, note] = intervalNotes({ ...told, logitSd: { mi: 0.2 } });
    assert.match(note?.message ?? '', /for death$/);
  });
});
