import assert from 'node:assert/strict';
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { describe, it } from 'node:test';
import { judgeToken, parseKeySet } from './service-account-token.ts';

const NOW = 1_800_000_000;
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 });
const jwk = (key: KeyObject, kid: string): object => ({ ...key.export({ format: 'jwk' }), kid, use: 'sig' });
const keys = parseKeySet(
  JSON.stringify({ keys: [jwk(rsa.publicKey, 'rsa'), jwk(ec.publicKey, 'ec'), { kty: 'oct', kid: 'o' }] }),
);
const issuer = { issuer: 'https://kubernetes.default.svc', keys };
const rule = { audience: 'twinward', accounts: new Set(['twinward-system/twinward-twins']) };

const claims = {
  iss: issuer.issuer,
  sub: 'system:serviceaccount:twinward-system:twinward-twins',
  aud: ['twinward'],
  exp: NOW + 3_600,
  nbf: NOW,
};
const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const rs256 = (change: object = {}, header: object = {}, key: KeyObject = rsa.privateKey): string => {
  const text = `${part({ alg: 'RS256', kid: 'rsa', ...header })}.${part({ ...claims, ...change })}`;
  return `${text}.${sign('sha256', Buffer.from(text), key).toString('base64url')}`;
};
const es256 = (): string => {
  const text = `${part({ alg: 'ES256', kid: 'ec' })}.${part(claims)}`;
  const key = { key: ec.privateKey, dsaEncoding: 'ieee-p1363' } as const;
  return `${text}.${sign('sha256', Buffer.from(text), key).toString('base64url')}`;
};
const tampered = (): string => {
  const [head, , signature] = rs256().split('.');
  return [head, part({ ...claims, exp: NOW + 9_999_999 }), signature].join('.');
};

const ACCEPTED = { accepted: true, until: NOW + 3_600 } as const;
const REJECTED = { accepted: false, reason: 'TOKEN_REJECTED' } as const;
const NOT_ALLOWED = { accepted: false, reason: 'CALLER_NOT_ALLOWED' } as const;

const cases: readonly { readonly name: string; readonly given: string; readonly want: object }[] = [
  { name: 'a good token', given: rs256(), want: ACCEPTED },
  { name: 'a good token of an elliptic key', given: es256(), want: ACCEPTED },
  { name: 'one audience as text', given: rs256({ aud: 'twinward' }), want: ACCEPTED },
  { name: 'another audience', given: rs256({ aud: ['https://kubernetes.default.svc'] }), want: REJECTED },
  { name: 'another issuer', given: rs256({ iss: 'https://elsewhere' }), want: REJECTED },
  { name: 'a token at its expiry', given: rs256({ exp: NOW }), want: REJECTED },
  { name: 'a token of the future', given: rs256({ nbf: NOW + 60 }), want: REJECTED },
  { name: 'a token that a clock slightly ahead made', given: rs256({ nbf: NOW + 20 }), want: ACCEPTED },
  { name: 'the signature of another key', given: rs256({}, {}, stranger.privateKey), want: REJECTED },
  { name: 'an unknown key', given: rs256({}, { kid: 'other' }), want: REJECTED },
  { name: 'changed claims', given: tampered(), want: REJECTED },
  { name: 'no algorithm', given: `${part({ alg: 'none', kid: 'rsa' })}.${part(claims)}.`, want: REJECTED },
  { name: 'the algorithm of another kind of key', given: rs256({}, { alg: 'ES256' }), want: REJECTED },
  { name: 'a token without expiry', given: rs256({ exp: undefined }), want: REJECTED },
  { name: 'no token at all', given: 'abc', want: REJECTED },
  {
    name: 'another account',
    given: rs256({ sub: 'system:serviceaccount:clinic:twinward-ingest' }),
    want: NOT_ALLOWED,
  },
  {
    name: 'the account of that name elsewhere',
    given: rs256({ sub: 'system:serviceaccount:clinic:twinward-twins' }),
    want: NOT_ALLOWED,
  },
  { name: 'no service account', given: rs256({ sub: 'system:node:worker-1' }), want: NOT_ALLOWED },
];

describe('a service-account token', () => {
  for (const { name, given, want } of cases) {
    it(`is judged: ${name}`, () => {
      assert.deepEqual(judgeToken(given, issuer, rule, NOW), want);
    });
  }

  it('is judged by keys that can be read, and by those only', () => {
    assert.deepEqual(
      keys.map(({ id, algorithm }) => [id, algorithm]),
      [
        ['rsa', 'RS256'],
        ['ec', 'ES256'],
      ],
    );
    assert.throws(() => parseKeySet('{"keys": 3}'), { code: 'InvalidKeySet' });
  });
});
