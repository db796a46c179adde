// The vectors that the Python tokeniser of models/trajectory wrote: both implementations give the same instants.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { manifestSchema, sizesOf } from '../bundle/manifest.ts';
import { parseVocabulary } from '../bundle/vocabulary.ts';
import { buildLexicon, type HistoryAction, instantsOf, tokenise } from './tokenise.ts';

interface Vectors {
  readonly vocabularySize: number;
  readonly cases: readonly {
    readonly ageAtIndexDays: number;
    readonly sex: 'female' | 'male' | null;
    readonly coverage: Readonly<Record<'mapped' | 'ignored' | 'unmapped' | 'bad_unit', number>>;
    readonly history: readonly {
      readonly system: string;
      readonly code: string;
      readonly offset_days: number;
      readonly action: HistoryAction;
      readonly number?: number;
      readonly ucum?: string;
      readonly concept?: string;
    }[];
    readonly instants: readonly {
      readonly offsetDays: number;
      readonly now: number[];
      readonly bag: number[];
    }[];
  }[];
}

const models = new URL('../../../models/', import.meta.url);
const read = (path: string): unknown => JSON.parse(readFileSync(new URL(path, models), 'utf8'));
const vectors = read('trajectory/conformance/tokenise.json') as Vectors;
const manifest = manifestSchema.parse(read('bundles/trajectory-core/manifest.json'));
const vocabulary = parseVocabulary(read('bundles/trajectory-core/vocabulary.json'), sizesOf(manifest));
const lexicon = buildLexicon(vocabulary);

describe('conformance of the tokeniser', () => {
  it('the vectors are of the committed bundle', () => {
    assert.equal(vectors.vocabularySize, vocabulary.size);
    assert.ok(vectors.cases.length >= 40);
  });

  for (const [number, vector] of vectors.cases.entries()) {
    it(`case ${number}: ${vector.history.length} events give ${vector.instants.length} instants`, () => {
      const history = vector.history.map(({ offset_days, ucum, number, concept, ...event }) => ({
        ...event,
        offsetDays: offset_days,
        number,
        concept,
        ucum: ucum ?? '',
      }));
      const { coverage, tokens } = tokenise(lexicon, history);
      const { badUnit, ...counts } = coverage;
      assert.deepEqual({ ...counts, bad_unit: badUnit }, vector.coverage);
      const bag = vector.sex === null ? [] : [vocabulary.sex[vector.sex]];
      const found = instantsOf(tokens, vector.ageAtIndexDays, bag);
      assert.deepEqual(
        found.map(({ offsetDays, now, bag: holds }) => ({ offsetDays, now, bag: holds })),
        vector.instants,
      );
    });
  }
});
