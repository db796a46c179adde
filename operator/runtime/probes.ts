import { createServer, type ServerResponse } from 'node:http';
import type { Registry } from 'prom-client';
import { CodedError } from './errors.ts';

/** A named question; `ok: false` fails the probe and `reason`, a constant code, says why. */
export interface Check {
  readonly name: string;
  readonly run: () => CheckResult;
}

/** The answer of a Check. */
export type CheckResult = { readonly ok: true } | { readonly ok: false; readonly reason: string };

/** What a probe server serves, and where. */
export interface ProbeOptions {
  readonly registry: Registry;
  readonly live?: readonly Check[];
  readonly ready?: readonly Check[];
  /** Default 8081; 0 takes a free port. */
  readonly port?: number;
  /** Default: `$POD_IP` when set, else 0.0.0.0. */
  readonly host?: string;
}

/** A running probe server. */
export interface Probes {
  readonly host: string;
  readonly port: number;
  close(): Promise<void>;
}

const PORT = 8081;

/** Serves `/livez`, `/readyz` and `/metrics` over plain HTTP. Rejects when the address is taken. */
export async function startProbes(options: ProbeOptions): Promise<Probes> {
  const host = options.host ?? (process.env['POD_IP'] || '0.0.0.0');
  const routes: Readonly<Record<string, (response: ServerResponse) => Promise<void> | void>> = {
    '/livez': (response) => answerChecks(response, options.live ?? []),
    '/readyz': (response) => answerChecks(response, options.ready ?? []),
    '/metrics': (response) => answerMetrics(response, options.registry),
  };
  const server = createServer((request, response) => {
    const route = request.method === 'GET' ? routes[(request.url ?? '').split('?')[0] ?? ''] : undefined;
    if (route === undefined) response.writeHead(404).end();
    else Promise.resolve(route(response)).catch(() => response.writeHead(500).end());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? PORT, host, resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') {
    throw new CodedError('ProbeAddress', 'the probe server has no TCP address; give a host and a port');
  }
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { host, port: address.port, close };
}

/** 200 and one line per check, or 503 when one fails. */
function answerChecks(response: ServerResponse, checks: readonly Check[]): void {
  const results = checks.map((check) => ({ name: check.name, result: check.run() }));
  const lines = results.map(({ name, result }) =>
    result.ok ? `[+]${name} ok` : `[-]${name} ${result.reason}`,
  );
  const ok = results.every(({ result }) => result.ok);
  response.writeHead(ok ? 200 : 503, { 'content-type': 'text/plain' });
  response.end(`${[...lines, ok ? 'ok' : 'failed'].join('\n')}\n`);
}

async function answerMetrics(response: ServerResponse, registry: Registry): Promise<void> {
  const text = await registry.metrics();
  response.writeHead(200, { 'content-type': registry.contentType }).end(text);
}
