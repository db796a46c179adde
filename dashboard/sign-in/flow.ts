// Signing in and out: what the browser carries in between is sealed, ends after ten minutes and is used once.
import { z } from 'zod';
import type { Clock } from '#runtime/clock.ts';
import type { IdentityProvider, Person, Sessions } from '../ports.ts';
import { safeReturn } from '../routes.ts';
import type { Answer } from '../web/answer.ts';
import { dropCookie, SESSION_COOKIE, SIGN_IN_COOKIE, setCookie } from '../web/cookies.ts';
import type { Incoming } from '../web/incoming.ts';
import { type ClaimRules, personOf, type Unnamed } from './person.ts';
import type { Sealer } from './sealed.ts';

/** What signing in works with. */
export interface SignInParts {
  readonly clock: Clock;
  readonly provider: IdentityProvider;
  readonly sessions: Sessions;
  readonly sealer: Sealer;
  readonly rules: ClaimRules;
  /** Where the provider sends browsers back to. */
  readonly redirectUri: string;
  readonly sessionSeconds: number;
}

const LONGEST_SECONDS = 600;

const pending = z.object({
  state: z.string(),
  nonce: z.string(),
  verifier: z.string(),
  to: z.string(),
  until: z.number(),
});

/** Why a sign-in did not come to its end. */
export type SignInFailure = 'SIGN_IN_EXPIRED' | 'SIGN_IN_REFUSED' | Unnamed;

/** Sends the browser to the identity provider. */
export async function beginSignIn(parts: SignInParts, incoming: Incoming): Promise<Answer> {
  const { url, checks } = await parts.provider.begin();
  const until = parts.clock.now().getTime() + LONGEST_SECONDS * 1_000;
  const sealed = parts.sealer.seal({ ...checks, to: safeReturn(incoming.query.get('to')), until });
  return {
    kind: 'redirect',
    location: url.href,
    cookies: [setCookie(SIGN_IN_COOKIE, sealed, LONGEST_SECONDS)],
  };
}

/** Takes the browser back: the answer has to belong to a sign-in that this browser began. */
export async function finishSignIn(parts: SignInParts, incoming: Incoming): Promise<Answer | SignInFailure> {
  const begun = pending.safeParse(parts.sealer.open(incoming.signInCookie ?? ''));
  if (!begun.success || begun.data.until < parts.clock.now().getTime()) return 'SIGN_IN_EXPIRED';
  const { nonce, state, to, verifier } = begun.data;
  if (incoming.query.get('state') !== state) return 'SIGN_IN_EXPIRED';
  if (incoming.query.has('error')) return 'SIGN_IN_REFUSED';
  const answer = new URL(parts.redirectUri);
  answer.search = incoming.query.toString();
  const person = personOf(await parts.provider.finish(answer, { nonce, state, verifier }), parts.rules);
  return typeof person === 'string' ? person : await startSession(parts, incoming, person, to);
}

/** A new secret for every sign-in: what the browser held before is worth nothing. */
async function startSession(
  parts: SignInParts,
  incoming: Incoming,
  person: Person,
  to: string,
): Promise<Answer> {
  if (incoming.sessionSecret !== undefined) await parts.sessions.end(incoming.sessionSecret);
  const secret = await parts.sessions.begin(person);
  return {
    kind: 'redirect',
    location: to,
    cookies: [setCookie(SESSION_COOKIE, secret, parts.sessionSeconds), dropCookie(SIGN_IN_COOKIE)],
  };
}
