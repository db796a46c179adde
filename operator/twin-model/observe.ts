// Reads everything that a decision about a TwinModel needs, through ports.
import { ConditionType } from '#crds/condition.ts';
import { parseSimulation } from '#crds/simulation/v1alpha1.ts';
import { parseTwinModel } from '#crds/twin-model/v1alpha1.ts';
import type { Deployment, KubernetesObject, ObjectKey } from '#runtime/objects.ts';
import type { Pod } from '#runtime/pod-objects.ts';
import { RESOURCES } from '#runtime/resource-types.ts';
import type { Installation } from '../installation.ts';
import { label } from '../names.ts';
import type { Cluster } from '../ports.ts';
import { childTypes, kinds } from '../resources.ts';
import { tenantOf } from '../tenant/tenant-of.ts';
import type { Observed } from './observed.ts';

/** What is known about the TwinModel; undefined when it, or its namespace, is gone. */
export function observe(key: ObjectKey, cluster: Cluster, installation: Installation): Observed | undefined {
  const object = cluster.get(kinds.twinModels, key);
  const namespace = cluster.get(RESOURCES.namespaces, { namespace: '', name: key.namespace });
  if (object === undefined || namespace === undefined) return undefined;
  const model = parseTwinModel(object);
  const existing = cluster.ownedBy(model.metadata.uid, childTypes);
  return {
    model,
    tenant: tenantOf(namespace),
    installation,
    deployments: existing.filter((child): child is Deployment => child.kind === 'Deployment'),
    pods: cluster
      .list<Pod>(RESOURCES.pods, key.namespace)
      .filter((pod) => pod.metadata.labels?.[label.model] === key.name),
    existing,
    pinnedBy: pinnedBy(cluster.list(kinds.simulations, key.namespace), key.name),
  };
}

/** Unfinished runs on the Shared engine, by the digest they are pinned to. */
function pinnedBy(simulations: readonly KubernetesObject[], model: string): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const object of simulations) {
    const { spec, status } = parseSimulation(object);
    const sha256 = status.pinned?.modelSha256;
    const over = status.conditions?.some(
      ({ type, status: value }) => type === ConditionType.Succeeded && value !== 'Unknown',
    );
    if (spec.modelRef.name !== model || spec.engine !== 'Shared' || sha256 === undefined || over === true)
      continue;
    counts[sha256] = (counts[sha256] ?? 0) + 1;
  }
  return counts;
}
