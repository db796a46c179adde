import { type ApiClient, ApiError, ConnectionError } from './api.ts';
import type { Clock, Random } from './clock.ts';
import { seconds } from './duration.ts';
import type { KubernetesObject } from './objects.ts';
import { parseWatchLine, splitLines, type WatchEvent } from './watch-lines.ts';

/** A complete list and the version it was taken at. */
export interface Listing<T> {
  readonly items: readonly T[];
  readonly resourceVersion: string;
}

/** One event of a watch, errors already thrown. */
export type WatchLine<T extends KubernetesObject> =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: T; readonly resourceVersion: string }
  | { readonly type: 'BOOKMARK'; readonly resourceVersion: string; readonly endsInitialEvents: boolean };

/** One watch. */
export interface WatchRequest<T extends KubernetesObject> {
  readonly path: string;
  readonly query: Readonly<Record<string, string | boolean | undefined>>;
  /** Milliseconds without a word after which the watch is given up. */
  readonly inactivity: number;
  readonly signal: AbortSignal;
  readonly heard: () => void;
  readonly shape: (object: T) => T;
}

const PAGE = 500;
const SHORTEST_WATCH_SECONDS = 300;
const INITIAL_EVENTS_END = 'k8s.io/initial-events-end';

/** Lists a collection page by page. A page that has expired rejects with ApiError 410: begin again. */
export async function listPages<T>(
  client: ApiClient,
  path: string,
  selectors: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
): Promise<Listing<T>> {
  const items: T[] = [];
  for (let token: string | undefined; ; ) {
    const page: Page<T> = await client.request<Page<T>>({
      method: 'GET',
      path,
      query: { ...selectors, limit: PAGE, continue: token },
      signal,
    });
    for (const item of page.items ?? []) items.push(item);
    token = page.metadata.continue || undefined;
    if (token === undefined) return { items, resourceVersion: page.metadata.resourceVersion };
  }
}

interface Page<T> {
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string };
  readonly items: readonly T[] | null;
}

/**
 * Watches until the server ends it. Throws ApiError for an ERROR event (410 among them), ConnectionError when
 * the stream breaks or nothing is heard for too long, BrokenWatchError when a line is cut.
 */
export async function* openWatch<T extends KubernetesObject>(
  deps: { readonly client: ApiClient; readonly clock: Clock; readonly random: Random },
  request: WatchRequest<T>,
): AsyncGenerator<WatchLine<T>, void, void> {
  const timeoutSeconds = Math.floor(SHORTEST_WATCH_SECONDS * (1 + deps.random()));
  const stream = await deps.client.stream({
    method: 'GET',
    path: request.path,
    query: { ...request.query, watch: true, allowWatchBookmarks: true, timeoutSeconds },
    signal: request.signal,
    timeout: seconds(30),
  });
  const idle = new IdleTimer(deps.clock, request.inactivity, () => stream.close());
  try {
    for await (const line of splitLines(attentive(stream, idle, request.heard))) {
      yield toLine(parseWatchLine<T>(line), request.shape);
    }
  } catch (error) {
    if (idle.expired) throw new ConnectionError('the watch was silent for too long', { cause: error });
    throw error;
  } finally {
    idle.stop();
    stream.close();
  }
}

async function* attentive(
  stream: AsyncIterable<string>,
  idle: IdleTimer,
  heard: () => void,
): AsyncGenerator<string, void, void> {
  heard();
  for await (const chunk of stream) {
    idle.restart();
    heard();
    yield chunk;
  }
}

function toLine<T extends KubernetesObject>(event: WatchEvent<T>, shape: (object: T) => T): WatchLine<T> {
  if (event.type === 'ERROR') {
    const { code = 500, reason = 'Unknown', message = 'the watch reported an error' } = event.object;
    throw new ApiError(code, reason, message);
  }
  const resourceVersion = event.object.metadata.resourceVersion ?? '';
  if (event.type === 'BOOKMARK') {
    const endsInitialEvents = event.object.metadata.annotations?.[INITIAL_EVENTS_END] === 'true';
    return { type: 'BOOKMARK', resourceVersion, endsInitialEvents };
  }
  return { type: event.type, object: shape(event.object), resourceVersion };
}

/** Calls `expire` once nothing has restarted it for `milliseconds`. */
class IdleTimer {
  expired = false;
  readonly #clock: Clock;
  readonly #milliseconds: number;
  readonly #expire: () => void;
  #cancel: () => void = () => {};
  #lastAt: number;

  constructor(clock: Clock, milliseconds: number, expire: () => void) {
    this.#clock = clock;
    this.#milliseconds = milliseconds;
    this.#expire = expire;
    this.#lastAt = clock.monotonic();
    this.#wait(milliseconds);
  }

  restart(): void {
    this.#lastAt = this.#clock.monotonic();
  }

  stop(): void {
    this.#cancel();
  }

  #wait(milliseconds: number): void {
    this.#cancel = this.#clock.schedule(milliseconds, () => {
      const left = this.#lastAt + this.#milliseconds - this.#clock.monotonic();
      if (left > 0) this.#wait(left);
      else {
        this.expired = true;
        this.#expire();
      }
    });
  }
}
