import type http from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import type { SelfSigned } from './certificate.ts';
import { type LogQuery, readLog } from './log-file.ts';

/** The log of one attempt of a container. */
export interface LogSource {
  readonly path: string;
  readonly isRunning: () => boolean;
}

/** Finds the log of a container: the current attempt's, or that of the one before. */
export type FindLog = (
  namespace: string,
  pod: string,
  container: string,
  previous: boolean,
) => LogSource | { readonly problem: string };

/** The part of kubelet's HTTPS API that `kubectl logs` needs, on 127.0.0.1. */
export interface KubeletServer {
  readonly port: number;
  close(): void;
}

const NO_STREAMS =
  'a process node runs containers as plain processes of its machine: exec, attach and port-forward are not offered; pods listen on their own loopback address (kubectl get pods -o wide), and their processes are seen with ps';

/** Serves logs on `port` (0: any free one). */
export async function serveKubelet(
  identity: SelfSigned,
  port: number,
  findLog: FindLog,
  now: () => number,
): Promise<KubeletServer> {
  const server = https.createServer({ key: identity.key, cert: identity.certificate }, (request, answer) => {
    const asked = readAddress(request.url ?? '/');
    if (asked === undefined) return end(answer, 400, 'the address of the request cannot be read');
    const [route, ...rest] = asked.path;
    if (route === 'healthz') return end(answer, 200, 'ok');
    if (route === 'containerLogs') {
      sendLog(rest, asked.search, answer, findLog, now).catch(() => answer.destroy());
      return;
    }
    if (['exec', 'attach', 'portForward', 'run'].includes(route ?? '')) return end(answer, 501, NO_STREAMS);
    return end(answer, 404, `a process node does not serve /${route}`);
  });
  server.on('upgrade', (_request, socket) => {
    const head = `HTTP/1.1 501 Not Implemented\r\nContent-Type: text/plain\r\nConnection: close`;
    socket.end(`${head}\r\nContent-Length: ${Buffer.byteLength(NO_STREAMS)}\r\n\r\n${NO_STREAMS}`, () =>
      socket.destroy(),
    );
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject).listen(port, '127.0.0.1', resolve);
  await promise;
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** Undefined when it is none: whoever reaches this port must not be able to end the node by what they ask. */
function readAddress(
  text: string,
): { readonly path: readonly string[]; readonly search: URLSearchParams } | undefined {
  try {
    const url = new URL(text, 'https://node');
    return { path: url.pathname.split('/').slice(1).map(decodeURIComponent), search: url.searchParams };
  } catch {
    return undefined;
  }
}

function end(answer: http.ServerResponse, status: number, text: string): void {
  answer.writeHead(status, { 'content-type': 'text/plain' }).end(text);
}

async function sendLog(
  path: readonly string[],
  search: URLSearchParams,
  answer: http.ServerResponse,
  findLog: FindLog,
  now: () => number,
): Promise<void> {
  const [namespace = '', pod = '', container = ''] = path;
  const source = findLog(namespace, pod, container, search.get('previous') === 'true');
  if ('problem' in source) return end(answer, 400, source.problem);
  const abort = new AbortController();
  answer.on('close', () => abort.abort());
  answer.writeHead(200, { 'content-type': 'text/plain' });
  answer.flushHeaders();
  for await (const text of readLog(source.path, logQuery(search, now()), source.isRunning, abort.signal)) {
    if (!answer.write(text)) await drained(answer);
    if (abort.signal.aborted) return;
  }
  answer.end();
}

function drained(answer: http.ServerResponse): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  answer.once('drain', resolve).once('close', resolve);
  return promise;
}

/** What the query of a log request asks for. */
export function logQuery(search: URLSearchParams, now: number): LogQuery {
  const number = (name: string): number | undefined => {
    const text = search.get(name);
    return text === null || text === '' ? undefined : Number(text);
  };
  const seconds = number('sinceSeconds');
  const sinceTime = search.get('sinceTime');
  const since = seconds !== undefined ? now - seconds * 1000 : sinceTime ? Date.parse(sinceTime) : undefined;
  const tail = number('tailLines');
  const limitBytes = number('limitBytes');
  return {
    follow: search.get('follow') === 'true',
    timestamps: search.get('timestamps') === 'true',
    ...(tail === undefined ? {} : { tail }),
    ...(since === undefined ? {} : { since }),
    ...(limitBytes === undefined ? {} : { limitBytes }),
  };
}
