// Pure: what to ask a model for a twin, and why it may not be asked.
import type { DescribeResponse__Output } from '#proto/gen/twinward/v1/DescribeResponse.ts';
import type { SimulateRequest } from '#proto/gen/twinward/v1/SimulateRequest.ts';
import { toDays, tryParseDuration } from '#runtime/duration.ts';
import type { OutcomeWish } from '../store/twins.ts';
import type { History } from './history.ts';

/** Outcomes at one set of horizons. */
export interface Wish {
  readonly outcomes: readonly string[];
  /** Ascending. */
  readonly horizonsDays: readonly number[];
  /** Asked pairs as `outcome|days`; others of the grid are not reported. */
  readonly pairs: ReadonlySet<string>;
}

/** Why a model is not asked. `state` is the twin's update state. */
export interface Obstacle {
  readonly state: 'FAILED' | 'OUTSIDE_VALIDATED_RANGE' | 'MODEL_UNAVAILABLE';
  readonly reason: string;
  readonly message: string;
}

const fiveYears = 1_826.25;
const mostHorizons = 8;
const always = ['death', 'event-free'];

/** The outcomes that a spec asks for; none = the model's calibrated ones at five years. */
export function wishOf(model: DescribeResponse__Output, wishes: readonly OutcomeWish[]): Wish | Obstacle {
  const asked = wishes.length === 0 ? defaults(model) : wishes;
  const names = new Set([...model.outcomes.map((outcome) => outcome.name), ...always]);
  const unknown = asked.find((wish) => !names.has(wish.name));
  if (unknown !== undefined) {
    return {
      state: 'FAILED',
      reason: 'OUTCOME_NOT_MODELLED',
      message:
        `outcomes[].name ${unknown.name} is not modelled: choose one of ${[...names].sort().join(', ')}`.slice(
          0,
          900,
        ),
    };
  }
  const pairs = asked.map((wish) => ({ name: wish.name, days: horizonDays(wish.horizon) }));
  return horizonObstacle(model, pairs) ?? gridOf(pairs);
}

function defaults(model: DescribeResponse__Output): readonly OutcomeWish[] {
  const calibrated = model.outcomes.filter((outcome) => outcome.calibrated);
  const chosen = calibrated.length > 0 ? calibrated : model.outcomes;
  return chosen.map(({ name }) => ({ name, horizon: 'P5Y' }));
}

function horizonDays(text: string): number {
  if (text === '') return fiveYears;
  const parsed = tryParseDuration(text);
  return parsed === undefined ? Number.NaN : toDays(parsed);
}

function horizonObstacle(
  model: DescribeResponse__Output,
  pairs: readonly { readonly days: number }[],
): Obstacle | undefined {
  if (pairs.some(({ days }) => !(days > 0))) {
    return {
      state: 'FAILED',
      reason: 'BAD_SPEC',
      message: 'outcomes[].horizon must be an ISO 8601 duration above zero, such as P5Y',
    };
  }
  if (pairs.some(({ days }) => days > model.maxHorizonDays)) {
    return {
      state: 'FAILED',
      reason: 'HORIZON_TOO_LONG',
      message: `outcomes[].horizon is longer than the model's ${Math.floor(model.maxHorizonDays)} days: choose a shorter one`,
    };
  }
  return new Set(pairs.map(({ days }) => days)).size > mostHorizons
    ? {
        state: 'FAILED',
        reason: 'BAD_SPEC',
        message: `outcomes[] names more than ${mostHorizons} different horizons: use fewer`,
      }
    : undefined;
}

function gridOf(pairs: readonly { readonly name: string; readonly days: number }[]): Wish {
  return {
    outcomes: [...new Set(pairs.map(({ name }) => name))].filter((name) => !always.includes(name)),
    horizonsDays: [...new Set(pairs.map(({ days }) => days))].sort((a, b) => a - b),
    pairs: new Set([
      ...pairs.map(({ name, days }) => `${name}|${days}`),
      ...pairs.flatMap(({ days }) => always.map((name) => `${name}|${days}`)),
    ]),
  };
}

/** Whether a history can be forecast at all. The words say nothing of the person: they reach Kubernetes objects. */
export function historyObstacle(history: History): Obstacle | undefined {
  const outside = (reason: string, message: string): Obstacle => ({
    state: 'OUTSIDE_VALIDATED_RANGE',
    reason,
    message,
  });
  if (history.ageDays === undefined) {
    return outside(
      'BIRTH_DATE_UNKNOWN',
      'the records hold no birth date: send the Patient resource with birthDate',
    );
  }
  return history.dead || history.ageDays < 0 ? outside('OUT_OF_SCOPE', outOfScope) : undefined;
}

/** What is said of a subject that a model does not cover. */
export const outOfScope =
  'the model does not cover this subject: see kubectl twin get, or choose another model';

/** The parts of a request that come from the subject. */
export type SubjectPart = Required<
  Pick<SimulateRequest, 'subjectKey' | 'ageAtIndexDays' | 'sex' | 'observedFromDays' | 'history'>
>;

/** Makes the parts of a request that come from the subject. */
export function subjectRequest(history: History, key: Uint8Array): SubjectPart {
  return {
    subjectKey: Buffer.from(key),
    ageAtIndexDays: history.ageDays ?? 0,
    sex: history.sex,
    observedFromDays: history.observedFromDays,
    history: [...history.events],
  };
}
