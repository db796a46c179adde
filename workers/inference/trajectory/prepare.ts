// From a request to a plan: every refusal happens here, before anything is computed.
import type { CodedEvent__Output } from '#proto/gen/twinward/v1/CodedEvent.ts';
import type { SimulateRequest__Output } from '#proto/gen/twinward/v1/SimulateRequest.ts';
import type { Bundle } from '../bundle/load.ts';
import { CallError } from '../errors.ts';
import { DAYS_PER_YEAR, LEAF_SAMPLES, type PriorityClass, type RolloutPlan } from './plan.ts';
import { planHorizons, planLeaves, planOutcomes } from './question.ts';
import { planScenarios } from './scenarios.ts';
import { streamKey } from './streams.ts';
import {
  type CoverageCounts,
  coveredShare,
  type HistoryAction,
  type HistoryEvent,
  historyPlan,
  instantsOf,
  type Lexicon,
  tokenise,
} from './tokenise.ts';

/** A bundle as requests meet it. */
export interface ServedModel {
  /** Names that a request may call it by. */
  readonly names: readonly string[];
  readonly bundle: Bundle;
  readonly lexicon: Lexicon;
  readonly replayable: boolean;
}

/** A warning that goes with an answer. */
export interface AnswerWarning {
  readonly reason: string;
  readonly message: string;
}

/** A request that can be computed. */
export interface PreparedRequest {
  readonly plan: RolloutPlan;
  readonly coverage: CoverageCounts;
  readonly warnings: readonly AnswerWarning[];
  /** Outcome names in the order of the answer. */
  readonly outcomes: readonly string[];
  /** Rows to roll. */
  readonly rows: number;
  /** Rows times years. */
  readonly rowYears: number;
  /** Bytes held while it is computed, estimated. */
  readonly bytes: number;
}

const OLDEST_DAYS = 130 * DAYS_PER_YEAR;
const LONGEST_HISTORY = 200_000;
const BYTES_PER_EVENT = 200;
const BYTES_PER_CELL = 130;
const BYTES_PER_PATH = 400;

const ACTIONS: Readonly<Record<CodedEvent__Output['action'], HistoryAction>> = {
  ACTION_UNSPECIFIED: 'OCCUR',
  ACTION_OCCUR: 'OCCUR',
  ACTION_RESOLVE: 'RESOLVE',
  ACTION_START: 'START',
  ACTION_STOP: 'STOP',
  ACTION_MEASURE: 'MEASURE',
  ACTION_SET: 'OCCUR',
};

/** Checks the model that a request names. Throws CallError MODEL_UNKNOWN or DIGEST_MISMATCH. */
export function checkModel(served: ServedModel, model: string, digest: string): void {
  if (model !== '' && !served.names.includes(model)) {
    throw new CallError('MODEL_UNKNOWN', 'model: another one is served here; check the address and the name');
  }
  if (digest !== '' && digest !== served.bundle.digest) {
    throw new CallError(
      'DIGEST_MISMATCH',
      'bundle_digest: another bundle is served here; pin the one served',
    );
  }
}

/** Converts a history. Throws CallError FUTURE_EVENT, BAD_RANGE or REQUEST_TOO_LARGE. */
export function readHistory(history: readonly CodedEvent__Output[]): readonly HistoryEvent[] {
  if (history.length > LONGEST_HISTORY) {
    throw new CallError(
      'REQUEST_TOO_LARGE',
      `history: at most ${LONGEST_HISTORY} events; send a shorter one`,
    );
  }
  if (!history.every(({ offsetDays }) => Number.isFinite(offsetDays))) {
    throw new CallError('BAD_RANGE', 'history.offset_days must be a number');
  }
  if (history.some(({ offsetDays }) => offsetDays > 0)) {
    throw new CallError('FUTURE_EVENT', 'history.offset_days: an event lies after the index; leave it out');
  }
  return history.map(({ system, code, offsetDays, action, number, concept, ucum }) => ({
    ...{ system, code, offsetDays, number, concept, ucum },
    action: ACTIONS[action],
  }));
}

