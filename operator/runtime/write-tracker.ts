import { formatKey } from './object-key.ts';
import type { KubernetesObject, ObjectKey, ResourceType } from './objects.ts';
import type { Reflector } from './reflector.ts';
import { compareResourceVersions } from './resource-version.ts';

/** A write that a reconciler has made; its next run must not begin before the caches show it. */
export type Write =
  | { readonly kind: 'Written'; readonly type: ResourceType; readonly resourceVersion: string }
  | { readonly kind: 'Deleted'; readonly type: ResourceType; readonly key: ObjectKey; readonly uid: string };

/** What the tracker asks of a cache. */
export type ObservedCache = Pick<Reflector<KubernetesObject>, 'type' | 'store' | 'resourceVersion' | 'lists'>;

interface Pending {
  readonly cache: ObservedCache;
  readonly write: Write;
  /** Full lists that the cache had taken in at the time of the write. */
  readonly lists: number;
}

/**
 * Reads your writes: per reconcile key it remembers what was written and says whether the caches have caught up.
 * Writes to resources that nobody caches are not tracked.
 */
export class WriteTracker {
  readonly #caches = new Map<string, ObservedCache>();
  readonly #pending = new Map<string, Pending[]>();

  /** Makes a cache known. */
  observe(cache: ObservedCache): void {
    this.#caches.set(nameOf(cache.type), cache);
  }

  /** Remembers a write made for `key`. */
  wrote(key: string, write: Write): void {
    const cache = this.#caches.get(nameOf(write.type));
    if (cache === undefined) return;
    const others = (this.#pending.get(key) ?? []).filter((pending) => !supersedes(write, pending.write));
    this.#pending.set(key, [...others, { cache, write, lists: cache.lists() }]);
  }

  /** Whether every write made for `key` is visible; forgets those that are. */
  isVisible(key: string): boolean {
    const pending = this.#pending.get(key);
    if (pending === undefined) return true;
    const unseen = pending.filter((one) => !isSeen(one));
    if (unseen.length === 0) this.#pending.delete(key);
    else this.#pending.set(key, unseen);
    return unseen.length === 0;
  }

  /** Keys that wait for a cache. */
  get size(): number {
    return this.#pending.size;
  }
}

function nameOf(type: ResourceType): string {
  return `${type.plural}.${type.group}`;
}

/** Of two writes to one resource the newer version is enough. */
function supersedes(write: Write, other: Write): boolean {
  if (write.kind === 'Deleted' || other.kind === 'Deleted') return false;
  return (
    nameOf(write.type) === nameOf(other.type) &&
    compareResourceVersions(write.resourceVersion, other.resourceVersion) >= 0
  );
}

function isSeen({ cache, write, lists }: Pending): boolean {
  // A list that began after the write includes it, also after a restore that turned versions back. The first
  // list that ends after the write may have begun before it; the second cannot have.
  if (cache.lists() >= lists + 2) return true;
  if (write.kind === 'Written')
    return compareResourceVersions(cache.resourceVersion(), write.resourceVersion) >= 0;
  const object = cache.store.get(write.key);
  return object?.metadata.uid !== write.uid || object.metadata.deletionTimestamp !== undefined;
}

/** The name of a key for messages of this module's callers. */
export function trackerKey(controller: string, key: ObjectKey): string {
  return `${controller}:${formatKey(key)}`;
}
