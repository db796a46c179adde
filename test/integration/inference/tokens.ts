// An issuer of service-account tokens as a cluster has one, with the folder that the operator's ConfigMap becomes.
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const ISSUER = 'https://kubernetes.default.svc';

export interface Issuer {
  /** A token of an account (`namespace/name`) for an hour, or as `change` says. */
  token(account: string, change?: object): string;
  /** The public keys as a JSON Web Key Set. */
  readonly keySet: string;
}

/** A new issuer with a key of its own. */
export function anIssuer(kid: string): Issuer {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return {
    keySet: JSON.stringify({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid }] }),
    token: (account, change = {}) => signed(privateKey, kid, account, change),
  };
}

function signed(key: KeyObject, kid: string, account: string, change: object): string {
  const now = Math.floor(Date.now() / 1_000);
  const claims = {
    ...{ iss: ISSUER, sub: `system:serviceaccount:${account.replace('/', ':')}`, aud: ['twinward'] },
    ...{ nbf: now, exp: now + 3_600, ...change },
  };
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const text = `${part({ alg: 'RS256', kid })}.${part(claims)}`;
  return `${text}.${sign('sha256', Buffer.from(text), key).toString('base64url')}`;
}

/** Writes what the ConfigMap of an issuer holds below a mount point. */
export function mountIssuer(mounts: string, keySet: string): void {
  const folder = join(mounts, 'var/run/secrets/twinward-callers');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'issuer'), ISSUER);
  writeFileSync(join(folder, 'jwks.json'), keySet);
}
