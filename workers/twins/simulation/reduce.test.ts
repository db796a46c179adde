import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Catalogue, unknownCatalogue } from '../estimate/catalogue.ts';
import { toFixedPoint } from '../estimate/fixed-point.ts';
import type { MemberMoments, Moments } from '../estimate/moments.ts';
import { addSubject, emptyTotals, type FinalFigure, finalFigures, totalsDigest } from './reduce.ts';
import type { PinnedSpec } from './spec.ts';

const spec: PinnedSpec = {
  horizon: 'P5Y',
  horizonDays: 1_826.25,
  trajectories: 64,
  seed: 1,
  scenarios: [
    { name: 'usual', interventions: [] },
    { name: 'drug', interventions: [] },
  ],
  outcomes: ['mi'],
};
const known: Catalogue = {
  kappa: 1.3,
  calibrated: ['mi'],
  recurrent: [],
  logitSd: { mi: 0.2, death: 0.3, 'event-free': 0.3 },
};
const shape = { scenarios: 2, outcomes: 3, horizons: 1 };

/**
 * A cell of 64 samples, `events` of which have the outcome; with the drug, `saved` of them no longer. The hazard is half
 * as much again in one half of the samples, and half of it in the other.
 */
function cell(events: number, saved = 0): Moments {
  const hazard = -Math.log1p(-events / 64);
  const sums = [
    events - saved,
    64 * hazard,
    events - saved,
    64 * 1.25 * hazard ** 2,
    (events - saved) * hazard,
  ];
  const paired = [-saved, 0, saved, 0, 0];
  return { n: 64, ineligible: 0, sums: [...sums, ...paired].map(toFixedPoint) };
}

/** A subject whose samples come from one or more members, which see the outcome more often one after the other. */
function subject(events: number, members = 1): MemberMoments {
  const cells = (member: number) => {
    const seen = events + member;
    return [cell(seen), cell(2), cell(50), cell(seen, 2), cell(2), cell(50)];
  };
  return new Map(Array.from({ length: members }, (_, member) => [member, cells(member)]));
}

function figuresOf(subjects: readonly MemberMoments[], catalogue: Catalogue): readonly FinalFigure[] {
  const totals = emptyTotals(shape);
  for (const each of subjects) addSubject(totals, each);
  return finalFigures(totals, spec, catalogue);
}
const cohort = (size: number, members = 1) =>
  Array.from({ length: size }, (_, i) => subject(4 + (i % 3), members));
const figure = (figures: readonly FinalFigure[], scenario: string): FinalFigure => {
  const found = figures.find((each) => each.scenario === scenario && each.outcome === 'mi');
  assert.ok(found !== undefined);
  return found;
};
const logit = (risk: number): number => Math.log(risk / (1 - risk));
const width = ({ risk }: FinalFigure): number => logit(risk.high) - logit(risk.low);

describe('finalFigures', () => {
  it('does not shrink the error of the model with the number of subjects', () => {
    const parameter = 2 * 1.645 * 1.3 * 0.2;
    const [few, many] = [12, 3_000].map((size) => width(figure(figuresOf(cohort(size), known), 'usual')));
    assert.ok(few !== undefined && many !== undefined && few > many);
    assert.ok(many > 0.999 * parameter && many < 1.01 * parameter, `${many}, not ${parameter}`);
  });
  it('is Monte-Carlo only where the error is unknown, and shrinks', () => {
    const [few, many] = [12, 1_200].map((size) =>
      width(figure(figuresOf(cohort(size), unknownCatalogue), 'usual')),
    );
    assert.ok(few !== undefined && many !== undefined && Math.abs(few / many - 10) < 0.5, `${few} ${many}`);
  });
  it('leaves paired differences of one member as they are, whatever is known of risks', () =>
    assert.deepEqual(
      figure(figuresOf(cohort(40), known), 'drug').difference,
      figure(figuresOf(cohort(40), unknownCatalogue), 'drug').difference,
    ));
  it('holds the spread between members at full size', () => {
    const wide = [12, 1_200].map((size) => width(figure(figuresOf(cohort(size, 5), known), 'usual')));
    assert.ok(wide.every((each) => each > 2 * 1.645 * 1.3 * 0.2));
    assert.ok(Math.abs((wide[0] ?? 0) / (wide[1] ?? 1) - 1) < 0.2, `${wide}`);
  });
  it('gives the same bits in any order of subjects', () => {
    const [subjects, totals] = [cohort(30, 2), [emptyTotals(shape), emptyTotals(shape)]];
    for (const each of subjects) addSubject(totals[0] ?? emptyTotals(shape), each);
    for (const each of subjects.toReversed()) addSubject(totals[1] ?? emptyTotals(shape), each);
    const [one, other] = totals.map((each) => [totalsDigest(each), finalFigures(each, spec, known)]);
    assert.deepEqual(one, other);
  });
});
