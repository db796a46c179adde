// An authority that is not the operator's, as a hospital or cert-manager has one, and who proves to be what at an address.
import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import { connect } from 'node:tls';
import { BasicConstraintsExtension, X509CertificateGenerator } from '@peculiar/x509';
import { type Authority, issueLeaf } from '../../operator/authority/certificates.ts';
import { leafLife } from '../../operator/authority/decide.ts';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

/** A new authority of this common name. */
export async function foreignAuthority(name: string): Promise<Authority> {
  const keys = await webcrypto.subtle.generateKey(algorithm, false, ['sign', 'verify']);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: `CN=${name}`,
    notBefore: new Date(Date.now() - 60_000),
    notAfter: new Date(Date.now() + 86_400_000),
    signingAlgorithm: algorithm,
    keys,
    extensions: [new BasicConstraintsExtension(true, 0, true)],
  });
  return { certificate, keys };
}

/** Its certificate, PEM. */
export const pemOf = ({ certificate }: Authority): string => `${certificate.toString('pem')}\n`;

/** What a Secret of type kubernetes.io/tls holds for these names, with the authority beside it. */
export async function servingData(
  authority: Authority,
  names: readonly string[],
): Promise<Record<string, string>> {
  const leaf = await issueLeaf(authority, names, new Date(), leafLife);
  return { 'tls.crt': leaf.certificate, 'tls.key': leaf.privateKey, 'ca.crt': pemOf(authority) };
}

/** Whether whoever answers there is who this authority calls `servername`. */
export function isTrusted(
  host: string,
  port: number,
  servername: string,
  authority: Authority,
): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = connect(
      { host, port, servername, ca: pemOf(authority), rejectUnauthorized: false },
      () => {
        socket.destroy();
        resolve(socket.authorized);
      },
    );
    socket.setTimeout(5_000, () => socket.destroy(new Error(`no answer from ${host}:${port}`)));
    socket.on('error', reject);
  });
}
