// Who needs a serving certificate: the twin service, and the Shared engines of every namespace that has a TwinModel.
// Pure reading of caches. A certificate is a Secret that cannot be read back; a ConfigMap notes when it runs out.
import type { KubernetesObject } from '#runtime/objects.ts';
import { RESOURCES } from '#runtime/resource-types.ts';
import { wellKnown } from '../names.ts';
import type { Cluster } from '../ports.ts';
import { kinds } from '../resources.ts';
import { engineNames } from '../twin-model/children.ts';
import type { LeafNote } from './decide.ts';

/** Somebody who serves TLS with a leaf of ours. */
export interface Subject {
  /** Tells a namespace from one of the same name that was there before. */
  readonly key: string;
  readonly namespace: string;
  readonly secret: string;
  /** DNS names that the leaf must hold. */
  readonly names: readonly string[];
  /** What was noted of the leaf issued last; undefined before the first. */
  readonly noted: LeafNote | undefined;
}

/** A ConfigMap as the authority reads it. */
export type NoteObject = KubernetesObject & { readonly data?: Readonly<Record<string, string>> };

/** DNS names under which the twin service is called. */
export function servingNames(namespace: string): readonly string[] {
  return [wellKnown.twinsService, wellKnown.twinsClientService].flatMap((service) => [
    `${service}.${namespace}.svc`,
    `${service}.${namespace}.svc.cluster.local`,
  ]);
}

/** The engines of all namespaces with a TwinModel. */
export function engineSubjects(cluster: Cluster): readonly Subject[] {
  return cluster
    .list(RESOURCES.namespaces, '')
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .filter(({ metadata }) => cluster.list(kinds.twinModels, metadata.name).length > 0)
    .map(({ metadata: { name, uid } }) => ({
      key: `${name}/${uid}`,
      namespace: name,
      secret: wellKnown.engineSecret,
      names: engineNames(name),
      noted: engineNote(
        cluster.get<NoteObject>(RESOURCES.configMaps, { namespace: name, name: wellKnown.engineSecret }),
      ),
    }));
}

function engineNote(stored: NoteObject | undefined): LeafNote | undefined {
  const notAfter = stored?.data?.['not-after'];
  if (notAfter === undefined) return undefined;
  return { notAfter: new Date(notAfter), names: (stored?.data?.['names'] ?? '').split(',') };
}

/** The note of an engine's leaf. */
export function engineNoteObject(
  namespace: string,
  labels: Readonly<Record<string, string>>,
  { notAfter, names }: LeafNote,
): NoteObject {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: wellKnown.engineSecret, namespace, labels: { ...labels } },
    data: { 'not-after': notAfter.toISOString(), names: names.join(',') },
  };
}
