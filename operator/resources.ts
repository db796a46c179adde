// Our kinds and the kinds of their children, as resources of the API server.

import { dataSourceKind } from '#crds/data-source/v1alpha1.ts';
import { group } from '#crds/kind.ts';
import { patientTwinKind } from '#crds/patient-twin/v1alpha1.ts';
import { simulationKind } from '#crds/simulation/v1alpha1.ts';
import { twinModelKind } from '#crds/twin-model/v1alpha1.ts';
import type { KubernetesObject, ResourceType } from '#runtime/objects.ts';
import { RESOURCES } from '#runtime/resource-types.ts';

const ours = (definition: {
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
}): ResourceType => ({
  group,
  version: definition.version,
  plural: definition.plural,
  kind: definition.kind,
});

/** Our kinds. */
export const kinds = {
  twinModels: ours(twinModelKind),
  dataSources: ours(dataSourceKind),
  patientTwins: ours(patientTwinKind),
  simulations: ours(simulationKind),
} as const;

/** Kinds of children, each with a cache. */
export const childTypes: readonly ResourceType[] = [
  RESOURCES.deployments,
  RESOURCES.jobs,
  RESOURCES.cronJobs,
  RESOURCES.services,
  RESOURCES.podDisruptionBudgets,
];

const byKind: ReadonlyMap<string, ResourceType> = new Map(
  [...childTypes, RESOURCES.serviceAccounts, RESOURCES.configMaps].map((type) => [type.kind, type]),
);

/** Resource of a child. Throws for a kind that the operator never writes. */
export function resourceOf(object: KubernetesObject): ResourceType {
  const type = byKind.get(object.kind);
  if (type === undefined) throw new TypeError(`the operator writes no ${object.kind}`);
  return type;
}
