import { webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

/** A key and a certificate that it signed itself, PEM. */
export interface SelfSigned {
  readonly key: string;
  readonly certificate: string;
}

const ONE_YEAR = 365 * 24 * 3_600_000;

/** A self-signed serving certificate for 127.0.0.1; the API server takes it as a node's. */
export async function selfSigned(name: string, now: number): Promise<SelfSigned> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  x509.cryptoProvider.set(webcrypto as unknown as Parameters<typeof x509.cryptoProvider.set>[0]);
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: `CN=${name}`,
    notBefore: new Date(now - 60_000),
    notAfter: new Date(now + ONE_YEAR),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new x509.SubjectAlternativeNameExtension([
        { type: 'ip', value: '127.0.0.1' },
        { type: 'dns', value: 'localhost' },
      ]),
    ],
  });
  const key = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64');
  const body = key.match(/.{1,64}/g)?.join('\n') ?? '';
  return {
    key: `-----BEGIN PRIVATE KEY-----\n${body}\n-----END PRIVATE KEY-----\n`,
    certificate: certificate.toString('pem'),
  };
}
