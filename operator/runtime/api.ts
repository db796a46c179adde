import type { Duration } from './duration.ts';
import { CodedError } from './errors.ts';

/** The verbs of HTTP that the API server knows. */
export type ApiMethod = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** Bodies that the API server understands; `apply` and `mergePatch` go with PATCH. */
export const CONTENT_TYPES = {
  json: 'application/json',
  apply: 'application/apply-patch+yaml',
  mergePatch: 'application/merge-patch+json',
  jsonPatch: 'application/json-patch+json',
} as const;

/** One request. */
export interface ApiRequest {
  readonly method: ApiMethod;
  /** Begins with `/api` or `/apis`; `objectPath` and `collectionPath` build it. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly contentType?: keyof typeof CONTENT_TYPES;
  /** Default application/json. The answer must be JSON whatever it is called. */
  readonly accept?: string;
  readonly signal?: AbortSignal;
  /** Per attempt; default 30 s. For a stream: until its headers have come. */
  readonly timeout?: Duration;
  /** How often a failed attempt may be repeated; default 4. */
  readonly retries?: number;
  /** True for what may not wait behind other requests for a socket, such as renewing a lease. */
  readonly urgent?: boolean;
  /** Asked at the last moment before the request is sent; false gives it up. */
  readonly mayBegin?: () => boolean;
}

/** The answer to a watch: chunks of lines, until the server ends it or `close` is called. */
export interface ApiStream extends AsyncIterable<string> {
  close(): void;
}

/** A client of the Kubernetes API. Answers are raw JSON: the caller names the type that it trusts the server for. */
export interface ApiClient {
  /** Rejects with ApiError (the server refused) or ConnectionError (there was no answer). */
  request<T>(request: ApiRequest): Promise<T>;
  /** Opens a watch or another endless answer. */
  stream(request: ApiRequest): Promise<ApiStream>;
  close(): Promise<void>;
}

/** The server answered with a Status that is no success. `code` is the reason, such as NotFound or Conflict. */
export class ApiError extends CodedError {
  readonly status: number;
  /** What the server asked for in `Retry-After`, if it did. */
  readonly retryAfterSeconds: number | undefined;

  constructor(status: number, reason: string, message: string, retryAfterSeconds?: number) {
    super(reason, message);
    this.status = status;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** There was no complete answer: refused, reset, timed out or cut off. Whether the request was executed is unknown. */
export class ConnectionError extends CodedError {
  constructor(message: string, options?: ErrorOptions) {
    super('ConnectionFailed', message, options);
  }
}

/** Whether `error` says that the object does not exist. */
export function isNotFound(error: unknown): boolean {
  return error instanceof ApiError && error.status === 404;
}

/** Whether `error` is a conflict: a stale resourceVersion, a failed precondition or a field owned by others. */
export function isConflict(error: unknown): boolean {
  return error instanceof ApiError && error.status === 409 && error.code !== 'AlreadyExists';
}

/** Whether `error` says that a resourceVersion or continue token is too old. */
export function isExpired(error: unknown): boolean {
  return (
    error instanceof ApiError && (error.status === 410 || error.code === 'Expired' || error.code === 'Gone')
  );
}

/** What a body that is a Status says, or else the HTTP status in words. */
export function toApiError(status: number, body: string, retryAfter: string | undefined): ApiError {
  const parsed = parseStatus(body);
  const reason = parsed.reason ?? REASONS[status] ?? 'Unknown';
  const seconds = retryAfter !== undefined && /^\d+$/.test(retryAfter) ? Number(retryAfter) : undefined;
  return new ApiError(status, reason, parsed.message ?? `the API server answered ${status}`, seconds);
}

const REASONS: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  409: 'Conflict',
  410: 'Expired',
  422: 'Invalid',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
  504: 'Timeout',
};

function parseStatus(body: string): { readonly reason?: string; readonly message?: string } {
  try {
    const status: unknown = JSON.parse(body);
    if (typeof status !== 'object' || status === null) return {};
    const reason =
      'reason' in status && typeof status.reason === 'string' && status.reason !== '' && status.reason;
    const message = 'message' in status && typeof status.message === 'string' && status.message;
    return { ...(reason ? { reason } : {}), ...(message ? { message } : {}) };
  } catch {
    return {};
  }
}

/** A client whose writes are refused or aborted once `fence` says that this process may no longer write. */
export function fenced(client: ApiClient, fence: Fence): ApiClient {
  return {
    request: <T>(request: ApiRequest): Promise<T> => {
      if (request.method === 'GET') return client.request<T>(request);
      const signal = fence.signal();
      if (signal === undefined)
        return Promise.reject(new CodedError('NotLeader', 'this replica does not lead; it may not write'));
      const both = request.signal ? AbortSignal.any([request.signal, signal]) : signal;
      // A process that was stopped and goes on may find a socket ready before its timers say that the term is over.
      const mayBegin = (): boolean => fence.signal() === signal;
      return client.request<T>({ ...request, signal: both, mayBegin });
    },
    stream: (request) => client.stream(request),
    close: () => client.close(),
  };
}

/** Permission to write. */
export interface Fence {
  /** A signal that is aborted when the permission ends; undefined when there is none now. */
  signal(): AbortSignal | undefined;
}
