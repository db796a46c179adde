// The arms of a request in the form of the rollout loops. What the model cannot answer is refused, never ignored.
import type { Intervention__Output } from '#proto/gen/twinward/v1/Intervention.ts';
import type { Scenario__Output } from '#proto/gen/twinward/v1/Scenario.ts';
import type { Vocabulary, VocabularyEvent, VocabularyIntervention } from '../bundle/vocabulary.ts';
import { CallError } from '../errors.ts';
import { DAYS_PER_YEAR, type InterventionPlan, type ScenarioPlan } from './plan.ts';

/** Most arms, and most interventions of an arm, in one request. */
export const MOST_SCENARIOS = 32;
const MOST_INTERVENTIONS = 64;

/** Arms, and whether any of them rests on an effect that was only learnt, or on one that the caller assumes. */
export interface PlannedScenarios {
  readonly scenarios: readonly ScenarioPlan[];
  readonly usesAssociation: boolean;
  readonly usesAssumption: boolean;
}

/**
 * Plans all arms; none asked for means one without interventions. Throws CallError INTERVENTION_UNKNOWN,
 * OUTCOME_NOT_MODELLED, BAD_RANGE or REQUEST_TOO_LARGE.
 */
export function planScenarios(vocabulary: Vocabulary, asked: readonly Scenario__Output[]): PlannedScenarios {
  if (asked.length > MOST_SCENARIOS) {
    throw new CallError('REQUEST_TOO_LARGE', `scenarios: at most ${MOST_SCENARIOS}; split the request`);
  }
  if (new Set(asked.map(({ name }) => name)).size !== asked.length) {
    throw new CallError('BAD_RANGE', 'scenarios: two have the same name; give each its own');
  }
  const arms = asked.length === 0 ? [[]] : asked.map(({ interventions }) => interventions);
  const all = arms.flat();
  const isModelled = (one: Intervention__Output): boolean => one.hazardRatio === undefined;
  return {
    scenarios: arms.map((interventions) => planArm(vocabulary, interventions)),
    usesAssociation: all.some(
      (one) => isModelled(one) && known(vocabulary, one).some(({ effect }) => effect === 'association'),
    ),
    usesAssumption: !all.every(isModelled),
  };
}

function planArm(vocabulary: Vocabulary, interventions: readonly Intervention__Output[]): ScenarioPlan {
  if (interventions.length > MOST_INTERVENTIONS) {
    throw new CallError('REQUEST_TOO_LARGE', `interventions: at most ${MOST_INTERVENTIONS} in a scenario`);
  }
  const plans = interventions.map((intervention) => planIntervention(vocabulary, intervention));
  return { interventions: plans.toSorted((one, other) => one.atYears - other.atYears) };
}

function planIntervention(vocabulary: Vocabulary, intervention: Intervention__Output): InterventionPlan {
  const { atDays, hazardRatio } = intervention;
  if (!(atDays >= 0 && Number.isFinite(atDays))) {
    throw new CallError('BAD_RANGE', 'interventions.at_days must be 0 or more days from the index');
  }
  const atYears = atDays / DAYS_PER_YEAR;
  return hazardRatio === undefined
    ? planModelled(vocabulary, intervention, atYears)
    : planProgramme(vocabulary, intervention, atYears, hazardRatio);
}

function known(
  vocabulary: Vocabulary,
  { system, code }: Intervention__Output,
): readonly VocabularyIntervention[] {
  return vocabulary.interventions.filter(({ codes }) =>
    codes.some((one) => one.system === system && one.code === code),
  );
}

/** START and STOP do what the start and the stop of the drug do; a combination product does it for each part. */
function planModelled(
  vocabulary: Vocabulary,
  intervention: Intervention__Output,
  atYears: number,
): InterventionPlan {
  const targets = known(vocabulary, intervention);
  const action = actionOf(intervention);
  if (
    targets.length === 0 ||
    action === undefined ||
    !targets.every(({ actions }) => actions.includes(action))
  ) {
    throw new CallError(
      'INTERVENTION_UNKNOWN',
      'interventions: the model cannot answer one of them; ask Describe for those that it can',
    );
  }
  const events = targets.flatMap((target) => eventsOf(vocabulary, target, action));
  return {
    atYears,
    now: events.flatMap(({ now }) => now),
    set: events.flatMap(({ set }) => set),
    clear: events.flatMap(({ clear }) => clear),
    holds: holdsOf(vocabulary, intervention, targets),
    hazards: [],
    logHazard: 0,
  };
}

function actionOf({ action }: Intervention__Output): 'START' | 'STOP' | undefined {
  if (action === 'ACTION_START') return 'START';
  return action === 'ACTION_STOP' ? 'STOP' : undefined;
}

function eventsOf(
  vocabulary: Vocabulary,
  { startEvent, stopEvent }: VocabularyIntervention,
  action: 'START' | 'STOP',
): readonly VocabularyEvent[] {
  const name = action === 'START' ? startEvent : stopEvent;
  return vocabulary.events.filter((event) => event.name === name);
}

/** do(): the opposite event is off risk from then on. */
function holdsOf(
  vocabulary: Vocabulary,
  intervention: Intervention__Output,
  targets: readonly VocabularyIntervention[],
): readonly number[] {
  const action = actionOf(intervention);
  if (!intervention.hold || action === undefined) return [];
  const opposite = action === 'START' ? 'STOP' : 'START';
  return targets.flatMap((target) => eventsOf(vocabulary, target, opposite).map(({ index }) => index));
}

/** A programme effect replaces the model's own: only the hazards of its outcome change. */
function planProgramme(
  vocabulary: Vocabulary,
  intervention: Intervention__Output,
  atYears: number,
  hazardRatio: number,
): InterventionPlan {
  if (!(hazardRatio > 0 && Number.isFinite(hazardRatio))) {
    throw new CallError('BAD_RANGE', 'interventions.hazard_ratio must be a number above 0');
  }
  const outcome = vocabulary.outcomes.find(({ name }) => name === intervention.onOutcome);
  if (outcome === undefined || outcome.complement) {
    throw new CallError(
      'OUTCOME_NOT_MODELLED',
      'interventions.on_outcome is no outcome of this model that a hazard ratio can act on; ask Describe',
    );
  }
  const names = new Set(outcome.events);
  return {
    atYears,
    now: [],
    set: [],
    clear: [],
    holds: holdsOf(vocabulary, intervention, known(vocabulary, intervention)),
    hazards: vocabulary.events.filter(({ name }) => names.has(name)).map(({ index }) => index),
    logHazard: Math.fround(Math.log(hazardRatio)),
  };
}
