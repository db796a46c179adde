// The HTTP server for people: bounds on what it reads and on how much it does at once, one log line per request that
// names a route and never an address, and an end that lets requests in hand finish.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Clock } from '#runtime/clock.ts';
import { CodedError } from '#runtime/errors.ts';
import type { Log } from '#runtime/log.ts';
import type { App, Outcome } from '../app.ts';
import type { DashboardMetrics } from '../metrics.ts';
import { type Style, send, statusOf } from './answer.ts';
import { type Incoming, readIncoming, type Unreadable } from './incoming.ts';

/** What the server works with. */
export interface ServerParts {
  readonly app: App;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: DashboardMetrics;
  readonly style: Style;
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
}

/** A listening server. */
export interface WebServer {
  readonly port: number;
  /** Takes no new requests and waits for those in hand. */
  close(): Promise<void>;
}

const AT_ONCE = 64;
const MOST_CONNECTIONS = 1_000;
const DRAIN_MS = 15_000;

/** What is under way. */
interface Load {
  inHand: number;
  isDraining: boolean;
}

/** Starts the server. Rejects when the address is taken. */
export async function startServer(parts: ServerParts): Promise<WebServer> {
  const load: Load = { inHand: 0, isDraining: false };
  const server = createServer(
    { maxHeaderSize: 16_384, headersTimeout: 10_000, requestTimeout: 20_000, keepAliveTimeout: 60_000 },
    (request, response) => void answered(parts, load, request, response),
  );
  server.maxConnections = MOST_CONNECTIONS;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(parts.port, parts.host, resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') {
    throw new CodedError('NoAddress', 'the server for people has no TCP address; give a host and a port');
  }
  const close = (): Promise<void> => {
    load.isDraining = true;
    return drained(server);
  };
  return { port: address.port, close };
}

async function answered(
  parts: ServerParts,
  load: Load,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { clock, log, metrics, style } = parts;
  const began = clock.monotonic();
  try {
    // Whoever sends slowly holds a connection, and nobody up.
    const incoming = await readIncoming(request);
    const outcome = await within(load, parts.app, incoming);
    // What was not read of a request would be taken for the next one.
    if (load.isDraining || !request.complete) response.setHeader('connection', 'close');
    send(response, outcome.answer, style, request.method !== 'HEAD');
    const elapsedSeconds = (clock.monotonic() - began) / 1_000;
    metrics.request(outcome.route, outcome.problem ?? 'ok', elapsedSeconds);
    note(log, outcome, elapsedSeconds);
  } catch (error) {
    log.warn('a request was not answered', { error });
    response.destroy();
  }
}

async function within(load: Load, app: App, incoming: Incoming | Unreadable): Promise<Outcome> {
  if (load.inHand >= AT_ONCE) return app.busy();
  load.inHand += 1;
  try {
    return await app.answer(incoming);
  } finally {
    load.inHand -= 1;
  }
}

function note(log: Log, { answer, failure, problem, route }: Outcome, elapsedSeconds: number): void {
  const fields = { name: route, status: statusOf(answer), outcome: problem ?? 'ok', elapsedSeconds };
  if (failure === undefined) {
    log.info('request', fields);
    return;
  }
  const { error, kind, reason } = failure;
  if (kind === 'unexpected') log.error('a page failed', { ...fields, error });
  else if (kind === 'away') log.warn('a part of the system does not answer', { ...fields, reason, error });
  else if (reason === 'SIGN_IN_REFUSED') log.warn('a sign-in was refused', { ...fields, reason, error });
  else log.info('request', { ...fields, reason });
}

function drained(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => server.closeAllConnections(), DRAIN_MS);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
    server.closeIdleConnections();
  });
}
