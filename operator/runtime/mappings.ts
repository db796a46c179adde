import type { Mapping } from './controller.ts';
import { keyOf } from './object-key.ts';
import type { KubernetesObject, ObjectKey } from './objects.ts';
import { PRIORITY, type Priority } from './queue.ts';
import type { Change } from './store.ts';

/** The object itself: urgent when its spec changed or it was created or deleted, less so when only its status did. */
export function toSelf<T extends KubernetesObject>(): Mapping<T> {
  return (change) => [{ key: keyOf(change.object), priority: priorityOfSelf(change) }];
}

/** The object of this kind that owns the changed one. */
export function toOwner<T extends KubernetesObject>(ownerKind: string, ownerGroup: string): Mapping<T> {
  return (change) =>
    (change.object.metadata.ownerReferences ?? [])
      .filter((owner) => owner.kind === ownerKind && groupOf(owner.apiVersion) === ownerGroup)
      .map((owner) => ({
        key: { namespace: change.object.metadata.namespace ?? '', name: owner.name },
        priority: priorityOfOthers(change),
      }));
}

/** Whatever keys `find` names for the changed object (for an update, also for what it was before). */
export function toKeys<T extends KubernetesObject>(find: (object: T) => readonly ObjectKey[]): Mapping<T> {
  return (change) => {
    const before = change.type === 'Updated' ? find(change.old) : [];
    return [...find(change.object), ...before].map((key) => ({ key, priority: priorityOfOthers(change) }));
  };
}

function priorityOfSelf<T extends KubernetesObject>(change: Change<T>): Priority {
  if (change.initial) return PRIORITY.resync;
  if (change.type !== 'Updated') return PRIORITY.userEdit;
  const { generation, deletionTimestamp } = change.object.metadata;
  const before = change.old.metadata;
  const edited = generation !== before.generation || deletionTimestamp !== before.deletionTimestamp;
  return edited ? PRIORITY.userEdit : PRIORITY.childEvent;
}

function priorityOfOthers<T extends KubernetesObject>(change: Change<T>): Priority {
  return change.initial ? PRIORITY.resync : PRIORITY.childEvent;
}

function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf('/');
  return slash < 0 ? '' : apiVersion.slice(0, slash);
}
