// Reads everything that a decision about a PatientTwin needs, through ports.
import { type PatientTwin, parsePatientTwin } from '#crds/patient-twin/v1alpha1.ts';
import { parseTwinModel } from '#crds/twin-model/v1alpha1.ts';
import type { ObjectKey } from '#runtime/objects.ts';
import { RESOURCES } from '#runtime/resource-types.ts';
import type { Cluster, TwinRegistry } from '../ports.ts';
import { kinds } from '../resources.ts';
import { tenantOf } from '../tenant/tenant-of.ts';
import type { Observed } from './observed.ts';
import { twinSpecOf } from './twin-spec.ts';

/** What is known about the PatientTwin; undefined when it, or its namespace, is gone. */
export async function observe(
  key: ObjectKey,
  cluster: Cluster,
  registry: TwinRegistry,
): Promise<Observed | undefined> {
  const object = cluster.get(kinds.patientTwins, key);
  const namespace = cluster.get(RESOURCES.namespaces, { namespace: '', name: key.namespace });
  if (object === undefined || namespace === undefined) return undefined;
  const twin = parsePatientTwin(object);
  const tenant = tenantOf(namespace);
  const references = { twin, tenant, ...referencesOf(twin, cluster) };
  // A twin whose models cannot forecast it is not registered: it would be forecast wrongly.
  if (references.wrongTask.length > 0) return { ...references, knowledge: { known: 'NotAsked' } };
  const answer = await registry.ensureTwin(tenant, twinSpecOf(twin));
  return {
    ...references,
    knowledge: answer.available
      ? { known: 'Registered', state: answer.value }
      : { known: 'Away', message: answer.message },
  };
}

function referencesOf(twin: PatientTwin, cluster: Cluster): Pick<Observed, 'missing' | 'wrongTask'> {
  const missing: string[] = [];
  const wrongTask: string[] = [];
  const { namespace } = twin.metadata;
  for (const { name } of twin.spec.modelRefs) {
    const model = cluster.get(kinds.twinModels, { namespace, name });
    if (model === undefined) missing.push(`TwinModel ${name}`);
    else if (parseTwinModel(model).spec.task !== 'Trajectory') wrongTask.push(`TwinModel ${name}`);
  }
  for (const { name } of twin.spec.sourceRefs ?? []) {
    if (cluster.get(kinds.dataSources, { namespace, name }) === undefined) missing.push(`DataSource ${name}`);
  }
  return { missing, wrongTask };
}
