// Asks one model for one twin and turns the leaves into figures.
import { status } from '@grpc/grpc-js';
import type { DescribeResponse__Output } from '#proto/gen/twinward/v1/DescribeResponse.ts';
import type { SimulateRequest } from '#proto/gen/twinward/v1/SimulateRequest.ts';
import { isServiceError, reasonOf } from '#proto/status.ts';
import { catalogueOf, optionsOf } from '../estimate/catalogue.ts';
import { cellIndex, coversExactly, mergeLeaves, type Shape } from '../estimate/moments.ts';
import { intervalNotes } from '../estimate/notes.ts';
import { estimate, level } from '../estimate/risk.ts';
import type { Rollout, Trajectories } from '../ports.ts';
import type { ModelRow } from '../store/models.ts';
import type { PredictionPayload, StoredPrediction } from '../store/predictions.ts';
import type { OutcomeWish } from '../store/twins.ts';
import { type Explained, explained, explainedHorizon, explainRequest } from './explanation.ts';
import type { History } from './history.ts';
import { historyObstacle, type Obstacle, outOfScope, subjectRequest, type Wish, wishOf } from './plan.ts';

/** How a forecast is sampled. */
export interface Sampling {
  readonly samples: number;
  readonly seed: number;
}

/** What a model said, or why it said nothing. */
export type Answer =
  | { readonly payload: PredictionPayload; readonly digest: string; readonly engine: string }
  | { readonly obstacle: Obstacle };

const unavailable = (reason: string): Answer => ({
  obstacle: {
    state: 'MODEL_UNAVAILABLE',
    reason,
    message: 'the model does not answer: check that the TwinModel is Available; the last forecast stays',
  },
});

/** Forecasts one history with one model. Never rejects for what the model says. */
export async function predict(
  trajectories: Trajectories,
  model: ModelRow | undefined,
  question: { readonly history: History; readonly key: Buffer; readonly outcomes: readonly OutcomeWish[] },
  sampling: Sampling,
  signal: AbortSignal,
): Promise<Answer> {
  if (model === undefined) return unavailable('MODEL_NOT_FOUND');
  if (!model.ready || model.target === '') return unavailable('MODEL_NOT_READY');
  const early = historyObstacle(question.history);
  if (early !== undefined) return { obstacle: early };
  try {
    const described = await trajectories.describe(model.target);
    if (described.bundleDigest !== model.sha256) return unavailable('DIGEST_MISMATCH');
    const wish = wishOf(described, question.outcomes);
    if ('state' in wish) return { obstacle: wish };
    const request: SimulateRequest = {
      model: described.model,
      bundleDigest: model.sha256,
      ...subjectRequest(question.history, question.key),
      scenarios: [{ name: 'as-is', interventions: [] }],
      horizonsDays: [...wish.horizonsDays],
      outcomes: [...wish.outcomes],
      seed: String(sampling.seed),
      ranges: [{ from: 0, to: sampling.samples }],
      output: 'OUTPUT_SUMMARY',
      priority: 'PRIORITY_UPDATE',
    };
    const rollout = await trajectories.simulate(model.target, request, signal);
    const payload = figures(rollout, described, wish, sampling);
    const why = explainRequest(described.model, model.sha256, question.history, payload.predictions);
    const answer = why === undefined ? undefined : await trajectories.explain(model.target, why);
    return {
      payload: answer === undefined ? payload : withReasons(payload, explained(answer, question.history)),
      digest: model.sha256,
      engine: rollout.header.engine,
    };
  } catch (error) {
    return refused(error);
  }
}

/** Reasons go with the figures at the horizon that they were given for. */
function withReasons(payload: PredictionPayload, { contributions, fit }: Explained): PredictionPayload {
  const horizon = explainedHorizon(payload.predictions);
  const predictions = payload.predictions.map((prediction) => {
    const found = prediction.horizonDays === horizon ? contributions.get(prediction.outcome) : undefined;
    return found === undefined ? prediction : { ...prediction, contributions: found };
  });
  return { ...payload, predictions, fit };
}

/** What a refusal of the model means for the twin. */
function refused(error: unknown): Answer {
  const reason = reasonOf(error);
  const terminal =
    isServiceError(error) &&
    [status.INVALID_ARGUMENT, status.FAILED_PRECONDITION, status.INTERNAL].includes(error.code);
  if (!terminal) return unavailable(reason === 'UNKNOWN' ? 'MODEL_UNREACHABLE' : reason);
  if (reason === 'DIGEST_MISMATCH') return unavailable(reason);
  const outside = ['OUT_OF_SCOPE', 'COVERAGE_TOO_LOW'].includes(reason);
  return {
    obstacle: outside
      ? { state: 'OUTSIDE_VALIDATED_RANGE', reason, message: outOfScope }
      : {
          state: 'FAILED',
          reason,
          message: 'the model refused the request: see the log of the model for this reason',
        },
  };
}

function figures(
  rollout: Rollout,
  model: DescribeResponse__Output,
  wish: Wish,
  sampling: Sampling,
): PredictionPayload {
  const { outcomes, warnings } = rollout.header;
  const shape: Shape = { scenarios: 1, outcomes: outcomes.length, horizons: wish.horizonsDays.length };
  const ranges = rollout.leaves.flatMap((leaf) => leaf.range ?? []);
  if (!coversExactly(ranges, 0, sampling.samples))
    throw new RangeError('the leaves do not cover the samples once');
  const members = mergeLeaves(rollout.leaves, shape);
  const catalogue = catalogueOf(model);
  const predictions = outcomes.flatMap((outcome, o) =>
    wish.horizonsDays.flatMap((days, h): readonly StoredPrediction[] => {
      if (!wish.pairs.has(`${outcome}|${days}`)) return [];
      const options = optionsOf(catalogue, outcome, false);
      const { value, low, high, monteCarloError } = estimate(members, cellIndex(shape, 0, o, h), options);
      return [
        {
          outcome,
          horizonDays: days,
          risk: value,
          low,
          high,
          level,
          monteCarloError,
          calibrated: catalogue.calibrated.includes(outcome),
          warnings: intervalNotes({
            members: members.size,
            outcomes: [outcome],
            logitSd: catalogue.logitSd,
            compared: false,
          }),
        },
      ];
    }),
  );
  return { predictions, warnings: warnings.map(({ reason, message }) => ({ reason, message })) };
}
