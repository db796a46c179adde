// The one way to call a gRPC service of ours: TLS with a trust bundle that is re-read when it changes, a token that is
// re-read on use, deadlines on every call, keep-alive that notices dead peers, round robin over DNS.
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import {
  CallCredentials,
  type ChannelCredentials,
  type ChannelOptions,
  Client,
  type ClientReadableStream,
  credentials,
  experimental,
  Metadata,
  type ServiceDefinition,
} from '@grpc/grpc-js';
import type { MethodDefinition } from '@grpc/proto-loader';
import { loadDefinition, protoFiles } from './load.ts';

/** Where a service is, and how to prove who calls and who answers. */
export interface Target {
  /** gRPC target such as dns:///twinward-twins.twinward-system.svc:8443 or 127.0.0.1:9000. */
  readonly address: string;
  /** PEM trust bundle, re-read every 10 s. Absent = plain text, for loopback only. */
  readonly caFile?: string;
  /** File with a bearer token, read anew for every call. Needs `caFile`. */
  readonly tokenFile?: string;
  /** Name to verify instead of the address, for a caller that reaches the service through a tunnel or an IP. */
  readonly serverName?: string;
}

const caRefreshMs = 10_000;
const maxMessageBytes = 64 * 1024 * 1024;

/** Channel options that every client of ours uses. */
export function channelOptions(target: Target): ChannelOptions {
  return {
    'grpc.service_config': JSON.stringify({ loadBalancingConfig: [{ round_robin: {} }] }),
    'grpc.keepalive_time_ms': 30_000,
    'grpc.keepalive_timeout_ms': 10_000,
    'grpc.initial_reconnect_backoff_ms': 200,
    'grpc.max_reconnect_backoff_ms': 5_000,
    'grpc.dns_min_time_between_resolutions_ms': 1_000,
    'grpc.max_receive_message_length': maxMessageBytes,
    'grpc.max_send_message_length': maxMessageBytes,
    ...(target.serverName === undefined ? {} : { 'grpc.ssl_target_name_override': target.serverName }),
  };
}

/** Credentials of a target: TLS and token when it has a trust bundle, plain text otherwise. */
export function channelCredentials(target: Target): ChannelCredentials {
  if (target.caFile === undefined) return credentials.createInsecure();
  const provider = new experimental.FileWatcherCertificateProvider({
    caCertificateFile: target.caFile,
    refreshIntervalMs: caRefreshMs,
  });
  const channel = experimental.createCertificateProviderChannelCredentials(provider, null);
  return target.tokenFile === undefined
    ? channel
    : credentials.combineChannelCredentials(channel, bearerToken(target.tokenFile));
}

function bearerToken(file: string): CallCredentials {
  return CallCredentials.createFromMetadataGenerator((_parameters, callback) => {
    readFile(file, 'utf8').then(
      (token) => {
        const metadata = new Metadata();
        metadata.set('authorization', `Bearer ${token.trim()}`);
        callback(null, metadata);
      },
      (cause: unknown) => callback(new Error('the service-account token cannot be read', { cause })),
    );
  });
}

type Definition = ServiceDefinition;
type RequestOf<D extends Definition, M extends keyof D> =
  D[M] extends MethodDefinition<infer Q, infer _R, infer _Q, infer _S> ? Q : never;
type ResponseOf<D extends Definition, M extends keyof D> =
  D[M] extends MethodDefinition<infer _Q, infer _R, infer _P, infer S> ? S : never;

