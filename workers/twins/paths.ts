import { join } from 'node:path';
import { mountedPath } from '#runtime/mounted-path.ts';

/** Where the files of the twin service are mounted. */
export interface Paths {
  readonly serviceUrl: string;
  readonly keyringUrl: string;
  readonly migrateUrl: string;
  readonly kek: string;
  readonly certificate: string;
  readonly privateKey: string;
  readonly apiToken: string;
  readonly apiCertificate: string;
  /** Trust bundle of Shared engines, and the token to show them. */
  readonly trust: string;
  readonly token: string;
}

/** The mounted files by the conventions of docs/architecture.md. */
export function mountedPaths(): Paths {
  const database = mountedPath('/var/run/secrets/twinward-database');
  const tls = mountedPath('/var/run/secrets/twinward-tls');
  const account = mountedPath('/var/run/secrets/kubernetes.io/serviceaccount');
  return {
    serviceUrl: join(database, 'service-url'),
    keyringUrl: join(database, 'keyring-url'),
    migrateUrl: join(database, 'migrate-url'),
    kek: mountedPath('/var/run/secrets/twinward-kek/kek'),
    certificate: join(tls, 'tls.crt'),
    privateKey: join(tls, 'tls.key'),
    apiToken: join(account, 'token'),
    apiCertificate: join(account, 'ca.crt'),
    trust: mountedPath('/var/run/secrets/twinward-ca/ca.crt'),
    token: mountedPath('/var/run/secrets/twinward/token'),
  };
}
