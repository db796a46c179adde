import { createHash } from 'node:crypto';
import type { Clock } from '#runtime/clock.ts';
import type { Authenticator, Identity } from '../ports.ts';

interface Kept<T> {
  readonly value: T;
  readonly until: number;
}

const mostKept = 10_000;
const refusedForMs = 2_000;

/**
 * Believes an answer for some milliseconds; a refusal for 2 s at most, a token no longer than until it expires. Tokens
 * and questions are kept as hashes only.
 */
export function cachedAuthenticator(inner: Authenticator, clock: Clock, forMs: number): Authenticator {
  const tokens = new Map<string, Kept<Identity | undefined>>();
  const rights = new Map<string, Kept<boolean>>();
  const right = (question: readonly unknown[], ask: () => Promise<boolean>): Promise<boolean> =>
    remember(rights, hashOf(JSON.stringify(question)), clock, (value) => lifetime(value, forMs), ask);
  return {
    authenticate: (token) => {
      return remember(
        tokens,
        hashOf(token),
        clock,
        (value) => Math.min(lifetime(value !== undefined, forMs), millisecondsLeft(token, clock.now())),
        () => inner.authenticate(token),
      );
    },
    mayDo: (user, verb, handle) =>
      right([user.namespace, user.username, user.groups, verb, handle], () =>
        inner.mayDo(user, verb, handle),
      ),
    maySpeakForPeople: (identity) =>
      right([identity.username, identity.groups], () => inner.maySpeakForPeople(identity)),
  };
}

/** Short, however many groups a person has. */
function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('base64');
}

function lifetime(good: boolean, forMs: number): number {
  return good ? forMs : Math.min(forMs, refusedForMs);
}

/** How long a token that the API server accepted is still good; endless when it does not say. */
function millisecondsLeft(token: string, now: Date): number {
  try {
    const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
    const isDated = typeof claims === 'object' && claims !== null && 'exp' in claims;
    return isDated && typeof claims.exp === 'number' ? claims.exp * 1_000 - now.getTime() : Infinity;
  } catch {
    return Infinity;
  }
}

async function remember<T>(
  kept: Map<string, Kept<T>>,
  key: string,
  clock: Clock,
  lifetimeMs: (value: T) => number,
  ask: () => Promise<T>,
): Promise<T> {
  const known = kept.get(key);
  if (known !== undefined && known.until > clock.monotonic()) return known.value;
  const value = await ask();
  kept.delete(key);
  const oldest = kept.keys().next();
  if (kept.size >= mostKept && oldest.done !== true) kept.delete(oldest.value);
  kept.set(key, { value, until: clock.monotonic() + lifetimeMs(value) });
  return value;
}
