// The identity provider, by OpenID Connect: authorization code with PKCE, state and nonce. Its tokens are looked at
// once and forgotten.
import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  ClientSecretBasic,
  type Configuration,
  type CustomFetch,
  calculatePKCECodeChallenge,
  customFetch,
  discovery,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
} from 'openid-client';
import { Agent, fetch, type RequestInit } from 'undici';
import type { Clock } from '#runtime/clock.ts';
import { CodedError } from '#runtime/errors.ts';
import type { Claims, IdentityProvider, SignInChecks } from '../ports.ts';

/** What a client of the provider is registered with. */
export interface ProviderOptions {
  readonly clock: Clock;
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly scopes: string;
  readonly redirectUri: string;
  /** PEM certificates that are trusted instead of the public authorities. */
  readonly authorities: string | undefined;
}

const TIMEOUT_SECONDS = 10;
const REDISCOVER_MS = 3_600_000;

/** A client of the provider. Its discovery document is read on first use, and again every hour. */
export function oidcProvider(options: ProviderOptions): IdentityProvider {
  const configuration = remembered(options);
  return {
    begin: async () => {
      const config = await configuration();
      const checks = { state: randomState(), nonce: randomNonce(), verifier: randomPKCECodeVerifier() };
      const url = buildAuthorizationUrl(config, {
        redirect_uri: options.redirectUri,
        scope: options.scopes,
        state: checks.state,
        nonce: checks.nonce,
        code_challenge: await calculatePKCECodeChallenge(checks.verifier),
        code_challenge_method: 'S256',
      });
      return { url, checks };
    },
    finish: async (answer, checks) => redeem(await configuration(), answer, checks),
  };
}

async function redeem(config: Configuration, answer: URL, checks: SignInChecks): Promise<Claims> {
  try {
    const tokens = await authorizationCodeGrant(config, answer, {
      expectedState: checks.state,
      expectedNonce: checks.nonce,
      pkceCodeVerifier: checks.verifier,
      idTokenExpected: true,
    });
    return tokens.claims() ?? {};
  } catch (cause) {
    if (isUnreachable(cause)) throw unavailable(cause);
    throw new CodedError('SignInRefused', 'the identity provider or its answer refused the sign-in', {
      cause,
    });
  }
}

function remembered(options: ProviderOptions): () => Promise<Configuration> {
  let known: { readonly config: Promise<Configuration>; readonly at: number } | undefined;
  return async () => {
    const now = options.clock.monotonic();
    if (known === undefined || now - known.at > REDISCOVER_MS) known = { config: discover(options), at: now };
    const asked = known;
    try {
      return await asked.config;
    } catch (cause) {
      if (known === asked) known = undefined;
      throw unavailable(cause);
    }
  };
}

function discover(options: ProviderOptions): Promise<Configuration> {
  const { authorities, clientId, clientSecret, issuer } = options;
  const url = new URL(issuer);
  // Configuration lets http pass for this machine only.
  const execute = url.protocol === 'http:' ? [allowInsecureRequests] : [];
  const authentication = ClientSecretBasic(clientSecret);
  return discovery(url, clientId, clientSecret, authentication, {
    execute,
    timeout: TIMEOUT_SECONDS,
    ...(authorities === undefined ? {} : { [customFetch]: fetchTrusting(authorities) }),
  });
}

/** The types of undici's own fetch and of the platform's differ in name only. */
function fetchTrusting(authorities: string): CustomFetch {
  const dispatcher = new Agent({ connect: { ca: authorities } });
  return async (url, options) =>
    (await fetch(url, { ...options, dispatcher } as RequestInit)) as unknown as Response;
}

function unavailable(cause: unknown): CodedError {
  return new CodedError('ProviderUnavailable', 'the identity provider does not answer as it should', {
    cause,
  });
}

/** Whether nothing came back, rather than a refusal. */
function isUnreachable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error ? String(error.code) : '';
  return error instanceof TypeError || code === 'OAUTH_TIMEOUT' || code === 'OAUTH_RESPONSE_IS_NOT_CONFORM';
}
