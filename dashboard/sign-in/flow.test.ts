import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CodedError } from '#runtime/errors.ts';
import { ManualClock } from '#runtime/manual-clock.ts';
import type { Person, SignInChecks } from '../ports.ts';
import type { Answer } from '../web/answer.ts';
import { SESSION_COOKIE, SIGN_IN_COOKIE } from '../web/cookies.ts';
import type { Incoming } from '../web/incoming.ts';
import { beginSignIn, finishSignIn, type SignInFailure, type SignInParts } from './flow.ts';
import { createSealer } from './sealed.ts';

const checks: SignInChecks = { state: 'state-1', nonce: 'nonce-1', verifier: 'verifier-1' };

function aVisit(change: Partial<Incoming> = {}): Incoming {
  const nothing = {
    sessionSecret: undefined,
    signInCookie: undefined,
    origin: undefined,
    fetchSite: undefined,
  };
  return {
    method: 'GET',
    path: '/',
    query: new URLSearchParams(),
    form: new URLSearchParams(),
    ...nothing,
    ...change,
  };
}

/** A provider that redeems `code-1` for its own checks only, and sessions that are noted. */
function aSignIn() {
  const clock = new ManualClock();
  const begun: Person[] = [];
  const ended: string[] = [];
  const parts: SignInParts = {
    clock,
    sealer: createSealer('a secret of the client', 'sign-in'),
    rules: { userClaim: 'sub', groupsClaim: 'groups', userPrefix: 'oidc:', groupsPrefix: 'oidc:' },
    redirectUri: 'https://twins.clinic.example/sign-in/callback',
    sessionSeconds: 36_000,
    provider: {
      begin: async () => ({ url: new URL('https://login.clinic.example/auth'), checks }),
      finish: async (answer, given) => {
        assert.deepEqual(given, checks);
        assert.equal(answer.origin, 'https://twins.clinic.example');
        if (answer.searchParams.get('code') !== 'code-1') throw new CodedError('SignInRefused', 'refused');
        return { sub: 'anna', groups: ['ward-a'] };
      },
    },
    sessions: {
      begin: async (person) => `secret-${begun.push(person)}`,
      find: async () => undefined,
      end: async (secret) => void ended.push(secret),
      sweep: async () => 0,
    },
  };
  return { clock, parts, begun, ended };
}

const cookieIn = (answer: Answer | SignInFailure, name: string): string | undefined =>
  typeof answer === 'object' && answer.kind === 'redirect'
    ? answer.cookies
        ?.find((line) => line.startsWith(`${name}=`))
        ?.slice(name.length + 1)
        .split(';')[0]
    : undefined;

async function begun(parts: SignInParts, to = '/namespaces/ward-a'): Promise<string> {
  const answer = await beginSignIn(parts, aVisit({ query: new URLSearchParams({ to }) }));
  assert.ok(answer.kind === 'redirect' && answer.location === 'https://login.clinic.example/auth');
  return cookieIn(answer, SIGN_IN_COOKIE) ?? '';
}

const callback = (signInCookie: string, query: Readonly<Record<string, string>>): Incoming =>
  aVisit({ signInCookie, query: new URLSearchParams(query) });
const good = { code: 'code-1', state: 'state-1' };

describe('a sign-in', () => {
  it('begins a session and leads back', async () => {
    const { begun: people, parts } = aSignIn();
    const answer = await finishSignIn(parts, callback(await begun(parts), good));
    assert.ok(typeof answer === 'object' && answer.kind === 'redirect');
    assert.equal(answer.location, '/namespaces/ward-a');
    assert.equal(cookieIn(answer, SESSION_COOKIE), 'secret-1');
    assert.equal(cookieIn(answer, SIGN_IN_COOKIE), '', 'what it carried is gone');
    assert.deepEqual(people, [{ user: 'oidc:anna', groups: ['oidc:ward-a'] }]);
  });

  it('ends the session that the browser had', async () => {
    const { ended, parts } = aSignIn();
    await finishSignIn(parts, { ...callback(await begun(parts), good), sessionSecret: 'old' });
    assert.deepEqual(ended, ['old']);
  });

  const refused: readonly [name: string, query: Readonly<Record<string, string>>, want: SignInFailure][] = [
    ['with another state', { ...good, state: 'state-2' }, 'SIGN_IN_EXPIRED'],
    ['without a state', { code: 'code-1' }, 'SIGN_IN_EXPIRED'],
    ['that the provider refused', { error: 'access_denied', state: 'state-1' }, 'SIGN_IN_REFUSED'],
  ];
  for (const [name, query, want] of refused) {
    it(`${name} begins none`, async () => {
      const { begun: people, parts } = aSignIn();
      assert.equal(await finishSignIn(parts, callback(await begun(parts), query)), want);
      assert.deepEqual(people, []);
    });
  }

  it('lives for ten minutes', async () => {
    const { clock, parts } = aSignIn();
    const cookie = await begun(parts);
    clock.advance(600_000);
    assert.equal(typeof (await finishSignIn(parts, callback(cookie, good))), 'object');
    clock.advance(1);
    assert.equal(await finishSignIn(parts, callback(cookie, good)), 'SIGN_IN_EXPIRED');
  });

  it('is not believed when the browser made it up', async () => {
    const { parts } = aSignIn();
    const forged = Buffer.from(JSON.stringify({ ...checks, to: '/', until: 9e15 })).toString('base64url');
    assert.equal(await finishSignIn(parts, callback(forged, good)), 'SIGN_IN_EXPIRED');
    assert.equal(await finishSignIn(parts, aVisit({ query: new URLSearchParams(good) })), 'SIGN_IN_EXPIRED');
  });
});
