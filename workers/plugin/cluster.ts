// What the plugin asks the Kubernetes API, as the person of the kubeconfig.
import { type ApiClient, ApiError } from '#runtime/api.ts';
import { systemClock } from '#runtime/clock.ts';
import { findCredentials } from '#runtime/credentials.ts';
import { createHttpClient } from '#runtime/http.ts';
import { ExitCode, PluginError } from './failure.ts';

/** Namespace of the twin service. */
export const SYSTEM_NAMESPACE = 'twinward-system';
const TRUST_BUNDLE = 'twinward-ca';
const CLIENT_SERVICE = 'twinward-twins-client';
const AUDIENCE = 'twinward';
const TOKEN_SECONDS = 600;

/** The cluster of the kubeconfig. */
export interface Cluster {
  /** Namespace of the kubeconfig's context. */
  readonly namespace: string;
  /** A token of audience twinward that is good for ten minutes. */
  requestToken(namespace: string, account: string): Promise<string>;
  /** PEM trust bundle of the twin service. */
  readTrustBundle(): Promise<string>;
  /** `address:port` of the twin service's ClusterIP. */
  readServiceAddress(): Promise<string>;
  close(): Promise<void>;
}

/** Opens the cluster of a kubeconfig (default: KUBECONFIG, else the user's own). */
export async function openCluster(kubeconfig: string | undefined): Promise<Cluster> {
  const clock = systemClock();
  const credentials = await findCredentials(clock, kubeconfig).catch((error: unknown) => {
    throw new PluginError(
      ExitCode.usage,
      'NoKubeconfig',
      'no kubeconfig can be read: set KUBECONFIG or give --kubeconfig, or give --endpoint, --ca-file and --token-file',
      { cause: error },
    );
  });
  const client = createHttpClient({
    credentials,
    clock,
    random: Math.random,
    userAgent: 'kubectl-twin/0.2.0',
  });
  return {
    namespace: credentials.namespace,
    requestToken: (namespace, account) => requestToken(client, namespace, account),
    readTrustBundle: () => readTrustBundle(client),
    readServiceAddress: () => readServiceAddress(client),
    close: () => client.close(),
  };
}

async function requestToken(client: ApiClient, namespace: string, account: string): Promise<string> {
  const place = `serviceaccounts/${account} in namespace ${namespace}`;
  const answer = await client
    .request<{ status?: { token?: string } }>({
      method: 'POST',
      path: `/api/v1/namespaces/${encodeURIComponent(namespace)}/serviceaccounts/${encodeURIComponent(account)}/token`,
      body: {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenRequest',
        spec: { audiences: [AUDIENCE], expirationSeconds: TOKEN_SECONDS },
      },
    })
    .catch((error: unknown) => {
      throw refusal(error, {
        missing: `there is no ${place}: create it, or name another with --account`,
        forbidden: `you may not request a token of ${place}: ask for the verb create on serviceaccounts/token, limited to that name, or give --token-file`,
      });
    });
  const token = answer.status?.token;
  if (token === undefined) throw unreachable('the API server gave no token');
  return token;
}

async function readTrustBundle(client: ApiClient): Promise<string> {
  const answer = await client
    .request<{ data?: Record<string, string> }>({
      method: 'GET',
      path: `/api/v1/namespaces/${SYSTEM_NAMESPACE}/configmaps/${TRUST_BUNDLE}`,
    })
    .catch((error: unknown) => {
      throw refusal(error, {
        missing: `there is no ConfigMap ${TRUST_BUNDLE} in ${SYSTEM_NAMESPACE}: is Twinward installed? else give --ca-file`,
        forbidden: `you may not read ConfigMap ${TRUST_BUNDLE} in ${SYSTEM_NAMESPACE}: give --ca-file`,
      });
    });
  const bundle = answer.data?.['ca.crt'];
  if (bundle === undefined) throw unreachable(`ConfigMap ${TRUST_BUNDLE} has no ca.crt yet`);
  return bundle;
}

async function readServiceAddress(client: ApiClient): Promise<string> {
  const answer = await client
    .request<{ spec?: { clusterIP?: string; ports?: { port?: number }[] } }>({
      method: 'GET',
      path: `/api/v1/namespaces/${SYSTEM_NAMESPACE}/services/${CLIENT_SERVICE}`,
    })
    .catch((error: unknown) => {
      throw refusal(error, {
        missing: `there is no Service ${CLIENT_SERVICE} in ${SYSTEM_NAMESPACE}: is Twinward installed? else give --endpoint`,
        forbidden: `you may not read Service ${CLIENT_SERVICE} in ${SYSTEM_NAMESPACE}: give --endpoint or TWINWARD_ENDPOINT`,
      });
    });
  return `${answer.spec?.clusterIP ?? ''}:${answer.spec?.ports?.[0]?.port ?? 8443}`;
}

function refusal(
  error: unknown,
  says: { readonly missing: string; readonly forbidden: string },
): PluginError {
  const status = error instanceof ApiError ? error.status : 0;
  const cause = { cause: error };
  if (status === 404) return new PluginError(ExitCode.notFound, 'NotFound', says.missing, cause);
  if (status === 403) return new PluginError(ExitCode.denied, 'Forbidden', says.forbidden, cause);
  if (status === 401) {
    return new PluginError(
      ExitCode.denied,
      'Unauthorized',
      'the API server does not accept the kubeconfig: log in again',
      cause,
    );
  }
  return unreachable('the API server of the kubeconfig does not answer', error);
}

function unreachable(what: string, cause?: unknown): PluginError {
  return new PluginError(ExitCode.unavailable, 'Unavailable', `${what}: try again`, { cause });
}
