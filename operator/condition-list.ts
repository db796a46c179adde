// How conditions come about: every pass states them anew; only their times survive from before. Pure.
import { type Condition, ConditionType, Reason, terminalReasons } from '#crds/condition.ts';
import { longestMessage } from './names.ts';
import type { PlannedEvent } from './plan.ts';

/** What a decision says about one aspect. */
export interface Verdict {
  readonly type: ConditionType;
  readonly status: Condition['status'];
  readonly reason: Reason;
  readonly message: string;
}

/** A verdict that something holds, does not hold, or is not known yet. */
export const holds = (type: ConditionType, reason: Reason, message: string): Verdict => ({
  type,
  status: 'True',
  reason,
  message,
});
export const fails = (type: ConditionType, reason: Reason, message: string): Verdict => ({
  type,
  status: 'False',
  reason,
  message,
});
export const unknown = (type: ConditionType, reason: Reason, message: string): Verdict => ({
  type,
  status: 'Unknown',
  reason,
  message,
});

/** What conditions are judged from, besides the verdicts. */
export interface Judged {
  readonly generation: number;
  readonly suspended: boolean;
  readonly previous: readonly Condition[];
  readonly now: Date;
}

/**
 * The conditions of an object: the verdicts, plus `Suspended`, `Stalled` and `Reconciling`, which exist only while
 * True. `Stalled` goes with terminal reasons only; `Reconciling` while `Ready` is not decided. `lastTransitionTime`
 * changes only when the status changes.
 */
export function conditionsOf(verdicts: readonly Verdict[], judged: Judged): readonly Condition[] {
  return [...verdicts, ...lifecycleOf(verdicts, judged.suspended)].map((verdict) => {
    const before = judged.previous.find((condition) => condition.type === verdict.type);
    const since = before?.status === verdict.status ? before.lastTransitionTime : timeOf(judged.now);
    return {
      ...verdict,
      message: verdict.message.slice(0, longestMessage),
      observedGeneration: judged.generation,
      lastTransitionTime: since,
    };
  });
}

function lifecycleOf(verdicts: readonly Verdict[], suspended: boolean): readonly Verdict[] {
  if (suspended) return [holds(ConditionType.Suspended, Reason.Suspended, 'spec.suspend is true.')];
  const terminal = verdicts.find(
    (verdict) => verdict.status === 'False' && terminalReasons.has(verdict.reason),
  );
  if (terminal !== undefined) return [holds(ConditionType.Stalled, terminal.reason, terminal.message)];
  const ready = verdicts.find((verdict) => verdict.type === ConditionType.Ready);
  if (ready?.status === 'True') return [];
  return [
    holds(ConditionType.Reconciling, Reason.ApplyingSpec, ready?.message ?? 'The object is being acted on.'),
  ];
}

/** Kubernetes time: RFC 3339 in UTC without fractions. */
export function timeOf(date: Date): string {
  return date.toISOString().replace(/\.\d{3}Z$/, 'Z');
}

const silent: ReadonlySet<string> = new Set([ConditionType.Reconciling, ConditionType.Stalled]);

/** One event per condition whose status or reason changed: the story that `kubectl describe` tells. */
export function eventsOf(
  previous: readonly Condition[],
  next: readonly Condition[],
  action: string,
): readonly PlannedEvent[] {
  return next
    .filter((condition) => !silent.has(condition.type))
    .filter((condition) => {
      const before = previous.find((other) => other.type === condition.type);
      return before?.status !== condition.status || before.reason !== condition.reason;
    })
    .map((condition) => ({
      type: condition.status === 'False' ? 'Warning' : 'Normal',
      reason: condition.reason,
      action,
      note: `${condition.type}: ${condition.message}`,
    }));
}
