// A real OpenID provider on loopback, with a certificate of no public authority, with a sign-in page of one field and the people of a table.
import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { Provider } from 'oidc-provider';

/** What the provider says of somebody. */
export interface Account {
  readonly email: string;
  readonly groups: readonly string[];
}

/** A running provider. */
export interface OidcProvider {
  readonly issuer: string;
  /** PEM certificate that it serves with. */
  readonly certificate: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** People by the name that they type. */
  readonly accounts: Map<string, Account>;
  stop(): Promise<void>;
}

/** Where a certificate and its key lie. */
export interface Serving {
  readonly certificate: string;
  readonly privateKey: string;
}

/** Starts it, for one client that may be sent back to `redirectUri`. */
export async function startProvider(redirectUri: string, serving: Serving): Promise<OidcProvider> {
  const accounts = new Map<string, Account>();
  const certificate = readFileSync(serving.certificate, 'utf8');
  const server = createServer({ cert: certificate, key: readFileSync(serving.privateKey) });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = { clientId: 'twinward', clientSecret: 'a secret of the client of tests' };
  const provider = providerOf(issuer, client, redirectUri, accounts);
  const handle = provider.callback();
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    if (request.url?.startsWith('/interaction/') === true) void signIn(provider, request, response);
    else void handle(request, response);
  });
  const stop = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { issuer, certificate, ...client, accounts, stop };
}

function providerOf(
  issuer: string,
  client: { readonly clientId: string; readonly clientSecret: string },
  redirectUri: string,
  accounts: ReadonlyMap<string, Account>,
): Provider {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  const key = { ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256' } as const;
  return new Provider(issuer, {
    clients: [
      {
        client_id: client.clientId,
        client_secret: client.clientSecret,
        redirect_uris: [redirectUri],
        grant_types: ['authorization_code'],
        response_types: ['code'],
      },
    ],
    jwks: { keys: [key as never] },
    cookies: { keys: ['cookies of tests'] },
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['groups'] },
    conformIdTokenClaims: false,
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
    findAccount: (_ctx, id) => ({
      accountId: id,
      claims: () => {
        const account = accounts.get(id);
        return {
          sub: id,
          email: account?.email,
          email_verified: true,
          groups: [...(account?.groups ?? [])],
        };
      },
    }),
    loadExistingGrant: async (ctx) => {
      const grant = new ctx.oidc.provider.Grant({
        clientId: ctx.oidc.client?.clientId ?? '',
        accountId: ctx.oidc.session?.accountId ?? '',
      });
      grant.addOIDCScope('openid email profile');
      await grant.save();
      return grant;
    },
  });
}

async function signIn(provider: Provider, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.method === 'GET') {
    response.setHeader('content-type', 'text/html');
    response.end(
      '<!doctype html><title>Provider</title><form method="post"><label>Name <input name="login" autofocus></label> <button>Sign in</button></form>',
    );
    return;
  }
  const accountId = new URLSearchParams(await text(request)).get('login') ?? '';
  const result = accountId === '' ? { error: 'access_denied' } : { login: { accountId, remember: false } };
  await provider.interactionFinished(request, response, result);
}
