import { type ApiClient, ApiError, isExpired } from './api.ts';
import { backoffDelay } from './backoff.ts';
import { type Clock, type Random, sleep } from './clock.ts';
import { asError } from './errors.ts';
import type { Log } from './log.ts';
import { apiVersionOf, collectionPath } from './object-key.ts';
import type { KubernetesObject, ResourceType } from './objects.ts';
import { type Change, type IndexFunction, type ReadStore, Store } from './store.ts';
import { type Listing, listPages, openWatch, type WatchLine } from './watch.ts';

/** What a cache of one resource holds. */
export interface ReflectorOptions<T extends KubernetesObject> {
  readonly type: ResourceType;
  /** Default: all namespaces. */
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** Named ways to find objects; `owner` and `namespace` are always there. */
  readonly indexes?: Readonly<Record<string, IndexFunction<T>>>;
  /** Keeps only what is needed of an object. It must keep apiVersion, kind and metadata's identity and version. */
  readonly project?: (object: T) => T;
  /** Milliseconds without a word after which a watch counts as dead; default 100 s (bookmarks come every 60 to 75 s). */
  readonly inactivity?: number;
}

/** What a reflector needs from outside. */
export interface ReflectorDeps {
  readonly client: ApiClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** A local copy of one resource, kept up to date for as long as the process lives. */
export interface Reflector<T extends KubernetesObject> {
  readonly type: ResourceType;
  readonly store: ReadStore<T>;
  /** Whether the first full list has arrived. */
  hasSynced(): boolean;
  /** Resolves when the first full list has arrived. */
  readonly synced: Promise<void>;
  /** The newest resource version that the store is known to include; empty before the first list. */
  resourceVersion(): string;
  /** How many full lists have been taken in. */
  lists(): number;
  /** Milliseconds since the server was last heard. */
  silence(): number;
  /** Called for every change, in order. A handler only takes note (it enqueues keys); it must not throw. */
  subscribe(handler: (change: Change<T>) => void): void;
  /** Lists and watches until `signal` is aborted; never rejects. */
  run(signal: AbortSignal): Promise<void>;
}

const INACTIVITY = 100_000;
/** A refused or lost connection is cheap to try again; a server that answers with errors is left alone for longer. */
const CONNECTION_BACKOFF = { first: 100, longest: 2_000 };
const SERVER_BACKOFF = { first: 500, longest: 30_000 };

/** A reflector: WatchList first, a paged list where the server has none, then watches that resume for ever. */
export function createReflector<T extends KubernetesObject>(
  options: ReflectorOptions<T>,
  deps: ReflectorDeps,
): Reflector<T> {
  return new WatchingReflector(options, deps);
}

class WatchingReflector<T extends KubernetesObject> implements Reflector<T> {
  readonly type: ResourceType;
  readonly store: Store<T>;
  readonly synced: Promise<void>;
  readonly #options: ReflectorOptions<T>;
  readonly #deps: ReflectorDeps;
  readonly #log: Log;
  readonly #markSynced: () => void;
  readonly #handlers: ((change: Change<T>) => void)[] = [];
  /** Where the next watch resumes; empty when a full list is needed. */
  #version = '';
  #known = '';
  #lists = 0;
  #heardAt: number;
  #streamingList = true;
  #progress = false;

  constructor(options: ReflectorOptions<T>, deps: ReflectorDeps) {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.type = options.type;
    this.store = new Store(options.indexes);
    this.synced = promise;
    this.#markSynced = resolve;
    this.#options = options;
    this.#deps = deps;
    this.#log = deps.log.with({ resource: options.type.plural });
    this.#heardAt = deps.clock.monotonic();
  }

  hasSynced(): boolean {
    return this.#lists > 0;
  }

  resourceVersion(): string {
    return this.#known;
  }

  lists(): number {
    return this.#lists;
  }

  silence(): number {
    return this.#deps.clock.monotonic() - this.#heardAt;
  }

  subscribe(handler: (change: Change<T>) => void): void {
    this.#handlers.push(handler);
  }

