// Makes certificates: an authority that lives in memory, and leaves that it signs. ECDSA P-256.
import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';
import type { Duration } from '#runtime/duration.ts';
import { CodedError } from '#runtime/errors.ts';

/** Common names of authorities begin so. */
const ownName = 'CN=twinward ';
const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
/** Clocks of nodes differ: a certificate is valid a little before it was made. */
const clockSkewMs = 300_000;

/** An authority. The private key cannot be exported. */
export interface Authority {
  readonly certificate: X509Certificate;
  readonly keys: webcrypto.CryptoKeyPair;
}

/** A serving certificate with its key, PEM. */
export interface Leaf {
  readonly certificate: string;
  readonly privateKey: string;
  readonly notAfter: Date;
}

/** A new authority that is valid for `life`. */
export async function createAuthority(now: Date, life: Duration): Promise<Authority> {
  const keys = await webcrypto.subtle.generateKey(algorithm, false, ['sign', 'verify']);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: `${ownName}${now.toISOString().slice(0, 19)}Z`,
    notBefore: new Date(now.getTime() - clockSkewMs),
    notAfter: new Date(now.getTime() + life),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
    ],
  });
  return { certificate, keys };
}

/** A serving certificate for DNS names. */
export async function issueLeaf(
  authority: Authority,
  names: readonly string[],
  now: Date,
  life: Duration,
): Promise<Leaf> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const notAfter = new Date(now.getTime() + life);
  const certificate = await X509CertificateGenerator.create({
    subject: `CN=${names[0] ?? 'twinward'}`,
    issuer: authority.certificate.subject,
    notBefore: new Date(now.getTime() - clockSkewMs),
    notAfter,
    signingAlgorithm: algorithm,
    publicKey: keys.publicKey,
    signingKey: authority.keys.privateKey,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      new SubjectAlternativeNameExtension(names.map((value) => ({ type: 'dns', value }))),
    ],
  });
  const key = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  return {
    certificate: certificate.toString('pem'),
    privateKey: PemConverter.encode(key, 'PRIVATE KEY'),
    notAfter,
  };
}

/** The bundle with `added` in front, without certificates that have run out, at most `most` of them. */
export function extendBundle(bundle: string, added: X509Certificate, now: Date, most: number): string {
  const known = PemConverter.decode(bundle).map((raw) => new X509Certificate(raw));
  const valid = known.filter((certificate) => certificate.notAfter > now);
  return [added, ...valid]
    .slice(0, most)
    .map((certificate) => certificate.toString('pem'))
    .join('\n')
    .concat('\n');
}

/** All certificates of `foreign`, then those in `bundle` of authorities of ours that have not run out, at most `most`. */
export function joinBundles(foreign: string, bundle: string, now: Date, most: number): string {
  const own = PemConverter.decode(bundle)
    .map((raw) => new X509Certificate(raw))
    .filter((certificate) => certificate.subject.startsWith(ownName) && certificate.notAfter > now);
  return foreign.concat(...own.slice(0, most).map((certificate) => `${certificate.toString('pem')}\n`));
}

/**
 * The certificates in a PEM text, and nothing else of it. Throws CodedError InvalidTrustBundle when there is none, or
 * when there is a private key, which no bundle may hold.
 */
export function certificatesIn(text: string): string {
  if (text.includes('PRIVATE KEY')) {
    throw new CodedError('InvalidTrustBundle', 'ca.crt holds a private key: put only certificates there');
  }
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  try {
    const parsed = blocks.map((block) => `${new X509Certificate(block).toString('pem')}\n`);
    if (parsed.length > 0) return parsed.join('');
  } catch (cause) {
    throw new CodedError(
      'InvalidTrustBundle',
      'ca.crt holds a certificate that cannot be read: write it anew',
      {
        cause,
      },
    );
  }
  throw new CodedError('InvalidTrustBundle', 'ca.crt holds no certificate: put those to trust there, PEM');
}