/** Plans a request. Throws CallError with the reasons of trajectory.proto. */
export function prepare(served: ServedModel, request: SimulateRequest__Output): PreparedRequest {
  const { bundle, lexicon } = served;
  const { vocabulary, manifest } = bundle;
  checkModel(served, request.model, request.bundleDigest);
  const leaves = planLeaves(request.ranges);
  const horizonsYears = planHorizons(request.horizonsDays, manifest.intendedUse.maxHorizonDays);
  const outcomes = planOutcomes(vocabulary, request.outcomes);
  const arms = planScenarios(vocabulary, request.scenarios);
  checkScope(request);
  const { coverage, tokens } = tokenise(lexicon, readHistory(request.history));
  if (coveredShare(coverage) < manifest.intendedUse.minCoverage) {
    throw new CallError('COVERAGE_TOO_LOW', 'history: the model knows too few of its codes for a forecast');
  }
  const bag = initialBag(served, request);
  const plan: RolloutPlan = {
    key: streamKey(BigInt(request.seed), request.subjectKey),
    ageYears: request.ageAtIndexDays / DAYS_PER_YEAR,
    history: historyPlan(instantsOf(tokens, request.ageAtIndexDays, bag), bag),
    scenarios: arms.scenarios,
    horizonsYears,
    outcomes,
    leaves,
    priority: priorityOf(request),
    wantsPaths: request.output === 'OUTPUT_PATHS' || request.output === 'OUTPUT_BOTH',
  };
  const rows = leaves.length * LEAF_SAMPLES * arms.scenarios.length;
  return {
    plan,
    coverage,
    warnings: warningsOf(served, plan, arms.usesAssociation, arms.usesAssumption),
    outcomes: [...outcomes].map((outcome) => vocabulary.outcomes[outcome]?.name ?? ''),
    rows,
    rowYears: rows * (horizonsYears.at(-1) ?? 0),
    bytes: bytesOf(plan, request.history.length),
  };
}

/** Throws CallError OUT_OF_SCOPE or BAD_RANGE. */
export function checkScope(
  request: Pick<SimulateRequest__Output, 'ageAtIndexDays' | 'observedFromDays'>,
): void {
  const { ageAtIndexDays, observedFromDays } = request;
  if (!(ageAtIndexDays >= 0 && ageAtIndexDays <= OLDEST_DAYS)) {
    throw new CallError('OUT_OF_SCOPE', 'age_at_index_days is not an age that this model can forecast from');
  }
  if (!(observedFromDays <= 0)) {
    throw new CallError('BAD_RANGE', 'observed_from_days must be 0 or less');
  }
}

/** What holds before the first instant. */
export function initialBag(
  served: ServedModel,
  { sex }: Pick<SimulateRequest__Output, 'sex'>,
): readonly number[] {
  const indices = served.bundle.vocabulary.sex;
  if (sex === 'SEX_FEMALE') return [indices.female];
  return sex === 'SEX_MALE' ? [indices.male] : [];
}

function priorityOf({ priority }: SimulateRequest__Output): PriorityClass {
  if (priority === 'PRIORITY_BATCH') return 2;
  return priority === 'PRIORITY_UPDATE' ? 1 : 0;
}

function bytesOf(plan: RolloutPlan, historyLength: number): number {
  const arms = plan.scenarios.length;
  const cells = arms * plan.outcomes.length * plan.horizonsYears.length;
  const paths = plan.wantsPaths ? arms * LEAF_SAMPLES * BYTES_PER_PATH : 0;
  return historyLength * BYTES_PER_EVENT + plan.leaves.length * (cells * BYTES_PER_CELL + paths);
}

function warningsOf(
  served: ServedModel,
  plan: RolloutPlan,
  usesAssociation: boolean,
  usesAssumption: boolean,
): readonly AnswerWarning[] {
  const [youngest, oldest] = served.bundle.manifest.intendedUse.ageYears;
  const lastAge = plan.ageYears + (plan.horizonsYears.at(-1) ?? 0);
  const isOutside = plan.ageYears < youngest || lastAge > oldest;
  const found: readonly (readonly [boolean, string, string])[] = [
    [
      isOutside,
      'AGE_OUTSIDE_VALIDATED_RANGE',
      `The forecast reaches ages outside of ${youngest} to ${oldest} years, for which the model was not validated.`,
    ],
    [
      usesAssociation,
      'EFFECT_IS_ASSOCIATION',
      'The effect of an intervention was learnt from observed associations and may not be causal.',
    ],
    [usesAssumption, 'EFFECT_IS_ASSUMED', 'A hazard ratio given by the caller is used as an effect.'],
    [!served.replayable, 'NOT_REPLAYABLE', 'This engine does not give the same bits in every batch.'],
  ];
  return found.filter(([holds]) => holds).map(([, reason, message]) => ({ reason, message }));
}
