import { setTimeout as delay } from 'node:timers/promises';
import { ApiError, type KubeApi } from './api.ts';
import type { KubeObject } from './pod.ts';

/** What a reflector follows. */
export interface Followed<Item> {
  /** Collection path with its query, such as `/api/v1/services` or `/api/v1/pods?fieldSelector=…`. */
  readonly path: string;
  /** Called after each change; the map holds every object by `namespace/name`. */
  readonly onChange: (items: ReadonlyMap<string, Item>) => void;
  readonly onError?: (error: unknown) => void;
}

interface List<Item> {
  readonly metadata: { readonly resourceVersion: string };
  readonly items: readonly Item[];
}

const FIRST_PAUSE = 200;
const LONGEST_PAUSE = 3_000;

/** Lists and watches until `signal` aborts; an expired watch or a lost server ends in a new list. */
export async function follow<Item extends KubeObject>(
  api: KubeApi,
  followed: Followed<Item>,
  signal: AbortSignal,
): Promise<void> {
  let pause = FIRST_PAUSE;
  while (!signal.aborted) {
    try {
      await listAndWatch(api, followed, signal, () => {
        pause = FIRST_PAUSE;
      });
    } catch (error) {
      if (signal.aborted) return;
      followed.onError?.(error);
      await delay(pause * (0.75 + Math.random() / 2), undefined, { signal }).catch(() => undefined);
      pause = Math.min(pause * 2, LONGEST_PAUSE);
    }
  }
}

async function listAndWatch<Item extends KubeObject>(
  api: KubeApi,
  followed: Followed<Item>,
  signal: AbortSignal,
  listed: () => void,
): Promise<void> {
  const list = await api.get<List<Item>>(followed.path);
  const items = new Map(list.items.map((item) => [keyOf(item), item]));
  followed.onChange(items);
  listed();
  let version = list.metadata.resourceVersion;
  const mark = followed.path.includes('?') ? '&' : '?';
  while (!signal.aborted) {
    const began = Date.now();
    const path = `${followed.path}${mark}watch=true&allowWatchBookmarks=true&timeoutSeconds=600&resourceVersion=${version}`;
    for await (const event of api.watch<Item>(path, signal)) {
      version = event.object.metadata.resourceVersion ?? version;
      if (applied(items, event.type, event.object)) followed.onChange(items);
    }
    if (Date.now() - began < 1_000) throw new ApiError(503, 'the watch ended at once');
  }
}

function applied<Item extends KubeObject>(items: Map<string, Item>, type: string, item: Item): boolean {
  if (type === 'ADDED' || type === 'MODIFIED') {
    items.set(keyOf(item), item);
    return true;
  }
  return type === 'DELETED' && items.delete(keyOf(item));
}

/** `namespace/name`, or the name alone of an object without namespace. */
export function keyOf(item: KubeObject): string {
  const { namespace, name } = item.metadata;
  return namespace === undefined ? name : `${namespace}/${name}`;
}
