// A self-signed serving certificate for 127.0.0.1 and for the service's name, which is its own trust bundle.
import { webcrypto } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import 'reflect-metadata';
import * as x509 from '@peculiar/x509';

/** Files of a certificate. */
export interface CertificateFiles {
  readonly certificate: string;
  readonly privateKey: string;
}

/** Writes tls.crt and tls.key into a folder. */
export async function writeCertificate(folder: string): Promise<CertificateFiles> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
  const keys = (await webcrypto.subtle.generateKey(algorithm, true, [
    'sign',
    'verify',
  ])) as webcrypto.CryptoKeyPair;
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=twins',
    keys,
    notBefore: new Date(Date.now() - 60_000),
    notAfter: new Date(Date.now() + 86_400_000),
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.SubjectAlternativeNameExtension([
        { type: 'ip', value: '127.0.0.1' },
        { type: 'dns', value: 'twinward-twins.twinward-system.svc' },
      ]),
    ],
  });
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64');
  const files = { certificate: join(folder, 'tls.crt'), privateKey: join(folder, 'tls.key') };
  writeFileSync(files.certificate, certificate.toString('pem'));
  writeFileSync(files.privateKey, `-----BEGIN PRIVATE KEY-----\n${pkcs8}\n-----END PRIVATE KEY-----\n`);
  return files;
}
