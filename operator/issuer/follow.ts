// Learns who signs service-account tokens in this cluster, and with which keys. Keys change when a cluster rotates them;
// engines judge their callers by them, without credentials of their own.
import { z } from 'zod';
import type { ApiClient } from '#runtime/api.ts';
import { type Clock, sleep } from '#runtime/clock.ts';
import { type Duration, minutes, seconds } from '#runtime/duration.ts';
import type { Log } from '#runtime/log.ts';
import type { TokenIssuer } from '../tenant/children.ts';

/** What following needs. */
export interface IssuerOptions {
  readonly client: ApiClient;
  readonly clock: Clock;
  readonly log: Log;
  /** Called when issuer or keys are others than before. */
  readonly onChange: (issuer: TokenIssuer) => void;
}

const lookEvery: Duration = minutes(5);
const retryAfter: Duration = seconds(5);

const discovery = z.object({ issuer: z.string().min(1) });
const keySet = z.object({ keys: z.array(z.looseObject({ kid: z.string(), kty: z.string() })) });

/** Asks the API server now and then, until `term` is aborted. */
export async function followIssuer(options: IssuerOptions, term: AbortSignal): Promise<void> {
  const { client, clock, log, onChange } = options;
  let known = '';
  while (!term.aborted) {
    let wait = lookEvery;
    try {
      const issuer = await readIssuer(client, term);
      const text = JSON.stringify(issuer);
      if (text !== known) onChange(issuer);
      known = text;
    } catch (error) {
      wait = retryAfter;
      if (!term.aborted) log.error('the keys of service-account tokens could not be read', { error });
    }
    await sleep(clock, wait, term);
  }
}

/** Issuer and keys as the API server publishes them. Rejects when it does not. */
export async function readIssuer(client: ApiClient, signal: AbortSignal): Promise<TokenIssuer> {
  const ask = (path: string, accept: string): Promise<unknown> =>
    client.request({ method: 'GET', path, accept, signal });
  const { issuer } = discovery.parse(await ask('/.well-known/openid-configuration', 'application/json'));
  const { keys } = keySet.parse(await ask('/openid/v1/jwks', 'application/jwk-set+json'));
  const ordered = keys.toSorted((one, other) => (one.kid < other.kid ? -1 : 1));
  return { issuer, keySet: JSON.stringify({ keys: ordered }) };
}
