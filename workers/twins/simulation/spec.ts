// Pure: what a Simulation asks, checked and in the shape that units are made from.
import type { DescribeResponse__Output } from '#proto/gen/twinward/v1/DescribeResponse.ts';
import type { Intervention } from '#proto/gen/twinward/v1/Intervention.ts';
import type { SimulationIntervention__Output } from '#proto/gen/twinward/v1/SimulationIntervention.ts';
import type { SimulationSpec__Output } from '#proto/gen/twinward/v1/SimulationSpec.ts';
import { toDays, tryParseDuration } from '#runtime/duration.ts';

/** A scenario whose offsets are days. */
export interface PinnedScenario {
  readonly name: string;
  readonly interventions: readonly Intervention[];
}

/** What a run computes; stored with it. */
export interface PinnedSpec {
  readonly horizon: string;
  readonly horizonDays: number;
  readonly trajectories: number;
  readonly seed: number;
  /** [0] is the baseline. */
  readonly scenarios: readonly PinnedScenario[];
  /** Without those that are always added. */
  readonly outcomes: readonly string[];
}

/** Why a Simulation is not run. */
export interface Refused {
  readonly reason: string;
  readonly message: string;
  /** Whether waiting may mend it. */
  readonly retryable: boolean;
}

/** Outcomes that every run answers. */
export const alwaysOutcomes: readonly string[] = ['death', 'event-free'];

/** All outcomes of a run in stored order. */
export function outcomesOf(spec: PinnedSpec): readonly string[] {
  return [...spec.outcomes, ...alwaysOutcomes];
}

const actions: Readonly<Record<string, 'ACTION_START' | 'ACTION_STOP' | 'ACTION_SET'>> = {
  Start: 'ACTION_START',
  Stop: 'ACTION_STOP',
  Set: 'ACTION_SET',
};

/** A refusal that waiting does not mend. */
export function refuse(reason: string, message: string, retryable = false): Refused {
  return { reason, message, retryable };
}

/** Pins a spec, or says why it is refused. */
export function pinSpec(spec: SimulationSpec__Output): PinnedSpec | Refused {
  const horizon = tryParseDuration(spec.horizon);
  if (horizon === undefined || horizon === 0) {
    return refuse('INVALID_SCENARIO', 'spec.horizon must be an ISO 8601 duration above zero, such as P5Y');
  }
  if (spec.trajectories <= 0 || spec.trajectories % 64 !== 0) {
    return refuse('INVALID_SCENARIO', 'spec.trajectories must be a multiple of 64 above zero, such as 192');
  }
  const names = spec.scenarios.map((scenario) => scenario.name);
  const baseline = spec.baseline === '' ? names[0] : spec.baseline;
  if (baseline === undefined || !names.includes(baseline) || new Set(names).size !== names.length) {
    return refuse(
      'INVALID_SCENARIO',
      'spec.scenarios[].name must be unique, and spec.baseline must be one of them',
    );
  }
  const ordered = [...spec.scenarios].sort(
    (a, b) => Number(b.name === baseline) - Number(a.name === baseline),
  );
  const scenarios: PinnedScenario[] = [];
  for (const scenario of ordered) {
    const interventions = scenario.interventions.map(pinIntervention);
    const fault = interventions.find((each) => typeof each === 'string');
    if (fault !== undefined)
      return refuse('INVALID_SCENARIO', `spec.scenarios[${scenario.name}].interventions[].${fault}`);
    scenarios.push({
      name: scenario.name,
      interventions: interventions.filter((each) => typeof each !== 'string'),
    });
  }
  const outcomes = [...new Set(spec.outcomes)].filter((name) => !alwaysOutcomes.includes(name));
  const { seed, trajectories } = spec;
  return { horizon: spec.horizon, horizonDays: toDays(horizon), trajectories, seed, scenarios, outcomes };
}

function pinIntervention(given: SimulationIntervention__Output): Intervention | string {
  const action = actions[given.action];
  const after = tryParseDuration(given.after === '' ? 'P0D' : given.after);
  if (action === undefined) return 'action must be Start, Stop or Set';
  if (after === undefined) return 'after must be an ISO 8601 duration such as P0D';
  const base = { system: given.system, code: given.code, action, atDays: toDays(after), ucum: given.unit };
  if (given.value === '') return base;
  const number = Number(given.value);
  return Number.isFinite(number) ? { ...base, number, value: 'number' } : 'value must be a decimal number';
}

/** Checks a pinned spec against what the model says of itself; outcomes left out become its calibrated ones. */
export function fitToModel(spec: PinnedSpec, model: DescribeResponse__Output): PinnedSpec | Refused {
  const names = model.outcomes.map((outcome) => outcome.name);
  const unknown = spec.outcomes.find((name) => !names.includes(name));
  if (unknown !== undefined) {
    return refuse(
      'OUTCOME_NOT_MODELLED',
      `spec.outcomes[].name ${unknown} is not modelled: choose one of ${names.join(', ')}`.slice(0, 900),
    );
  }
  if (spec.horizonDays > model.maxHorizonDays) {
    return refuse(
      'HORIZON_TOO_LONG',
      `spec.horizon is longer than the model's ${Math.floor(model.maxHorizonDays)} days: choose a shorter one`,
    );
  }
  const stranger = spec.scenarios
    .flatMap((scenario) => scenario.interventions.map((intervention) => ({ scenario, intervention })))
    .find(({ intervention }) => !answers(model, intervention));
  if (stranger !== undefined) {
    return refuse(
      'INVALID_SCENARIO',
      `spec.scenarios[${stranger.scenario.name}].interventions[] names a code and action that the model cannot answer: kubectl describe the TwinModel, or choose another code`,
    );
  }
  if (spec.outcomes.length > 0) return spec;
  const calibrated = model.outcomes.filter((outcome) => outcome.calibrated).map((outcome) => outcome.name);
  return {
    ...spec,
    outcomes: (calibrated.length > 0 ? calibrated : names).filter((name) => !alwaysOutcomes.includes(name)),
  };
}

function answers(model: DescribeResponse__Output, intervention: Intervention): boolean {
  if (model.interventions.length === 0) return true;
  return model.interventions.some(
    ({ system, code, actions: supported }) =>
      system === intervention.system &&
      code === intervention.code &&
      supported.some((action) => action === intervention.action),
  );
}
