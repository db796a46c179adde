// Asks the API server who a token belongs to (TokenReview) and what a person may do (SubjectAccessReview).
import { readFileSync } from 'node:fs';
import { Agent, request } from 'undici';
import { z } from 'zod';
import { CodedError } from '#runtime/errors.ts';
import type { Authenticator, Identity, User } from '../ports.ts';

/** Where the API server is and how this pod proves itself. */
export interface ApiServer {
  /** Such as https://10.0.0.1:443. */
  readonly url: string;
  /** Reads the pod's token, anew for every call. */
  readonly token: () => string;
  /** PEM bundle that signs the API server's certificate. */
  readonly certificate: string;
}

const audience = 'twinward';
const timeoutMs = 10_000;

const reviewSchema = z.object({
  status: z.object({
    authenticated: z.boolean().optional(),
    audiences: z.array(z.string()).optional(),
    user: z.object({ username: z.string().optional(), groups: z.array(z.string()).optional() }).optional(),
  }),
});
const accessSchema = z.object({ status: z.object({ allowed: z.boolean() }) });

/** The API server of this pod, from its environment and mounted files. */
export function inClusterApiServer(
  env: NodeJS.ProcessEnv,
  files: { readonly apiToken: string; readonly apiCertificate: string },
): ApiServer {
  const host = env['KUBERNETES_SERVICE_HOST'] ?? 'kubernetes.default.svc';
  const port = env['KUBERNETES_SERVICE_PORT'] ?? '443';
  return {
    url: `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
    token: () => readFileSync(files.apiToken, 'utf8').trim(),
    certificate: readFileSync(files.apiCertificate, 'utf8'),
  };
}

/** An authenticator that asks the API server every time; put `cachedAuthenticator` before it. */
export function kubernetesAuthenticator(server: ApiServer): Authenticator {
  const agent = new Agent({ connect: { ca: server.certificate }, connections: 8 });
  const post = async (path: string, body: object): Promise<unknown> => {
    const response = await request(`${server.url}${path}`, {
      dispatcher: agent,
      method: 'POST',
      headers: { authorization: `Bearer ${server.token()}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
    });
    if (response.statusCode !== 201 && response.statusCode !== 200) {
      await response.body.dump();
      throw new CodedError(
        'ReviewFailed',
        `the API server answered ${response.statusCode} to ${path.split('/').at(-1)}`,
      );
    }
    return await response.body.json();
  };
  const isAllowed = async ({ groups, username }: User, resourceAttributes: object): Promise<boolean> => {
    const spec = { user: username, groups, resourceAttributes };
    const body = { apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview', spec };
    const answer = await post('/apis/authorization.k8s.io/v1/subjectaccessreviews', body);
    return accessSchema.parse(answer).status.allowed;
  };
  return {
    authenticate: async (token) => {
      const body = {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenReview',
        spec: { token, audiences: [audience] },
      };
      const { status } = reviewSchema.parse(await post('/apis/authentication.k8s.io/v1/tokenreviews', body));
      const accepted = status.authenticated === true && (status.audiences ?? []).includes(audience);
      return accepted ? identityOf(status.user?.username ?? '', status.user?.groups ?? []) : undefined;
    },
    mayDo: (user, verb, handle) =>
      isAllowed(user, {
        namespace: user.namespace,
        group: 'twinward.io',
        resource: 'patienttwins',
        ...(verb === 'get' ? { subresource: 'record' } : {}),
        verb,
        ...(handle === '' ? {} : { name: handle }),
      }),
    // Without a namespace: a RoleBinding, which is for one namespace, does not grant it.
    maySpeakForPeople: (identity) =>
      isAllowed(identity, { group: 'twinward.io', resource: 'people', verb: 'impersonate' }),
  };
}

/** The service account of a username; undefined for users who are none: they have no namespace. */
export function identityOf(username: string, groups: readonly string[]): Identity | undefined {
  const match = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(username);
  const [, namespace, account] = match ?? [];
  return namespace === undefined || account === undefined
    ? undefined
    : { namespace, account, username, groups };
}