/** A client of one service, typed by its generated definition. */
export interface ServiceClient<D extends Definition> {
  /**
   * Unary call with a deadline in milliseconds. Rejects with a ServiceError; an aborted signal cancels the call.
   * `headers` go with it besides those of the target.
   */
  call<M extends keyof D & string>(
    method: M,
    request: RequestOf<D, M>,
    deadlineMs: number,
    signal?: AbortSignal,
    headers?: Metadata,
  ): Promise<ResponseOf<D, M>>;
  /** Server stream; destroy or cancel it to stop. `deadlineMs` undefined = no deadline (watches). */
  serverStream<M extends keyof D & string>(
    method: M,
    request: RequestOf<D, M>,
    deadlineMs?: number,
  ): ClientReadableStream<ResponseOf<D, M>>;
  /** Client stream: sends what the iterable yields, honouring back-pressure; resolves with the answer. */
  clientStream<M extends keyof D & string>(
    method: M,
    requests: Iterable<RequestOf<D, M>> | AsyncIterable<RequestOf<D, M>>,
    deadlineMs: number,
  ): Promise<ResponseOf<D, M>>;
  /** Resolves once a connection stands; rejects at the deadline. */
  ready(deadlineMs: number): Promise<void>;
  close(): void;
}

/**
 * Makes a client of a service by its full name:
 * `connect<TwinDataDefinition>('twinward.v1.TwinData', target)`. Connects on first use; `close()` it at shutdown.
 */
export function connect<D extends Definition>(
  service: string,
  target: Target,
  files: readonly string[] = protoFiles.twinward,
): ServiceClient<D> {
  const definition = loadDefinition(files)[service] as Definition | undefined;
  if (definition === undefined) throw new Error(`no service ${service} in ${files.join(', ')}`);
  const client = new Client(target.address, channelCredentials(target), channelOptions(target));
  const methodOf = (name: string): MethodDefinition<unknown, unknown> => {
    const method = definition[name];
    if (method === undefined) throw new Error(`no method ${name} in ${service}`);
    return method as MethodDefinition<unknown, unknown>;
  };
  return {
    call: (method, request, deadlineMs, signal, headers) =>
      unary(client, methodOf(method), request, { deadlineMs, signal, headers }),
    serverStream: (name, request, deadlineMs) => {
      const method = methodOf(name);
      const options = deadlineMs === undefined ? {} : { deadline: Date.now() + deadlineMs };
      const stream = client.makeServerStreamRequest(
        method.path,
        method.requestSerialize,
        method.responseDeserialize,
        request,
        options,
      );
      return stream as ClientReadableStream<never>;
    },
    clientStream: (name, requests, deadlineMs) => sendAll(client, methodOf(name), requests, deadlineMs),
    ready: (deadlineMs) =>
      new Promise((resolve, reject) => {
        client.waitForReady(Date.now() + deadlineMs, (error) => (error ? reject(error) : resolve()));
      }),
    close: () => client.close(),
  };
}

interface UnaryOptions {
  readonly deadlineMs: number;
  readonly signal: AbortSignal | undefined;
  readonly headers: Metadata | undefined;
}

function unary<T>(
  client: Client,
  method: MethodDefinition<unknown, unknown>,
  request: unknown,
  { deadlineMs, signal, headers }: UnaryOptions,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const call = client.makeUnaryRequest(
      method.path,
      method.requestSerialize,
      method.responseDeserialize,
      request,
      headers ?? new Metadata(),
      { deadline: Date.now() + deadlineMs },
      (error, response) => {
        signal?.removeEventListener('abort', cancel);
        if (error) reject(error);
        else resolve(response as T);
      },
    );
    const cancel = (): void => call.cancel();
    signal?.addEventListener('abort', cancel, { once: true });
    if (signal?.aborted) cancel();
  });
}

async function sendAll<T>(
  client: Client,
  method: MethodDefinition<unknown, unknown>,
  requests: Iterable<unknown> | AsyncIterable<unknown>,
  deadlineMs: number,
): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  let ended = false;
  const call = client.makeClientStreamRequest(
    method.path,
    method.requestSerialize,
    method.responseDeserialize,
    { deadline: Date.now() + deadlineMs },
    (error, response) => {
      ended = true;
      if (error) reject(error);
      else resolve(response as T);
    },
  );
  const pump = async (): Promise<void> => {
    for await (const request of requests) {
      if (ended) return;
      if (!call.write(request)) await Promise.race([once(call, 'drain'), promise.catch(() => undefined)]);
    }
    call.end();
  };
  pump().catch((error: unknown) => {
    call.cancel();
    reject(error);
  });
  return await promise;
}
