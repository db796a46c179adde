import { type Dispatcher, Pool } from 'undici';
import {
  type ApiClient,
  ApiError,
  type ApiRequest,
  type ApiStream,
  CONTENT_TYPES,
  ConnectionError,
  toApiError,
} from './api.ts';
import { backoffDelay } from './backoff.ts';
import { type Clock, type Random, sleep } from './clock.ts';
import type { Credentials } from './credentials.ts';
import { TimeoutError } from './errors.ts';
import type { RestMetrics } from './rest-metrics.ts';

/** What an HTTP client of the API server needs. */
export interface HttpOptions {
  readonly credentials: Credentials;
  readonly clock: Clock;
  readonly random: Random;
  /** For example `twinward-operator/0.2.0`; the audit log shows it. */
  readonly userAgent: string;
  readonly metrics?: RestMetrics;
  /** Sockets for requests besides one per watch; default 32. */
  readonly connections?: number;
}

const DEFAULT_TIMEOUT = 30_000;
const DEFAULT_RETRIES = 4;
const RETRY_BACKOFF = { first: 100, longest: 5_000 };
const LONGEST_RETRY_AFTER_SECONDS = 60;

/** A client on undici pools: one with few sockets for requests, one with a socket per watch. */
export function createHttpClient(options: HttpOptions): ApiClient {
  const settings = {
    keepAliveTimeout: 30_000,
    bodyTimeout: 0,
    headersTimeout: 0,
    connect: options.credentials.connector(),
  };
  const requests = new Pool(options.credentials.server, {
    ...settings,
    connections: options.connections ?? 32,
  });
  const unlimited = new Pool(options.credentials.server, { ...settings, connections: null });
  const exchange = new Exchange(options);
  return {
    request: (request) =>
      withRetries(options, request, () => exchange.request(request.urgent ? unlimited : requests, request)),
    stream: (request) => exchange.stream(unlimited, request),
    close: async () => {
      await Promise.all([requests.destroy(), unlimited.destroy()]);
    },
  };
}

async function withRetries<T>(
  options: HttpOptions,
  request: ApiRequest,
  attempt: () => Promise<T>,
): Promise<T> {
  for (let failures = 0; ; failures++) {
    try {
      return await attempt();
    } catch (error) {
      if (!mayRetry(request, failures, error)) throw error;
      await sleep(options.clock, retryDelay(options.random, failures, error), request.signal);
      if (request.signal?.aborted) throw error;
    }
  }
}

/** 429 and 401 were not executed and may be repeated; a lost or failed request only if that does no harm. */
function mayRetry(request: ApiRequest, failures: number, error: unknown): boolean {
  if (failures >= (request.retries ?? DEFAULT_RETRIES) || request.signal?.aborted) return false;
  const status = error instanceof ApiError ? error.status : undefined;
  if (status === 429 || (status === 401 && failures === 0)) return true;
  if (request.method === 'POST') return false;
  return status === undefined ? error instanceof ConnectionError : status >= 500;
}

function retryDelay(random: Random, failures: number, error: unknown): number {
  const delay = backoffDelay(RETRY_BACKOFF, failures, random);
  const asked = error instanceof ApiError ? error.retryAfterSeconds : undefined;
  if (asked === undefined) return delay;
  return Math.min(asked, LONGEST_RETRY_AFTER_SECONDS) * 1_000 + random() * 100;
}

/** One attempt each: headers, timeout, metrics and translation of errors. */
class Exchange {
  readonly #options: HttpOptions;

  constructor(options: HttpOptions) {
    this.#options = options;
  }

