import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { cookieOf, dropCookie, SESSION_COOKIE, setCookie } from './cookies.ts';

describe('a cookie', () => {
  it('is for this origin, for the server alone, and never sent by forms of others', () => {
    assert.equal(
      setCookie(SESSION_COOKIE, 'abc', 60.5),
      '__Host-twinward-session=abc; Path=/; Max-Age=60; Secure; HttpOnly; SameSite=Lax',
    );
    assert.match(dropCookie(SESSION_COOKIE), /^__Host-twinward-session=; Path=\/; Max-Age=0; /);
  });

  const cases: readonly [name: string, header: string | undefined, want: string | undefined][] = [
    ['alone', '__Host-twinward-session=abc', 'abc'],
    ['between others', 'a=b; __Host-twinward-session=abc; c=d', 'abc'],
    ['not there', 'a=b', undefined],
    ['without a header', undefined, undefined],
    [
      'twice, so that it is not known which is ours',
      '__Host-twinward-session=a; __Host-twinward-session=b',
      undefined,
    ],
    ['with another name that ends alike', 'x__Host-twinward-session=abc', undefined],
  ];
  for (const [name, header, want] of cases) {
    it(`is read ${name}`, () => assert.equal(cookieOf(header, SESSION_COOKIE), want));
  }
});
