// What a status says when a child cannot be as it must: only a person can mend that, so it may not stay in a log. Pure.
import { type Condition, ConditionType, Reason } from '#crds/condition.ts';
import { CodedError } from '#runtime/errors.ts';
import type { KubernetesObject } from '#runtime/objects.ts';
import { conditionsOf, eventsOf, fails } from './condition-list.ts';
import type { ConditionedStatus, PlannedEvent } from './plan.ts';

/** Why a child is not as it must be. */
export interface Refusal {
  readonly reason: Reason;
  readonly message: string;
}

/** What there was before the plan, and when it was made. */
export interface Before {
  readonly conditions: readonly Condition[];
  readonly now: Date;
}

const refusedBy: Readonly<Record<string, string>> = {
  Forbidden: 'The API server forbids',
  Invalid: 'The API server finds invalid',
};

/** The refusal behind an error of a write; undefined for what passes by itself, such as a lost connection. */
export function refusalOf(error: unknown, child: KubernetesObject): Refusal | undefined {
  if (!(error instanceof CodedError)) return undefined;
  const name = `${child.kind} ${child.metadata.name}`;
  if (error.code === 'ChildNotOurs') {
    return {
      reason: Reason.ChildNotOurs,
      message: `${name} exists already and is not this object's own; rename or remove it, then this goes on by itself.`,
    };
  }
  const verb = refusedBy[error.code];
  return verb === undefined
    ? undefined
    : { reason: Reason.ChildRefused, message: `${verb} ${name}; it is tried again. ${error.message}` };
}

const replaced: ReadonlySet<string> = new Set([
  ConditionType.Ready,
  ConditionType.Reconciling,
  ConditionType.Stalled,
  ConditionType.Suspended,
]);

/** The planned status, but not Ready because of the refusal, and the events that tell of it. */
export function withRefusal<Status extends ConditionedStatus>(
  status: Status,
  refusal: Refusal,
  before: Before,
): { readonly status: Status; readonly events: readonly PlannedEvent[] } {
  const planned = status.conditions ?? [];
  const [ready, ...lifecycle] = conditionsOf([fails(ConditionType.Ready, refusal.reason, refusal.message)], {
    generation: status.observedGeneration,
    suspended: planned.some(({ type }) => type === ConditionType.Suspended),
    previous: before.conditions,
    now: before.now,
  });
  const kept = planned.filter(({ type }) => !replaced.has(type));
  const conditions = [...(ready === undefined ? [] : [ready]), ...kept, ...lifecycle];
  return {
    status: { ...status, conditions },
    events: eventsOf(before.conditions, conditions, 'ApplyChildren'),
  };
}
