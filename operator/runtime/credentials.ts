import { readFileSync, statSync } from 'node:fs';
import type { RequestOptions } from 'node:https';
import { buildConnector } from 'undici';
import type { Clock } from './clock.ts';
import { TerminalError } from './errors.ts';
import { mountedPath } from './mounted-path.ts';

/** How to reach an API server and prove who we are. */
export interface Credentials {
  /** Scheme, host and port. */
  readonly server: string;
  /** The namespace of this process, or of the kubeconfig's context. */
  readonly namespace: string;
  /** Opens sockets with the trust and client certificate of the moment. */
  connector(): buildConnector.connector;
  /** Headers that authenticate one request. */
  headers(): Promise<Readonly<Record<string, string>>>;
  /** The server said 401: do not trust what was read before. */
  refresh(): void;
}

const ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';
const REREAD_AFTER = 60_000;
/** One socket per watch: over HTTP/2 a single stalled connection would silence all watches at once. */
const HTTP_1 = { allowH2: false };

/**
 * The credentials of the moment: a kubeconfig when `$KUBECONFIG` or `kubeconfig` names one, else the pod's
 * service account, else the user's default kubeconfig. Throws TerminalError NoCredentials when there is none.
 */
export async function findCredentials(
  clock: Clock,
  kubeconfig?: string,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Credentials> {
  const named = kubeconfig ?? env['KUBECONFIG'];
  if (named === undefined && env['KUBERNETES_SERVICE_HOST']) return inClusterCredentials(clock, env);
  return kubeconfigCredentials(clock, named);
}

/** The service account of the pod. The token is read again once a minute and after a 401; the CA when it changes. */
export function inClusterCredentials(clock: Clock, env: NodeJS.ProcessEnv = process.env): Credentials {
  const host = env['KUBERNETES_SERVICE_HOST'];
  if (!host) {
    throw new TerminalError(
      'NoCredentials',
      'KUBERNETES_SERVICE_HOST is not set: run in a pod or set KUBECONFIG',
    );
  }
  const port = env['KUBERNETES_SERVICE_PORT'] || '443';
  const folder = mountedPath(ACCOUNT, env);
  const token = remember(clock, () => readFileSync(`${folder}/token`, 'utf8').trim());
  return {
    server: `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
    namespace: env['POD_NAMESPACE'] || readFileSync(`${folder}/namespace`, 'utf8').trim(),
    connector: () =>
      freshConnector(
        () => modifiedAt(`${folder}/ca.crt`),
        () => ({ ca: readFileSync(`${folder}/ca.crt`) }),
      ),
    headers: () => Promise.resolve({ authorization: `Bearer ${token.value()}` }),
    refresh: token.forget,
  };
}

/** The current context of a kubeconfig (default: the user's own), read with the official client, loaded only here. */
export async function kubeconfigCredentials(clock: Clock, path?: string): Promise<Credentials> {
  const { KubeConfig } = await import('@kubernetes/client-node');
  const config = new KubeConfig();
  if (path === undefined) config.loadFromDefault();
  else config.loadFromFile(path);
  const cluster = config.getCurrentCluster();
  if (cluster === null) {
    throw new TerminalError(
      'NoCredentials',
      'the kubeconfig names no current cluster: set current-context in it',
    );
  }
  const read = async (): Promise<RequestOptions> => {
    const options: RequestOptions = {};
    await config.applyToHTTPSOptions(options);
    return options;
  };
  const first = await read();
  const headers = remember(clock, () => read().then(authenticationHeaders));
  return {
    server: new URL(cluster.server).origin,
    namespace: config.getContextObject(config.currentContext)?.namespace ?? 'default',
    connector: () => buildConnector({ ...tlsOptions(first), ...HTTP_1 }),
    headers: () => headers.value(),
    refresh: headers.forget,
  };
}

function tlsOptions(options: RequestOptions): buildConnector.BuildOptions {
  const { ca, cert, key, rejectUnauthorized, servername } = options;
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(servername === undefined ? {} : { servername }),
    ...(rejectUnauthorized === undefined ? {} : { rejectUnauthorized }),
  };
}

function authenticationHeaders(options: RequestOptions): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(options.headers ?? {}))
    headers[name.toLowerCase()] = String(value);
  if (typeof options.auth === 'string') {
    headers['authorization'] = `Basic ${Buffer.from(options.auth).toString('base64')}`;
  }
  return headers;
}

/** Reads a value again when it is a minute old or was disowned. */
function remember<T>(clock: Clock, read: () => T): { value: () => T; forget: () => void } {
  let known: { readonly value: T; readonly at: number } | undefined;
  return {
    value: () => {
      if (known === undefined || clock.monotonic() - known.at >= REREAD_AFTER) {
        known = { value: read(), at: clock.monotonic() };
      }
      return known.value;
    },
    forget: () => {
      known = undefined;
    },
  };
}

/** A connector that is rebuilt when `version` changes. */
function freshConnector(
  version: () => number,
  options: () => buildConnector.BuildOptions,
): buildConnector.connector {
  let current: { readonly version: number; readonly connect: buildConnector.connector } | undefined;
  return (target, callback) => {
    const now = version();
    if (current?.version !== now)
      current = { version: now, connect: buildConnector({ ...options(), ...HTTP_1 }) };
    current.connect(target, callback);
  };
}

function modifiedAt(path: string): number {
  return statSync(path).mtimeMs;
}
