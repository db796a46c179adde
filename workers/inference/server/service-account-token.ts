// Who calls, judged without asking anybody: the signature, audience, issuer and expiry of a projected service-account
// token, against the public keys of the cluster's issuer. Pure but for the cryptography.
import { createPublicKey, type JsonWebKey, type KeyObject, verify } from 'node:crypto';
import { z } from 'zod';
import { CodedError } from '#runtime/errors.ts';

/** A public key of the issuer. The algorithm is the key's, never what a token says of itself. */
export interface SigningKey {
  readonly id: string;
  readonly algorithm: Algorithm;
  readonly key: KeyObject;
}

/** Who signs service-account tokens in this cluster. */
export interface TrustedIssuer {
  readonly issuer: string;
  readonly keys: readonly SigningKey[];
}

/** Whose tokens are accepted. */
export interface CallerRule {
  readonly audience: string;
  /** Accounts as `namespace/name`. */
  readonly accounts: ReadonlySet<string>;
}

/** What a token is worth; `until` is its expiry in seconds since 1970. */
export type Judgement =
  | { readonly accepted: true; readonly until: number }
  | { readonly accepted: false; readonly reason: 'TOKEN_REJECTED' | 'CALLER_NOT_ALLOWED' };

type Algorithm = 'RS256' | 'ES256' | 'ES384' | 'ES512';

const ALGORITHMS: Readonly<Record<string, Algorithm>> = {
  'RSA/': 'RS256',
  'EC/P-256': 'ES256',
  'EC/P-384': 'ES384',
  'EC/P-521': 'ES512',
};
const HASHES = { RS256: 'sha256', ES256: 'sha256', ES384: 'sha384', ES512: 'sha512' } as const;
const CLOCK_SKEW_SECONDS = 30;
const LONGEST_TOKEN = 16_384;

const keySet = z.object({
  keys: z.array(z.looseObject({ kid: z.string(), kty: z.string(), crv: z.string().optional() })),
});
const headerSchema = z.object({ alg: z.string(), kid: z.string() });
const claimsSchema = z.object({
  iss: z.string(),
  sub: z.string(),
  aud: z.union([z.string().transform((one) => [one]), z.array(z.string())]),
  exp: z.number(),
  nbf: z.number().default(0),
});

/** Reads a JSON Web Key Set; keys of other kinds are passed over. Throws CodedError InvalidKeySet when it is none. */
export function parseKeySet(text: string): readonly SigningKey[] {
  const parsed = keySet.safeParse(jsonOf(text));
  if (!parsed.success) {
    throw new CodedError('InvalidKeySet', 'jwks.json is no JSON Web Key Set; look at the ConfigMap it is of');
  }
  return parsed.data.keys.flatMap((jwk) => {
    const algorithm = ALGORITHMS[`${jwk.kty}/${jwk.crv ?? ''}`];
    if (algorithm === undefined) return [];
    const key = createPublicKey({ key: jwk as JsonWebKey, format: 'jwk' });
    return [{ id: jwk.kid, algorithm, key }];
  });
}

/** Judges a token at `now` (seconds since 1970). Never throws, whatever the token is. */
export function judgeToken(token: string, issuer: TrustedIssuer, rule: CallerRule, now: number): Judgement {
  const rejected = { accepted: false, reason: 'TOKEN_REJECTED' } as const;
  const claims = verifiedClaims(token, issuer.keys);
  if (claims === undefined) return rejected;
  const isCurrent = claims.exp > now && claims.nbf <= now + CLOCK_SKEW_SECONDS;
  if (!isCurrent || claims.iss !== issuer.issuer || !claims.aud.includes(rule.audience)) return rejected;
  const account = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(claims.sub);
  if (account === null || !rule.accounts.has(`${account[1]}/${account[2]}`)) {
    return { accepted: false, reason: 'CALLER_NOT_ALLOWED' };
  }
  return { accepted: true, until: claims.exp };
}

/** Claims of a token whose signature is good. */
function verifiedClaims(
  token: string,
  keys: readonly SigningKey[],
): z.output<typeof claimsSchema> | undefined {
  const [head, body, signature, ...rest] = token.split('.');
  if (token.length > LONGEST_TOKEN || !head || !body || !signature || rest.length > 0) return undefined;
  const header = headerSchema.safeParse(jsonOf(decoded(head)));
  if (!header.success) return undefined;
  const { alg, kid } = header.data;
  const signer = keys.find(({ id, algorithm }) => id === kid && algorithm === alg);
  if (signer === undefined || !isSigned(`${head}.${body}`, signature, signer)) return undefined;
  return claimsSchema.safeParse(jsonOf(decoded(body))).data;
}

function isSigned(text: string, signature: string, { algorithm, key }: SigningKey): boolean {
  const encoding = algorithm === 'RS256' ? {} : { dsaEncoding: 'ieee-p1363' as const };
  try {
    return verify(
      HASHES[algorithm],
      Buffer.from(text),
      { key, ...encoding },
      Buffer.from(signature, 'base64url'),
    );
  } catch {
    return false;
  }
}

function decoded(part: string): string {
  return Buffer.from(part, 'base64url').toString('utf8');
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
