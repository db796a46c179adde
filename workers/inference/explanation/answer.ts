// From a request to an explanation and back to the wire: every refusal happens here, before anything is computed.
import type { Contribution } from '#proto/gen/twinward/v1/Contribution.ts';
import type { ExplainRequest__Output } from '#proto/gen/twinward/v1/ExplainRequest.ts';
import type { Familiarity } from '#proto/gen/twinward/v1/Familiarity.ts';
import type { OutcomeExplanation } from '#proto/gen/twinward/v1/OutcomeExplanation.ts';
import type { Vocabulary } from '../bundle/vocabulary.ts';
import { CallError } from '../errors.ts';
import { DAYS_PER_YEAR } from '../trajectory/plan.ts';
import { checkModel, checkScope, initialBag, readHistory, type ServedModel } from '../trajectory/prepare.ts';
import { type CoverageCounts, coveredShare, instantsOf, tokenise } from '../trajectory/tokenise.ts';
import { largest, oddsPerHazard } from './attribution.ts';
import type { Explanation, OutcomeRest } from './explain.ts';
import type { Surprise } from './familiarity.ts';
import type { ExplainedHistory } from './leave-one-out.ts';

/** A request that can be explained. */
export interface ExplainPlan {
  readonly history: ExplainedHistory;
  readonly observedFromYears: number;
  readonly risks: readonly { readonly outcome: number; readonly name: string; readonly risk: number }[];
  readonly coverage: CoverageCounts;
  readonly most: number;
}

const MOST_RISKS = 64;
const MOST_CONTRIBUTIONS = 100;
const DEFAULT_CONTRIBUTIONS = 10;
const SHORT_YEARS = 1;
const UNEXPECTED = 0.001;

/** Plans an explanation. Throws CallError with the reasons of trajectory.proto. */
export function planExplanation(served: ServedModel, request: ExplainRequest__Output): ExplainPlan {
  checkModel(served, request.model, request.bundleDigest);
  checkScope(request);
  const { most } = request;
  if (most > MOST_CONTRIBUTIONS) throw new CallError('BAD_RANGE', `most: at most ${MOST_CONTRIBUTIONS}`);
  const { coverage, tokens } = tokenise(served.lexicon, readHistory(request.history));
  const bag = initialBag(served, request);
  return {
    history: {
      ageYears: request.ageAtIndexDays / DAYS_PER_YEAR,
      instants: instantsOf(tokens, request.ageAtIndexDays, bag),
      initialBag: bag,
    },
    observedFromYears: request.observedFromDays / DAYS_PER_YEAR,
    risks: risksOf(served.bundle.vocabulary, request.risks),
    coverage,
    most: most === 0 ? DEFAULT_CONTRIBUTIONS : most,
  };
}

function risksOf(vocabulary: Vocabulary, asked: ExplainRequest__Output['risks']): ExplainPlan['risks'] {
  if (asked.length === 0 || asked.length > MOST_RISKS)
    throw new CallError('BAD_RANGE', `risks: ask for 1 to ${MOST_RISKS}`);
  return asked.map(({ outcome: name, risk }) => {
    const outcome = vocabulary.outcomes.findIndex((known) => known.name === name && !known.complement);
    if (outcome === -1) {
      throw new CallError(
        'OUTCOME_NOT_MODELLED',
        'risks.outcome: this model does not know one of them, or it is event-free; ask Describe',
      );
    }
    return { outcome, name, risk };
  });
}

/** Explanations of the outcomes, in the order of the request. */
export function outcomeMessages(
  plan: ExplainPlan,
  explanation: Explanation,
  vocabulary: Vocabulary,
): OutcomeExplanation[] {
  return plan.risks.map(({ outcome, name, risk }) => {
    const rest = explanation.outcomes.get(outcome);
    if (rest === undefined) return { outcome: name, contributions: [], atRisk: false };
    const scale = oddsPerHazard(risk, vocabulary.outcomes[outcome]?.recurrent ?? false);
    const all = [...holding(plan, rest, scale, vocabulary), ...remembered(plan, rest, scale)];
    return { outcome: name, contributions: [...largest(all, plan.most)], atRisk: true };
  });
}

type Signed = Contribution & { readonly logOdds: number };

function holding(
  { history }: ExplainPlan,
  rest: OutcomeRest,
  scale: number,
  vocabulary: Vocabulary,
): readonly Signed[] {
  const sources = new Map(
    history.instants.flatMap((instant) => instant.sources.map(({ index, position }) => [index, position])),
  );
  const titles = titlesOf(vocabulary);
  return [...rest.holds].map(([index, logHazard]) => {
    const position = sources.get(index);
    return {
      part: 'CONTRIBUTION_PART_HOLDS',
      title: titles.get(index) ?? '',
      history: position === undefined ? [] : [position],
      logOdds: logHazard * scale,
    };
  });
}

function remembered({ history }: ExplainPlan, rest: OutcomeRest, scale: number): readonly Signed[] {
  return [...rest.instants].map(([instant, logHazard]) => ({
    part: 'CONTRIBUTION_PART_INSTANT',
    title: '',
    history: [...new Set(history.instants[instant]?.sources.map(({ position }) => position))],
    logOdds: logHazard * scale,
  }));
}

function titlesOf(vocabulary: Vocabulary): ReadonlyMap<number, string> {
  const { female, male } = vocabulary.sex;
  const entries = vocabulary.entries.flatMap((entry): readonly (readonly [number, string])[] => [
    ...(entry.index === undefined ? [] : [[entry.index, entry.title] as const]),
    ...(entry.stopIndex === undefined ? [] : [[entry.stopIndex, `${entry.title}, stopped`] as const]),
    ...(entry.measure?.indices ?? []).map((index) => [index, entry.title] as const),
    ...(entry.concepts ?? []).map(({ index, value }) => [index, `${entry.title}: ${value}`] as const),
  ]);
  return new Map([...entries, [female, 'Female'], [male, 'Male']]);
}

/** How well the model knows such a history, with flags. */
export function familiarityMessage(
  plan: ExplainPlan,
  surprise: Surprise,
  { bundle }: Pick<ServedModel, 'bundle'>,
): Familiarity {
  const { ageYears, minCoverage } = bundle.manifest.intendedUse;
  const age = plan.history.ageYears;
  const flags: readonly (readonly [boolean, string, string])[] = [
    [
      age < ageYears[0] || age > ageYears[1],
      'AGE_OUTSIDE_VALIDATED_RANGE',
      `The model was validated from ${ageYears[0]} to ${ageYears[1]} years.`,
    ],
    [coveredShare(plan.coverage) < minCoverage, 'LOW_COVERAGE', 'The model knows too few of the codes.'],
    [
      surprise.years < SHORT_YEARS,
      'SHORT_HISTORY',
      'Less than a year was observed: what is not recorded may still be there.',
    ],
    [
      surprise.surprise < UNEXPECTED,
      'HISTORY_UNEXPECTED',
      'Far more or fewer events happened than the model expected of such a subject; trust it less here.',
    ],
  ];
  return {
    ...{ observed: surprise.observed, expected: surprise.expected, surprise: surprise.surprise },
    years: surprise.years,
    latest: surprise.latest.map(({ position, pit }) => ({ history: position, pit })),
    flags: flags.filter(([holds]) => holds).map(([, reason, message]) => ({ reason, message })),
  };
}
