// What the twin service must know of a PatientTwin, and what its status says. A PatientTwin has no children.
import type { PatientTwinStatus } from '#crds/patient-twin/v1alpha1.ts';
import type { TwinState__Output } from '#proto/gen/twinward/v1/TwinState.ts';
import { type Duration, minutes, seconds } from '#runtime/duration.ts';
import { conditionsOf, eventsOf } from '../condition-list.ts';
import type { Plan } from '../plan.ts';
import { verdictsOf } from './conditions.ts';
import type { Observed } from './observed.ts';

/** Plan for a PatientTwin. */
export interface TwinPlan extends Plan<PatientTwinStatus> {
  /** Whether the status must be written now, or may wait for the coalescing interval. */
  readonly urgent: boolean;
}

/** Longest time that a new revision may be missing in the status while no condition changes. */
export const coalescing: Duration = minutes(10);

/** Observed → plan. */
export function decide(observed: Observed, now: Date): TwinPlan {
  const { twin } = observed;
  const status = statusOf(observed, now);
  const previous = twin.status.conditions ?? [];
  const events = eventsOf(previous, status.conditions ?? [], 'UpdateTwin');
  return {
    children: [],
    status,
    events,
    urgent: isUrgent(twin.status, status),
    ...checkAgainIn(observed),
  };
}

/** The twin service tells every change; looking again heals what a lost message would leave behind. */
function checkAgainIn({ knowledge }: Observed): { readonly checkAgainIn?: Duration } {
  if (knowledge.known === 'Away') return { checkAgainIn: seconds(5) };
  if (knowledge.known !== 'Registered') return {};
  return unsettled.has(knowledge.state.update) ? { checkAgainIn: seconds(30) } : {};
}

const unsettled: ReadonlySet<string> = new Set(['UPDATE_STATE_UPDATING', 'UPDATE_STATE_MODEL_UNAVAILABLE']);

function statusOf(observed: Observed, now: Date): PatientTwinStatus {
  const { twin, knowledge } = observed;
  const conditions = conditionsOf(verdictsOf(observed), {
    generation: twin.metadata.generation,
    suspended: twin.spec.suspend,
    previous: twin.status.conditions ?? [],
    now,
  });
  const known = knowledge.known === 'Registered' ? dataStatusOf(knowledge.state) : keptOf(twin.status);
  return { observedGeneration: twin.metadata.generation, ...known, conditions };
}

function keptOf(status: PatientTwinStatus): Partial<PatientTwinStatus> {
  const { observedGeneration: _generation, conditions: _conditions, ...kept } = status;
  return kept;
}

const freshness = {
  FRESHNESS_UNSPECIFIED: 'NoData',
  FRESHNESS_NO_DATA: 'NoData',
  FRESHNESS_FRESH: 'Fresh',
  FRESHNESS_STALE: 'Stale',
} as const;

function dataStatusOf(state: TwinState__Output): Partial<PatientTwinStatus> {
  return {
    revision: Number(state.revision),
    freshness: freshness[state.freshness],
    models: state.models.map(({ name, sha256 }) => ({ name, sha256 })),
    ...(state.lastHandledRefresh === '' ? {} : { lastHandledRefresh: state.lastHandledRefresh }),
  };
}

/** Writes are few: a changed condition, generation, model or refresh is told now, a new revision alone may wait. */
function isUrgent(before: PatientTwinStatus, after: PatientTwinStatus): boolean {
  return urgentPart(before) !== urgentPart(after);
}

function urgentPart(status: PatientTwinStatus): string {
  const { observedGeneration, freshness: fresh, models, lastHandledRefresh, conditions = [] } = status;
  return JSON.stringify([
    observedGeneration,
    fresh,
    (models ?? []).map(({ name, sha256 }) => [name, sha256]),
    lastHandledRefresh,
    conditions.map(({ type, status: value, reason, message }) => [type, value, reason, message]).sort(),
  ]);
}
