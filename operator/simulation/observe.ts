// Reads everything that a decision about a Simulation needs, through ports.
import { ConditionType } from '#crds/condition.ts';
import { type DataSource, parseDataSource } from '#crds/data-source/v1alpha1.ts';
import { type PatientTwin, parsePatientTwin } from '#crds/patient-twin/v1alpha1.ts';
import { parseSimulation, type Simulation } from '#crds/simulation/v1alpha1.ts';
import { parseTwinModel } from '#crds/twin-model/v1alpha1.ts';
import type { Tenant } from '#proto/gen/twinward/v1/Tenant.ts';
import type { Job, KubernetesObject, ObjectKey } from '#runtime/objects.ts';
import type { Pod } from '#runtime/pod-objects.ts';
import { RESOURCES } from '#runtime/resource-types.ts';
import type { Installation } from '../installation.ts';
import { annotation, label } from '../names.ts';
import type { Cluster, RunRegistry } from '../ports.ts';
import { childTypes, kinds } from '../resources.ts';
import { tenantOf } from '../tenant/tenant-of.ts';
import type { Freeze, Observed } from './observed.ts';

/** Reads the cluster and, for a run that was pinned, its progress. Undefined when it, or its namespace, is gone. */
export async function observe(
  key: ObjectKey,
  cluster: Cluster,
  runs: RunRegistry,
  installation: Installation,
): Promise<Observed | undefined> {
  const object = cluster.get(kinds.simulations, key);
  const namespace = cluster.get(RESOURCES.namespaces, { namespace: '', name: key.namespace });
  if (object === undefined || namespace === undefined) return undefined;
  const simulation = parseSimulation(object);
  const tenant = tenantOf(namespace);
  const runKey = isOver(simulation) ? undefined : simulation.status.pinned?.runKey;
  return {
    simulation,
    tenant,
    installation,
    ...clusterPart(simulation, cluster),
    freeze: { state: 'NotAsked' },
    run: runKey === undefined ? undefined : await progressOf(runs, tenant, runKey),
  };
}

/** The same, after the twin service was asked to pin the subjects. */
export async function withFreeze(observed: Observed, freeze: Freeze, runs: RunRegistry): Promise<Observed> {
  const run =
    freeze.state === 'Frozen' ? await progressOf(runs, observed.tenant, freeze.frozen.runKey) : observed.run;
  return { ...observed, freeze, run };
}

async function progressOf(runs: RunRegistry, tenant: Tenant, runKey: string): Promise<Observed['run']> {
  const answer = await runs.progress(tenant, runKey);
  return answer.available ? answer.value : undefined;
}

function isOver(simulation: Simulation): boolean {
  const succeeded = simulation.status.conditions?.find(({ type }) => type === ConditionType.Succeeded);
  return succeeded !== undefined && succeeded.status !== 'Unknown';
}

function clusterPart(
  simulation: Simulation,
  cluster: Cluster,
): Pick<Observed, 'model' | 'unsyncedSources' | 'sources' | 'job' | 'pods' | 'existing'> {
  const { name, namespace, uid } = simulation.metadata;
  const model = cluster.get(kinds.twinModels, { namespace, name: simulation.spec.modelRef.name });
  const all = cluster.list(kinds.dataSources, namespace).map((source) => parseDataSource(source));
  const sources = feeding(twinOf(simulation, cluster), all);
  const existing = cluster.ownedBy(uid, childTypes);
  const isOurs = (pod: Pod): boolean => pod.metadata.labels?.[label.simulation] === name;
  return {
    model: model === undefined ? undefined : parseTwinModel(model),
    unsyncedSources: sources.filter(isWaitedFor).map((source) => source.metadata.name),
    sources: sources.length,
    job: newestJob(existing),
    pods: cluster.list<Pod>(RESOURCES.pods, namespace).filter(isOurs),
    existing,
  };
}

function twinOf({ metadata, spec }: Simulation, cluster: Cluster): PatientTwin | undefined {
  const name = spec.subjects.twinRef?.name;
  if (name === undefined) return undefined;
  const twin = cluster.get(kinds.patientTwins, { namespace: metadata.namespace, name });
  return twin === undefined ? undefined : parsePatientTwin(twin);
}

/** The sources whose records the subjects are made of: those that the one twin names, else all of the namespace. */
export function feeding(
  twin: PatientTwin | undefined,
  sources: readonly DataSource[],
): readonly DataSource[] {
  const named = new Set((twin?.spec.sourceRefs ?? []).map(({ name }) => name));
  return named.size === 0 ? sources : sources.filter(({ metadata }) => named.has(metadata.name));
}

/** A source that is suspended will not sync; others must have synced once. */
function isWaitedFor(source: DataSource): boolean {
  return !source.spec.suspend && source.status.lastSync?.completionTime === undefined;
}

function newestJob(existing: readonly KubernetesObject[]): Job | undefined {
  const jobs = existing.filter(
    (child): child is Job => child.kind === 'Job' && child.metadata.deletionTimestamp === undefined,
  );
  const attempt = (job: Job): number => Number(job.metadata.annotations?.[annotation.attempt] ?? 0);
  return jobs.sort((a, b) => attempt(b) - attempt(a))[0];
}
