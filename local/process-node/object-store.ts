import { ApiError, isNotFound, type KubeApi } from './api.ts';
import type { DataObject } from './pod.ts';
import { follow } from './reflector.ts';

export type DataKind = 'configmaps' | 'secrets';

/** What is known of one ConfigMap or Secret. */
export type Lookup =
  | { readonly state: 'found'; readonly object: DataObject }
  | { readonly state: 'missing' }
  | { readonly state: 'unknown'; readonly message: string };

/**
 * The ConfigMaps and Secrets that pods of this node refer to, each followed by a watch of its own: a node may
 * not list those that it does not use.
 */
export interface ObjectStore {
  /** What is known now; the first call for an object begins to follow it. */
  lookup(kind: DataKind, namespace: string, name: string): Lookup;
  /** As `lookup`, but waits until the API server has answered once. */
  fetch(kind: DataKind, namespace: string, name: string): Promise<Lookup>;
  /** Resolves when the API server has said something about an object, be it a refusal. */
  answered(kind: DataKind, namespace: string, name: string): Promise<void>;
  /** Stops following what is not in `keys` (`kind/namespace/name`). */
  keepOnly(keys: ReadonlySet<string>): void;
  close(): void;
}

interface Entry {
  lookup: Lookup;
  readonly abort: AbortController;
  readonly answered: PromiseWithResolvers<void>;
}

/** A store that calls `onChange` with `kind/namespace/name` whenever one of its objects changes. */
export function createObjectStore(api: KubeApi, onChange: (key: string) => void): ObjectStore {
  const entries = new Map<string, Entry>();
  const ensure = (kind: DataKind, namespace: string, name: string): Entry => {
    const key = storeKey(kind, namespace, name);
    const known = entries.get(key);
    if (known !== undefined) return known;
    const entry: Entry = {
      lookup: { state: 'unknown', message: `${kind} "${name}" has not been read yet` },
      abort: new AbortController(),
      answered: Promise.withResolvers<void>(),
    };
    entries.set(key, entry);
    void follow<DataObject>(
      api,
      followedObject(entry, { kind, namespace, name }, onChange),
      entry.abort.signal,
    );
    return entry;
  };
  return {
    lookup: (kind, namespace, name) => ensure(kind, namespace, name).lookup,
    fetch: (kind, namespace, name) => fetchOnce(api, ensure(kind, namespace, name), kind, namespace, name),
    answered: (kind, namespace, name) => ensure(kind, namespace, name).answered.promise,
    keepOnly: (keys) => {
      for (const [key, entry] of entries) {
        if (keys.has(key)) continue;
        entry.abort.abort();
        entry.answered.resolve();
        entries.delete(key);
      }
    },
    close: () => {
      for (const entry of entries.values()) entry.abort.abort();
    },
  };
}

/** The key under which the store knows an object. */
export function storeKey(kind: DataKind, namespace: string, name: string): string {
  return `${kind}/${namespace}/${name}`;
}

function followedObject(
  entry: Entry,
  ref: { readonly kind: DataKind; readonly namespace: string; readonly name: string },
  onChange: (key: string) => void,
) {
  const key = storeKey(ref.kind, ref.namespace, ref.name);
  return {
    path: `/api/v1/namespaces/${ref.namespace}/${ref.kind}?fieldSelector=metadata.name%3D${ref.name}`,
    onChange: (items: ReadonlyMap<string, DataObject>) => {
      const object = items.get(`${ref.namespace}/${ref.name}`);
      entry.lookup = object === undefined ? { state: 'missing' } : { state: 'found', object };
      entry.answered.resolve();
      onChange(key);
    },
    onError: (error: unknown) => {
      entry.answered.resolve();
      if (entry.lookup.state !== 'unknown') return;
      entry.lookup = { state: 'unknown', message: error instanceof Error ? error.message : String(error) };
    },
  };
}

/** A fresh read: right before a container starts, what is current counts more than what was watched. */
async function fetchOnce(
  api: KubeApi,
  entry: Entry,
  kind: DataKind,
  namespace: string,
  name: string,
): Promise<Lookup> {
  try {
    const object = await api.get<DataObject>(`/api/v1/namespaces/${namespace}/${kind}/${name}`);
    return { state: 'found', object };
  } catch (error) {
    if (isNotFound(error)) return { state: 'missing' };
    if (error instanceof ApiError && error.status !== 403) throw error;
    return entry.lookup.state === 'found' ? entry.lookup : { state: 'unknown', message: String(error) };
  }
}
