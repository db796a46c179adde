// What a decision comes to: plain data that can be shown, tested and thrown away. `apply.ts` carries it out.
import type { Condition } from '#crds/condition.ts';
import type { Duration } from '#runtime/duration.ts';
import type { KubernetesObject } from '#runtime/objects.ts';

/** An event to record on the object that was decided about. */
export interface PlannedEvent {
  readonly type: 'Normal' | 'Warning';
  /** PascalCase constant. */
  readonly reason: string;
  /** What the operator did or found, as a short verb phrase in PascalCase. */
  readonly action: string;
  /** For people; no patient data. */
  readonly note: string;
}

/** A child that must exist. */
export interface Child {
  readonly object: KubernetesObject;
  /** Created when absent and never changed afterwards, because others mutate it (a Job under Kueue). */
  readonly once?: boolean;
}

/** Everything one reconciliation wants. */
export interface Plan<Status> {
  /** Exactly what must exist; owned children that are not named here are deleted. */
  readonly children: readonly Child[];
  readonly status: Status;
  readonly events: readonly PlannedEvent[];
  /** When to look again without being told. */
  readonly checkAgainIn?: Duration;
}

/** A status that carries conditions. */
export interface ConditionedStatus {
  readonly observedGeneration: number;
  readonly conditions?: readonly Condition[];
}
