import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { keptSecret, randomToken, writePrivateFile } from '../private-files.ts';

/** Who may talk to the API server, each by a random token of its own. */
export interface Tokens {
  readonly admin: string;
  readonly controllerManager: string;
  readonly scheduler: string;
  readonly node: string;
}

const RENEWAL_MILLISECONDS = 30 * 24 * 3_600_000;

/** The tokens of a state folder, made the first time, in the form that kube-apiserver reads. */
export function ensureTokens(
  folder: string,
  nodeName: string,
): { readonly file: string; readonly tokens: Tokens } {
  const token = (name: string) => keptSecret(join(folder, 'tokens', name), randomToken);
  const tokens: Tokens = {
    admin: token('admin'),
    controllerManager: token('controller-manager'),
    scheduler: token('scheduler'),
    node: token('node'),
  };
  const file = join(folder, 'tokens.csv');
  const lines = [
    `${tokens.admin},twinward-admin,twinward-admin,"system:masters"`,
    `${tokens.controllerManager},system:kube-controller-manager,system:kube-controller-manager`,
    `${tokens.scheduler},system:kube-scheduler,system:kube-scheduler`,
    `${tokens.node},system:node:${nodeName},system:node:${nodeName},"system:nodes"`,
  ];
  writePrivateFile(file, `${lines.join('\n')}\n`);
  return { file, tokens };
}

/** The private key that signs service-account tokens; made once, so that tokens survive a restart. */
export function ensureServiceAccountKey(folder: string): string {
  const file = join(folder, 'service-account.key');
  keptSecret(file, () =>
    generateKeyPairSync('rsa', { modulusLength: 2048 })
      .privateKey.export({ type: 'pkcs8', format: 'pem' })
      .toString(),
  );
  return file;
}

/** Removes a serving certificate that would soon expire: the API server signs itself a new one. */
export function dropExpiringCertificate(certificateFolder: string, now: Date): void {
  const file = join(certificateFolder, 'apiserver.crt');
  if (existsSync(file)) {
    const { validTo } = new X509Certificate(readFileSync(file));
    if (Date.parse(validTo) - now.getTime() < RENEWAL_MILLISECONDS) {
      rmSync(certificateFolder, { recursive: true });
    }
  }
}

/** Writes a kubeconfig for one identity; the file holds the token and is readable by its owner only. */
export function writeKubeconfig(
  file: string,
  at: { readonly server: string; readonly certificateAuthority: string },
  user: string,
  token: string,
): void {
  const name = 'twinward-local';
  writePrivateFile(
    file,
    stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [
        {
          name,
          cluster: {
            server: at.server,
            'certificate-authority-data': Buffer.from(at.certificateAuthority).toString('base64'),
          },
        },
      ],
      users: [{ name: user, user: { token } }],
      contexts: [{ name, context: { cluster: name, user, namespace: 'default' } }],
      'current-context': name,
    }),
  );
}
