// A thin client of the real API server of a test: plain HTTPS and kubectl.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kinds } from '../../../crds/kinds.ts';
import { type ControlPlane, startControlPlane } from '../../../local/control-plane/start.ts';

export type Json = Readonly<Record<string, unknown>>;

export interface Answer {
  readonly status: number;
  readonly body: Json;
  /** `message` of a Status object; empty otherwise. */
  readonly message: string;
}

export interface Kubectl {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A control plane with nothing in it, and ways to talk to it as its administrator. */
export interface ApiServer {
  readonly root: string;
  /** `contentType` is application/json and `token` the administrator's unless given. */
  call(
    method: string,
    path: string,
    body?: Json | readonly Json[],
    contentType?: string,
    token?: string,
  ): Promise<Answer>;
  kubectl(...args: readonly string[]): Kubectl;
  stop(): Promise<void>;
}

export async function startApiServer(): Promise<ApiServer> {
  const stateDir = mkdtempSync(join(tmpdir(), 'twinward-crds-'));
  const plane = await startControlPlane({ stateDir, durable: false });
  return {
    root: join(import.meta.dirname, '../../..'),
    call: (method, path, body, contentType, token) => call(plane, { method, path, body, contentType, token }),
    kubectl: (...args) => kubectl(plane, args),
    stop: async () => {
      await plane.stop();
      rmSync(stateDir, { recursive: true, force: true });
    },
  };
}

/** Installs the generated CRDs and waits until the API server serves them. */
export function installKinds(server: ApiServer): void {
  const applied = server.kubectl('apply', '-f', join(server.root, 'charts/twinward-crds/templates'));
  if (applied.status !== 0) {
    throw new Error(`The API server refuses the generated CRDs:\n${applied.stderr}`);
  }
  const names = kinds.map((kind) => `crd/${kind.plural}.twinward.io`);
  const waited = server.kubectl('wait', '--for=condition=Established', '--timeout=60s', ...names);
  if (waited.status !== 0) {
    throw new Error(waited.stderr);
  }
}

function kubectl(plane: ControlPlane, args: readonly string[]): Kubectl {
  const program = plane.binaries.kubectl;
  const done = spawnSync(program, ['--kubeconfig', plane.kubeconfig, ...args], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], HOME: plane.stateDir },
  });
  return { status: done.status ?? 1, stdout: done.stdout, stderr: done.stderr };
}

interface Call {
  readonly method: string;
  readonly path: string;
  readonly body: Json | readonly Json[] | undefined;
  readonly contentType: string | undefined;
  readonly token: string | undefined;
}

function call(plane: ControlPlane, { method, path, body, contentType, token }: Call): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const outgoing = request(
    `${plane.server}${path}`,
    {
      method,
      ca: plane.certificateAuthority,
      headers: {
        authorization: `Bearer ${token ?? plane.tokens.admin}`,
        ...(body === undefined ? {} : { 'content-type': contentType ?? 'application/json' }),
      },
    },
    (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('error', reject);
      incoming.on('end', () => {
        const answer = JSON.parse(Buffer.concat(chunks).toString('utf8')) as Json;
        const message = answer['kind'] === 'Status' ? String(answer['message'] ?? '') : '';
        resolve({ status: incoming.statusCode ?? 0, body: answer, message });
      });
    },
  );
  outgoing.on('error', reject);
  outgoing.end(body === undefined ? undefined : JSON.stringify(body));
  return promise;
}
