import type { Readable } from 'node:stream';
import { Agent, type Dispatcher, request } from 'undici';
import type { Access } from './kubeconfig.ts';

export const PatchType = {
  Merge: 'application/merge-patch+json',
  StrategicMerge: 'application/strategic-merge-patch+json',
} as const;
export type PatchType = (typeof PatchType)[keyof typeof PatchType];

/** An answer of the API server other than success. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Whether the API server said that the object does not exist. */
export function isNotFound(error: unknown): boolean {
  return error instanceof ApiError && error.status === 404;
}

export interface WatchEvent<Item> {
  readonly type: string;
  readonly object: Item;
}

/** A Kubernetes API server, as JSON over HTTP; paths begin with /api or /apis. */
export interface KubeApi {
  readonly server: URL;
  /** @throws ApiError */
  get<Item>(path: string): Promise<Item>;
  /** @throws ApiError */
  send<Item>(method: 'POST' | 'PUT' | 'DELETE', path: string, body: object): Promise<Item>;
  /** @throws ApiError */
  patch<Item>(path: string, type: PatchType, body: object): Promise<Item>;
  /** Ends when the server closes the stream. @throws ApiError when it refuses. */
  watch<Item>(path: string, signal: AbortSignal): AsyncIterable<WatchEvent<Item>>;
  close(): Promise<void>;
}

const CALL_TIMEOUT = 30_000;
/** A watch says something (a bookmark at least) once a minute; after this silence it is given up. */
const WATCH_SILENCE = 150_000;

/** Connects to the API server that `access` describes. */
export function connectApi(access: Access): KubeApi {
  const agent = new Agent({
    connections: null,
    connect: {
      rejectUnauthorized: !access.insecure,
      timeout: 5_000,
      ...(access.ca === undefined ? {} : { ca: access.ca }),
      ...(access.certificate === undefined ? {} : { cert: access.certificate }),
      ...(access.key === undefined ? {} : { key: access.key }),
    },
  });
  const headers: Record<string, string> = {
    accept: 'application/json',
    'user-agent': 'twinward-process-node',
    ...(access.token === undefined ? {} : { authorization: `Bearer ${access.token}` }),
  };
  const call = async <Item>(method: Dispatcher.HttpMethod, path: string, type?: string, body?: object) => {
    const answer = await request(access.server + path, {
      dispatcher: agent,
      method,
      headers: type === undefined ? headers : { ...headers, 'content-type': type },
      body: body === undefined ? null : JSON.stringify(body),
      signal: AbortSignal.timeout(CALL_TIMEOUT),
    });
    if (answer.statusCode >= 300) throw await refusal(answer);
    return (await answer.body.json()) as Item;
  };
  return {
    server: new URL(access.server),
    get: (path) => call('GET', path),
    send: (method, path, body) => call(method, path, 'application/json', body),
    patch: (path, type, body) => call('PATCH', path, type, body),
    watch: (path, signal) => watch(agent, access.server + path, headers, signal),
    close: () => agent.destroy(),
  };
}

async function refusal(answer: Dispatcher.ResponseData): Promise<ApiError> {
  const text = await answer.body.text();
  let message = text;
  try {
    message = (JSON.parse(text) as { readonly message?: string }).message ?? text;
  } catch {
    // Not a Status object: the text itself is the message.
  }
  return new ApiError(answer.statusCode, message.slice(0, 1000));
}

async function* watch<Item>(
  dispatcher: Dispatcher,
  url: string,
  headers: Record<string, string>,
  signal: AbortSignal,
): AsyncIterable<WatchEvent<Item>> {
  const answer = await request(url, {
    dispatcher,
    headers,
    signal,
    headersTimeout: CALL_TIMEOUT,
    bodyTimeout: WATCH_SILENCE,
  });
  if (answer.statusCode >= 300) throw await refusal(answer);
  for await (const line of lines(answer.body)) {
    const event = JSON.parse(line) as WatchEvent<Item>;
    if (event.type === 'ERROR') {
      const status = event.object as { readonly code?: number; readonly message?: string };
      throw new ApiError(status.code ?? 500, status.message ?? 'the watch failed');
    }
    yield event;
  }
}

async function* lines(stream: Readable): AsyncIterable<string> {
  let rest = '';
  stream.setEncoding('utf8');
  for await (const chunk of stream) {
    const parts = (rest + String(chunk)).split('\n');
    rest = parts.pop() ?? '';
    for (const part of parts) if (part !== '') yield part;
  }
}
