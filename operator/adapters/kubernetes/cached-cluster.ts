import { CodedError } from '#runtime/errors.ts';
import { controllerOf } from '#runtime/object-key.ts';
import type { KubernetesObject, ObjectKey, ResourceType } from '#runtime/objects.ts';
import type { Reflector } from '#runtime/reflector.ts';
import type { ReadStore } from '#runtime/store.ts';
import type { Cluster } from '../../ports.ts';

/** Reads from the caches of a manager. Reading a type that has no cache is a mistake in wiring and throws. */
export class CachedCluster implements Cluster {
  readonly #stores: ReadonlyMap<string, ReadStore<KubernetesObject>>;

  constructor(caches: readonly Pick<Reflector<KubernetesObject>, 'type' | 'store'>[]) {
    this.#stores = new Map(caches.map((cache) => [nameOf(cache.type), cache.store]));
  }

  get<T extends KubernetesObject>(type: ResourceType, key: ObjectKey): T | undefined {
    // The cache of a type holds that type's objects; the caller names what the API server serves there.
    return this.#store(type).get(key) as T | undefined;
  }

  list<T extends KubernetesObject>(type: ResourceType, namespace: string): readonly T[] {
    return this.#store(type).list(namespace) as readonly T[];
  }

  ownedBy(uid: string, types: readonly ResourceType[]): readonly KubernetesObject[] {
    return types.flatMap((type) =>
      this.#store(type)
        .ownedBy(uid)
        .filter((object) => controllerOf(object)?.uid === uid),
    );
  }

  #store(type: ResourceType): ReadStore<KubernetesObject> {
    const store = this.#stores.get(nameOf(type));
    if (store === undefined) {
      throw new CodedError(
        'NoCache',
        `nothing caches ${nameOf(type)}: make a cache of it where the operator is put together`,
      );
    }
    return store;
  }
}

function nameOf(type: ResourceType): string {
  return `${type.plural}.${type.group}`;
}
