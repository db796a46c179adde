import { formatKey, keyOf } from './object-key.ts';
import type { KubernetesObject, ObjectKey } from './objects.ts';

/** A change of the store. `initial` marks objects of a list, as against what happened since. */
export type Change<T extends KubernetesObject> =
  | { readonly type: 'Added'; readonly object: T; readonly initial: boolean }
  | { readonly type: 'Updated'; readonly object: T; readonly old: T; readonly initial: boolean }
  | { readonly type: 'Deleted'; readonly object: T; readonly initial: boolean };

/** The values under which an object is found in an index. */
export type IndexFunction<T> = (object: T) => readonly string[];

/** What reconcilers read: the last known state of one resource. */
export interface ReadStore<T extends KubernetesObject> {
  get(key: ObjectKey): T | undefined;
  /** All objects, or those of one namespace. */
  list(namespace?: string): readonly T[];
  /** The objects that name `uid` in an owner reference. */
  ownedBy(uid: string): readonly T[];
  /** The objects that an index of this name files under `value`. Throws when there is no such index. */
  by(index: string, value: string): readonly T[];
  readonly size: number;
}

const OWNER = 'owner';
const NAMESPACE = 'namespace';

/** Objects by key, with indexes. Only the reflector writes it. */
export class Store<T extends KubernetesObject> implements ReadStore<T> {
  readonly #objects = new Map<string, T>();
  readonly #indexes: ReadonlyMap<string, Index<T>>;

  constructor(indexes: Readonly<Record<string, IndexFunction<T>>> = {}) {
    const all: Record<string, IndexFunction<T>> = {
      ...indexes,
      [OWNER]: (object) => (object.metadata.ownerReferences ?? []).map((owner) => owner.uid),
      [NAMESPACE]: (object) => [object.metadata.namespace ?? ''],
    };
    this.#indexes = new Map(Object.entries(all).map(([name, values]) => [name, new Index(values)]));
  }

  get(key: ObjectKey): T | undefined {
    return this.#objects.get(formatKey(key));
  }

  list(namespace?: string): readonly T[] {
    return namespace === undefined ? [...this.#objects.values()] : this.by(NAMESPACE, namespace);
  }

  ownedBy(uid: string): readonly T[] {
    return this.by(OWNER, uid);
  }

  by(index: string, value: string): readonly T[] {
    const found = this.#indexes.get(index);
    if (found === undefined)
      throw new Error(`the store has no index called ${index}: name it when the cache is made`);
    return [...found.keys(value)].flatMap((key) => this.#objects.get(key) ?? []);
  }

  get size(): number {
    return this.#objects.size;
  }

  /** Sets one object and says what changed; nothing if this very version is known. */
  put(object: T, initial = false): Change<T> | undefined {
    const key = formatKey(keyOf(object));
    const old = this.#objects.get(key);
    if (old !== undefined && sameVersion(old, object)) return undefined;
    if (old !== undefined) this.#unfile(key, old);
    this.#objects.set(key, object);
    for (const index of this.#indexes.values()) index.add(key, object);
    return old === undefined ? { type: 'Added', object, initial } : { type: 'Updated', object, old, initial };
  }

  /** Removes one object and says what was lost. */
  remove(object: KubernetesObject, initial = false): Change<T> | undefined {
    const key = formatKey(keyOf(object));
    const old = this.#objects.get(key);
    if (old === undefined) return undefined;
    this.#unfile(key, old);
    this.#objects.delete(key);
    return { type: 'Deleted', object: old, initial };
  }

  /** Makes the store hold exactly `objects` and says what that changed. */
  replace(objects: readonly T[]): readonly Change<T>[] {
    const keep = new Set(objects.map((object) => formatKey(keyOf(object))));
    const lost = [...this.#objects].filter(([key]) => !keep.has(key)).map(([, object]) => object);
    const removed = lost.flatMap((object) => this.remove(object, true) ?? []);
    return [...removed, ...objects.flatMap((object) => this.put(object, true) ?? [])];
  }

  #unfile(key: string, object: T): void {
    for (const index of this.#indexes.values()) index.remove(key, object);
  }
}

function sameVersion(a: KubernetesObject, b: KubernetesObject): boolean {
  return a.metadata.uid === b.metadata.uid && a.metadata.resourceVersion === b.metadata.resourceVersion;
}

class Index<T> {
  readonly #values: IndexFunction<T>;
  readonly #keys = new Map<string, Set<string>>();

  constructor(values: IndexFunction<T>) {
    this.#values = values;
  }

  keys(value: string): ReadonlySet<string> {
    return this.#keys.get(value) ?? new Set();
  }

  add(key: string, object: T): void {
    for (const value of this.#values(object)) {
      const keys = this.#keys.get(value);
      if (keys === undefined) this.#keys.set(value, new Set([key]));
      else keys.add(key);
    }
  }

  remove(key: string, object: T): void {
    for (const value of this.#values(object)) {
      const keys = this.#keys.get(value);
      keys?.delete(key);
      if (keys?.size === 0) this.#keys.delete(value);
    }
  }
}
