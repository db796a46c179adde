import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';

const schema = z.object({
  'current-context': z.string(),
  contexts: z.array(
    z.object({ name: z.string(), context: z.object({ cluster: z.string(), user: z.string() }) }),
  ),
  clusters: z.array(
    z.object({
      name: z.string(),
      cluster: z.object({
        server: z.url(),
        'certificate-authority': z.string().optional(),
        'certificate-authority-data': z.string().optional(),
        'insecure-skip-tls-verify': z.boolean().optional(),
      }),
    }),
  ),
  users: z.array(
    z.object({
      name: z.string(),
      user: z.object({
        token: z.string().optional(),
        tokenFile: z.string().optional(),
        'client-certificate': z.string().optional(),
        'client-certificate-data': z.string().optional(),
        'client-key': z.string().optional(),
        'client-key-data': z.string().optional(),
      }),
    }),
  ),
});

/** How to reach an API server, and as whom. PEM texts. */
export interface Access {
  readonly server: string;
  readonly ca?: string;
  readonly insecure: boolean;
  readonly token?: string;
  readonly certificate?: string;
  readonly key?: string;
}

/**
 * Reads the current context of a kubeconfig file.
 * @throws Error naming the file and the entry that is missing.
 */
export async function readKubeconfig(path: string): Promise<Access> {
  const config = schema.parse(parse(await readFile(path, 'utf8')));
  const context = named(config.contexts, config['current-context'], 'context', path).context;
  const { cluster } = named(config.clusters, context.cluster, 'cluster', path);
  const { user } = named(config.users, context.user, 'user', path);
  const load = (file?: string, data?: string): Promise<string | undefined> => pem(path, file, data);
  const ca = await load(cluster['certificate-authority'], cluster['certificate-authority-data']);
  const certificate = await load(user['client-certificate'], user['client-certificate-data']);
  const key = await load(user['client-key'], user['client-key-data']);
  const token = user.token ?? (await load(user.tokenFile))?.trim();
  return {
    server: cluster.server.replace(/\/$/, ''),
    insecure: cluster['insecure-skip-tls-verify'] ?? false,
    ...(ca === undefined ? {} : { ca }),
    ...(token === undefined ? {} : { token }),
    ...(certificate === undefined ? {} : { certificate }),
    ...(key === undefined ? {} : { key }),
  };
}

function named<Entry extends { readonly name: string }>(
  entries: readonly Entry[],
  name: string,
  kind: string,
  path: string,
): Entry {
  const found = entries.find((entry) => entry.name === name);
  if (found === undefined) throw new Error(`${path} has no ${kind} "${name}": write the kubeconfig anew`);
  return found;
}

async function pem(config: string, file?: string, data?: string): Promise<string | undefined> {
  if (data !== undefined) return Buffer.from(data, 'base64').toString('utf8');
  return file === undefined ? undefined : await readFile(resolve(dirname(config), file), 'utf8');
}
