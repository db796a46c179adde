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
    maySpeakForPeople: async () => true,
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
  it('keeps persons, groups, namespaces, verbs and twins apart, whatever text their names are', async () => {
    const allowed = { namespace: 'ward-a', username: 'a', groups: ['g'] };
    const inner: Authenticator = {
      authenticate: async () => undefined,
      mayDo: async (user, verb, handle) =>
        JSON.stringify([user, verb, handle]) === JSON.stringify([allowed, 'get', 'h']),
      maySpeakForPeople: async () => false,
    };
    const cached = cachedAuthenticator(inner, new ManualClock(), 30_000);
    assert.equal(await cached.mayDo(allowed, 'get', 'h'), true);
    const others: readonly Parameters<Authenticator['mayDo']>[] = [
      [allowed, 'erase', 'h'],
      [allowed, 'get', ''],
      [{ ...allowed, namespace: 'ward-b' }, 'get', 'h'],
      [{ ...allowed, username: 'b' }, 'get', 'h'],
      [{ ...allowed, groups: [] }, 'get', 'h'],
      [{ ...allowed, groups: ['g', 'get'] }, 'get', 'h'],
      [{ ...allowed, username: '', groups: ['a', 'g'] }, 'get', 'h'],
    ];
    for (const other of others) assert.equal(await cached.mayDo(...other), false, JSON.stringify(other));
  });
  it('keeps who may speak for people apart from what they may do, and asks again after the time', async () => {
    const clock = new ManualClock();
    const asked: string[] = [];
    const inner: Authenticator = {
      authenticate: async () => undefined,
      mayDo: async () => true,
      maySpeakForPeople: async ({ account }) => {
        asked.push(account);
        return account === 'dashboard';
      },
    };
    const cached = cachedAuthenticator(inner, clock, 30_000);
    const account = (name: string): Identity => ({
      namespace: 'n',
      account: name,
      username: name,
      groups: [],
    });
    assert.equal(await cached.mayDo(account('nurse'), 'get', ''), true);
    for (const name of ['dashboard', 'nurse', 'dashboard', 'nurse']) {
      assert.equal(await cached.maySpeakForPeople(account(name)), name === 'dashboard');
    }
    assert.deepEqual(asked, ['dashboard', 'nurse']);
    clock.advance(2_001);
    await cached.maySpeakForPeople(account('nurse'));
    await cached.maySpeakForPeople(account('dashboard'));
    assert.deepEqual(asked, ['dashboard', 'nurse', 'nurse']);
    clock.advance(28_000);
    await cached.maySpeakForPeople(account('dashboard'));
    assert.deepEqual(asked, ['dashboard', 'nurse', 'nurse', 'dashboard']);
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
