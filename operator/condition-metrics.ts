// How many of our objects are in which state, counted when it is read. Kinds and states only: no names, no namespaces.
import type { Registry } from 'prom-client';
import { type ConditionStatus, ConditionType } from '#crds/condition.ts';
import { createGauge } from '#runtime/metrics.ts';
import type { KubernetesObject } from '#runtime/objects.ts';

/** The objects of each of our kinds, by kind. */
export type ObjectsByKind = Readonly<Record<keyof typeof watched, () => readonly KubernetesObject[]>>;

/** The conditions of each kind that say whether somebody has to act. */
const watched = {
  TwinModel: [ConditionType.Ready, ConditionType.Available],
  DataSource: [ConditionType.Ready, ConditionType.Synced],
  PatientTwin: [ConditionType.Ready, ConditionType.UpToDate],
  Simulation: [ConditionType.Ready, ConditionType.Succeeded],
} as const;
const kinds = Object.keys(watched) as readonly (keyof typeof watched)[];
const statuses: readonly ConditionStatus[] = ['True', 'False', 'Unknown'];

/** Registers `twinward_conditions`; every series exists from the start. */
export function exportConditions(registry: Registry, objects: ObjectsByKind): void {
  const gauge = createGauge(registry, {
    name: 'twinward_conditions',
    help: 'Objects by kind and by the status of a condition; Unknown also before it is first written',
    labels: { kind: [], type: [], status: [] },
  });
  const collect = (): void => {
    for (const kind of kinds) {
      const listed = objects[kind]();
      for (const type of watched[kind]) {
        const counts = countByStatus(listed, type);
        for (const status of statuses) gauge.set({ kind, type, status }, counts[status]);
      }
    }
  };
  collect();
  Object.assign(gauge, { collect });
}

/** How many objects have the condition with each status. */
export function countByStatus(
  objects: readonly KubernetesObject[],
  type: ConditionType,
): Readonly<Record<ConditionStatus, number>> {
  const counts = { True: 0, False: 0, Unknown: 0 };
  for (const object of objects) counts[statusOf(object, type)] += 1;
  return counts;
}

function statusOf(object: KubernetesObject, type: ConditionType): ConditionStatus {
  const { status } = object as KubernetesObject & {
    readonly status?: {
      readonly conditions?: readonly { readonly type: string; readonly status: ConditionStatus }[];
    };
  };
  return status?.conditions?.find((condition) => condition.type === type)?.status ?? 'Unknown';
}