  async run(signal: AbortSignal): Promise<void> {
    for (let failures = 0; !signal.aborted; ) {
      this.#progress = false;
      const delay = await this.#step(failures, signal);
      failures = this.#progress ? 0 : failures + 1;
      if (delay > 0) await sleep(this.#deps.clock, delay, signal);
    }
  }

  /** One list or watch until it ends; the answer is how long to wait before the next, in milliseconds. */
  async #step(failures: number, signal: AbortSignal): Promise<number> {
    try {
      if (this.#version !== '') await this.#watch(this.#version, signal);
      else if (this.#streamingList) await this.#watchList(signal);
      else await this.#pagedList(signal);
      return this.#progress ? 0 : backoffDelay(CONNECTION_BACKOFF, failures, this.#deps.random);
    } catch (error) {
      return signal.aborted ? 0 : this.#recover(error, failures);
    }
  }

  /** What to do after an error, in milliseconds to wait. */
  #recover(error: unknown, failures: number): number {
    if (isExpired(error)) {
      this.#log.info('watch expired, listing again', { resourceVersion: this.#version });
      this.#version = '';
      return backoffDelay(CONNECTION_BACKOFF, failures, this.#deps.random);
    }
    if (this.#version === '' && this.#streamingList && isUnsupported(error)) {
      this.#streamingList = false;
      return 1;
    }
    const answered = error instanceof ApiError;
    const bounds = answered ? SERVER_BACKOFF : CONNECTION_BACKOFF;
    const asked = answered ? (error.retryAfterSeconds ?? 0) * 1_000 : 0;
    const delay = Math.max(asked, backoffDelay(bounds, this.#progress ? 0 : failures, this.#deps.random));
    this.#log.warn('watch failed', {
      error: asError(error),
      retryInSeconds: delay / 1_000,
      attempt: failures + 1,
    });
    return delay;
  }

  async #watchList(signal: AbortSignal): Promise<void> {
    const listed = new Map<string, T>();
    const lines = this.#lines({ sendInitialEvents: true, resourceVersionMatch: 'NotOlderThan' }, signal);
    let listing = true;
    for await (const line of lines) {
      if (!listing) this.#take(line);
      else if (line.type === 'BOOKMARK' && line.endsInitialEvents) {
        this.#replace({ items: [...listed.values()], resourceVersion: line.resourceVersion });
        listed.clear();
        listing = false;
      } else if (line.type !== 'BOOKMARK') collect(listed, line);
    }
  }

  async #pagedList(signal: AbortSignal): Promise<void> {
    const listing = await listPages<T>(this.#deps.client, this.#path(), this.#selectors(), signal);
    this.#heard();
    const items = listing.items.map((item) => this.#shape(item));
    this.#replace({ items, resourceVersion: listing.resourceVersion });
  }

  async #watch(resourceVersion: string, signal: AbortSignal): Promise<void> {
    for await (const line of this.#lines({ resourceVersion }, signal)) this.#take(line);
  }

  #lines(
    query: Readonly<Record<string, string | boolean>>,
    signal: AbortSignal,
  ): AsyncGenerator<WatchLine<T>, void, void> {
    return openWatch<T>(this.#deps, {
      path: this.#path(),
      query: { ...this.#selectors(), ...query },
      inactivity: this.#options.inactivity ?? INACTIVITY,
      signal,
      heard: () => this.#heard(),
      shape: (object) => this.#shape(object),
    });
  }

  #take(line: WatchLine<T>): void {
    if (line.type !== 'BOOKMARK') {
      const change = line.type === 'DELETED' ? this.store.remove(line.object) : this.store.put(line.object);
      if (change !== undefined) this.#tell(change);
    }
    this.#advance(line.resourceVersion);
  }

  #replace(listing: Listing<T>): void {
    const changes = this.store.replace(listing.items);
    this.#lists++;
    this.#advance(listing.resourceVersion);
    for (const change of changes) this.#tell(change);
    this.#log.debug('listed', { count: listing.items.length, resourceVersion: listing.resourceVersion });
    this.#markSynced();
  }

  #tell(change: Change<T>): void {
    for (const handler of this.#handlers) {
      try {
        handler(change);
      } catch (error) {
        this.#log.error('a handler failed, its change is lost to it', { error: asError(error) });
      }
    }
  }

  #advance(resourceVersion: string): void {
    this.#version = resourceVersion;
    this.#known = resourceVersion;
    this.#progress = true;
  }

  #heard(): void {
    this.#heardAt = this.#deps.clock.monotonic();
  }

  /** The object as it is kept: without managedFields, with its kind (list items lack it), projected. */
  #shape(object: T): T {
    Reflect.deleteProperty(object.metadata, 'managedFields');
    const whole = Object.assign(object, { apiVersion: apiVersionOf(this.type), kind: this.type.kind });
    const { project } = this.#options;
    return project === undefined ? whole : project(whole);
  }

  #path(): string {
    return collectionPath(this.type, this.#options.namespace);
  }

  #selectors(): Readonly<Record<string, string | undefined>> {
    const { labelSelector, fieldSelector } = this.#options;
    return { labelSelector, fieldSelector };
  }
}

function collect<T extends KubernetesObject>(listed: Map<string, T>, line: WatchLine<T>): void {
  if (line.type === 'BOOKMARK') return;
  const key = `${line.object.metadata.namespace ?? ''}/${line.object.metadata.name}`;
  if (line.type === 'DELETED') listed.delete(key);
  else listed.set(key, line.object);
}

/** A server without WatchList says that the request is invalid. */
function isUnsupported(error: unknown): boolean {
  return error instanceof ApiError && (error.status === 400 || error.status === 422);
}