  async request<T>(pool: Pool, request: ApiRequest): Promise<T> {
    const deadline = new Deadline(this.#options.clock, request);
    try {
      const response = await deadline.within(this.#send(pool, request, deadline));
      const text = await deadline.within(response.body.text());
      if (response.statusCode >= 400) throw errorOf(response, text);
      const answer: T = text === '' ? undefined : JSON.parse(text);
      return answer;
    } catch (error) {
      throw deadline.explain(request, error);
    } finally {
      deadline.clear();
    }
  }

  async stream(pool: Pool, request: ApiRequest): Promise<ApiStream> {
    const deadline = new Deadline(this.#options.clock, request);
    try {
      const response = await deadline.within(this.#send(pool, request, deadline));
      if (response.statusCode >= 400) throw errorOf(response, await deadline.within(response.body.text()));
      deadline.stopTimer();
      response.body.setEncoding('utf8');
      return toStream(response.body, deadline, request);
    } catch (error) {
      deadline.clear();
      throw deadline.explain(request, error);
    }
  }

  async #send(pool: Pool, request: ApiRequest, deadline: Deadline): Promise<Dispatcher.ResponseData> {
    const { clock, metrics, credentials } = this.#options;
    const started = clock.monotonic();
    try {
      const response = await guarded(pool, request.mayBegin).request({
        method: request.method,
        path: request.path + queryText(request.query),
        headers: { ...headersOf(request, this.#options.userAgent), ...(await credentials.headers()) },
        body: request.body === undefined ? null : JSON.stringify(request.body),
        signal: deadline.signal,
      });
      if (response.statusCode === 401) credentials.refresh();
      metrics?.observe(request.method, String(response.statusCode), (clock.monotonic() - started) / 1_000);
      return response;
    } catch (error) {
      metrics?.observe(request.method, '<error>', (clock.monotonic() - started) / 1_000);
      throw error;
    }
  }
}

/** A dispatcher that asks `mayBegin` right before it writes a request to its socket. */
function guarded(pool: Pool, mayBegin: ApiRequest['mayBegin']): Dispatcher {
  if (mayBegin === undefined) return pool;
  return pool.compose((dispatch) => (options, handler) => {
    const start = handler.onRequestStart?.bind(handler);
    const onRequestStart: typeof start = (controller, context) => {
      if (mayBegin()) start?.(controller, context);
      else controller.abort(new DOMException('the request may no longer begin', 'AbortError'));
    };
    return dispatch(options, Object.assign(handler, { onRequestStart }));
  });
}

function headersOf(request: ApiRequest, userAgent: string): Record<string, string> {
  const type =
    request.body === undefined ? {} : { 'content-type': CONTENT_TYPES[request.contentType ?? 'json'] };
  return { accept: request.accept ?? 'application/json', 'user-agent': userAgent, ...type };
}

function queryText(query: ApiRequest['query']): string {
  const text = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined) text.set(name, String(value));
  }
  return text.size === 0 ? '' : `?${text}`;
}

function errorOf(response: Dispatcher.ResponseData, text: string): ApiError {
  const retryAfter = response.headers['retry-after'];
  return toApiError(response.statusCode, text, typeof retryAfter === 'string' ? retryAfter : undefined);
}

/** Ends an attempt when its time is over or its caller gives up, and leaves no listener behind. */
class Deadline {
  readonly #controller = new AbortController();
  readonly #caller: AbortSignal | undefined;
  #cancelTimer: () => void;
  #timedOut = false;
  readonly #onAbort = (): void => this.#controller.abort();

  constructor(clock: Clock, request: ApiRequest) {
    this.#caller = request.signal;
    this.#cancelTimer = clock.schedule(request.timeout ?? DEFAULT_TIMEOUT, () => {
      this.#timedOut = true;
      this.#controller.abort();
    });
    if (this.#caller?.aborted) this.#controller.abort();
    this.#caller?.addEventListener('abort', this.#onAbort, { once: true });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** The value of `work`, or a rejection as soon as the attempt ends: work that waits for a socket does not notice. */
  async within<T>(work: Promise<T>): Promise<T> {
    const { promise: ended, reject } = Promise.withResolvers<never>();
    const onEnd = (): void => reject(new DOMException('the attempt has ended', 'AbortError'));
    if (this.signal.aborted) onEnd();
    this.signal.addEventListener('abort', onEnd, { once: true });
    try {
      return await Promise.race([work, ended]);
    } finally {
      this.signal.removeEventListener('abort', onEnd);
      work.catch(() => {});
    }
  }

  stopTimer(): void {
    this.#cancelTimer();
  }

  abort(): void {
    this.#controller.abort();
  }

  clear(): void {
    this.#cancelTimer();
    this.#caller?.removeEventListener('abort', this.#onAbort);
  }

  /** The error that the caller of the API sees. */
  explain(request: ApiRequest, error: unknown): unknown {
    if (error instanceof ApiError) return error;
    const what = `${request.method} ${request.path}`;
    if (this.#timedOut) {
      const timeout = new TimeoutError('the attempt took too long', { cause: error });
      return new ConnectionError(`${what} got no answer in time`, { cause: timeout });
    }
    return new ConnectionError(
      `${what} ${this.#caller?.aborted ? 'was given up' : 'got no complete answer'}`,
      {
        cause: error,
      },
    );
  }
}

function toStream(body: Dispatcher.ResponseData['body'], deadline: Deadline, request: ApiRequest): ApiStream {
  return {
    async *[Symbol.asyncIterator]() {
      try {
        for await (const chunk of body) yield String(chunk);
      } catch (error) {
        throw deadline.explain(request, error);
      } finally {
        deadline.clear();
      }
    },
    close: () => {
      deadline.abort();
      deadline.clear();
    },
  };
}
