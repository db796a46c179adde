// Reads everything that a decision about a DataSource needs, through ports.
import { parseDataSource } from '#crds/data-source/v1alpha1.ts';
import type { ObjectKey } from '#runtime/objects.ts';
import type { Pod } from '#runtime/pod-objects.ts';
import { RESOURCES } from '#runtime/resource-types.ts';
import type { Installation } from '../installation.ts';
import { label } from '../names.ts';
import type { Cluster, SourceRegistry } from '../ports.ts';
import { childTypes, kinds } from '../resources.ts';
import { tenantOf } from '../tenant/tenant-of.ts';
import type { Observed } from './observed.ts';
import { sourceSpecOf } from './source-spec.ts';

/** What is known about the DataSource; undefined when it, or its namespace, is gone. */
export async function observe(
  key: ObjectKey,
  cluster: Cluster,
  registry: SourceRegistry,
  installation: Installation,
): Promise<Observed | undefined> {
  const object = cluster.get(kinds.dataSources, key);
  const namespace = cluster.get(RESOURCES.namespaces, { namespace: '', name: key.namespace });
  if (object === undefined || namespace === undefined) return undefined;
  const source = parseDataSource(object);
  const tenant = tenantOf(namespace);
  const answer = await registry.ensureSource(tenant, sourceSpecOf(source));
  return {
    source,
    tenant,
    installation,
    pods: cluster
      .list<Pod>(RESOURCES.pods, key.namespace)
      .filter((pod) => pod.metadata.labels?.[label.source] === key.name),
    existing: cluster.ownedBy(source.metadata.uid, childTypes),
    knowledge: answer.available
      ? { known: 'Registered', state: answer.value }
      : { known: 'Away', message: answer.message },
  };
}
