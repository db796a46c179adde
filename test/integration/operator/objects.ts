// Objects that the tests of the operator apply, each showing only what a case is about.
import { randomBytes } from 'node:crypto';
import { mintHandle } from '#crds/patient-twin/handle.ts';
import type { KubernetesObject } from '#runtime/objects.ts';
import type { Stand, Thing } from './stand.ts';

type Json = Readonly<Record<string, unknown>>;
type Object = KubernetesObject & Json;

export const digest = (digit: string): string => digit.repeat(64);
export const aHandle = (): string => mintHandle(randomBytes(15));

const object = (kind: string, namespace: string, name: string, spec: Json): Object => ({
  apiVersion: 'twinward.io/v1alpha1',
  kind,
  metadata: { namespace, name },
  spec,
});

export const aModel = (namespace: string, name: string, sha256: string, spec: Json = {}): Object =>
  object('TwinModel', namespace, name, {
    task: 'Trajectory',
    artifact: { uri: 'builtin:trajectory-core', sha256 },
    ...spec,
  });

export const aSource = (namespace: string, name: string, spec: Json = {}): Object =>
  object('DataSource', namespace, name, {
    type: 'Folder',
    folder: { uri: 'builtin:getting-started' },
    ...spec,
  });

export const aTwin = (namespace: string, name: string, spec: Json = {}): Object =>
  object('PatientTwin', namespace, name, {
    modelRefs: [{ name: 'trajectory' }],
    outcomes: [{ name: 'mi', horizon: 'P5Y' }],
    ...spec,
  });

export const aSimulation = (namespace: string, name: string, twin: string, spec: Json = {}): Object =>
  object('Simulation', namespace, name, {
    modelRef: { name: 'trajectory' },
    subjects: { twinRef: { name: twin } },
    horizon: 'P5Y',
    trajectories: 64,
    seed: 7,
    baseline: 'usual-care',
    scenarios: [{ name: 'usual-care' }],
    outcomes: [{ name: 'mi' }],
    ...spec,
  });

/** Status and reason of a condition, such as `True/Registered`; empty when there is none. */
export function conditionOf(thing: Thing | undefined, type: string): string {
  const found = thing?.status?.conditions?.find((condition) => condition.type === type);
  return found === undefined ? '' : `${found.status}/${found.reason}`;
}

/** Names of the children of a kind in a namespace that `owner` controls. */
export async function childrenOf(
  stand: Stand,
  type: Parameters<Stand['list']>[0],
  owner: Thing,
): Promise<readonly string[]> {
  const all = await stand.list(type, owner.metadata.namespace ?? '');
  return all
    .filter(({ metadata }) =>
      metadata.ownerReferences?.some(
        (reference) => reference.uid === owner.metadata.uid && reference.controller,
      ),
    )
    .map(({ metadata }) => metadata.name)
    .sort();
}
