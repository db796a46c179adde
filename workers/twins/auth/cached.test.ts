import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ManualClock } from '#runtime/manual-clock.ts';
import type { Authenticator, Identity } from '../ports.ts';
import { cachedAuthenticator } from './cached.ts';
import { identityOf } from './kubernetes.ts';

function table(accepted: Map<string, Identity>, asked: string[]): Authenticator {
  return {
    authenticate: async (token) => {
      asked.push(token);
      return accepted.get(token);
    },
    mayDo: async () => true,
  };
}

describe('cachedAuthenticator', () => {
  it('asks once within the time, and again after it', async () => {
    const clock = new ManualClock();
    const asked: string[] = [];
    const identity = identityOf('system:serviceaccount:clinic:x', []);
    assert.ok(identity);
    const cached = cachedAuthenticator(table(new Map([['t', identity]]), asked), clock, 30_000);
    await cached.authenticate('t');
    assert.equal((await cached.authenticate('t'))?.namespace, 'clinic');
    assert.equal(asked.length, 1);
    clock.advance(30_001);
    await cached.authenticate('t');
    assert.equal(asked.length, 2);
  });
  it('asks again about a token that has expired meanwhile', async () => {
    const clock = new ManualClock();
    const asked: string[] = [];
    const exp = Math.floor(clock.now().getTime() / 1_000) + 5;
    const token = `h.${Buffer.from(JSON.stringify({ exp })).toString('base64url')}.s`;
    const accepted = new Map([[token, { namespace: 'n', account: 'a', username: 'u', groups: [] }]]);
    const cached = cachedAuthenticator(table(accepted, asked), clock, 30_000);
    await cached.authenticate(token);
    clock.advance(4_000);
    await cached.authenticate(token);
    assert.equal(asked.length, 1);
    accepted.clear();
    clock.advance(1_001);
    assert.equal(await cached.authenticate(token), undefined);
  });
  it('keeps two persons and two verbs apart, whatever text their names are', async () => {
    const inner: Authenticator = {
      authenticate: async () => undefined,
      mayDo: async ({ username }, verb) => username === 'a' && verb === 'get',
    };
    const cached = cachedAuthenticator(inner, new ManualClock(), 30_000);
    const person = (username: string, groups: string[]): Identity => ({
      ...{ namespace: 'n', account: 'x' },
      username,
      groups,
    });
    assert.equal(await cached.mayDo(person('a', []), 'get', 'h'), true);
    assert.equal(await cached.mayDo(person('a', []), 'erase', 'h'), false);
    assert.equal(await cached.mayDo(person('b', ['a']), 'get', 'h'), false);
  });
  it('believes a refusal for two seconds only', async () => {
    const clock = new ManualClock();
    const asked: string[] = [];
    const accepted = new Map<string, Identity>();
    const cached = cachedAuthenticator(table(accepted, asked), clock, 30_000);
    assert.equal(await cached.authenticate('t'), undefined);
    accepted.set('t', { namespace: 'n', account: 'a', username: 'u', groups: [] });
    clock.advance(2_001);
    assert.equal((await cached.authenticate('t'))?.namespace, 'n');
  });
});

describe('identityOf', () => {
  it('reads service accounts only', () => {
    assert.equal(identityOf('kubernetes-admin', []), undefined);
    assert.equal(identityOf('system:serviceaccount:clinic:dr', ['g'])?.account, 'dr');
  });
});
