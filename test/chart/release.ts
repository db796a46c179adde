// A cluster on one machine that has what a platform team prepares (namespace, database, key), and helm to install into it.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { resolveBinaries } from '../../local/binaries/resolve.ts';
import { type ControlPlane, startControlPlane } from '../../local/control-plane/start.ts';
import { type Cluster, clusterOf } from '../../local/demo/cluster.ts';
import { remove } from '../../local/demo/down.ts';
import { type Layout, layoutOf } from '../../local/demo/layout.ts';
import { startNode } from '../../local/demo/node.ts';
import { startPostgres } from '../../local/postgres/start.ts';
import { privateFolder } from '../../local/private-files.ts';
import { lineProgress, type Progress, silentProgress } from '../../local/progress.ts';
import { type Json, type Ran, run } from '../e2e/stack.ts';
import { type Helm, helmOf, SYSTEM } from './helm.ts';

/** A request of one of our accounts, as the audit log has it. */
export interface Audited {
  readonly verb: string;
  readonly requestURI: string;
  readonly user: { readonly username: string };
  readonly responseStatus?: { readonly code: number };
}

export interface Release {
  readonly layout: Layout;
  readonly plane: ControlPlane;
  readonly cluster: Cluster;
  readonly progress: Progress;
  readonly helm: Helm;
  kubectl(args: readonly string[], input?: string): Promise<string>;
  tryKubectl(args: readonly string[], input?: string): Promise<Ran>;
  /** `kubectl get … -o json`. */
  get(...args: readonly string[]): Promise<Json>;
  /** One query as superuser of the database. */
  sql(text: string): Promise<readonly Json[]>;
  /** Connection strings of the database, by the names of their keys in the Secret. */
  readonly urls: Readonly<Record<'service-url' | 'keyring-url' | 'migrate-url', string>>;
  /** What accounts of pods asked the API server for. */
  audit(): readonly Audited[];
  stop(): Promise<void>;
}

const auditPolicy = `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- {level: Metadata, userGroups: ["system:serviceaccounts:${SYSTEM}", "system:serviceaccounts:default"]}
- {level: None}
`;

/** A namespace in which every pod must fit the restricted profile. */
export const restricted = (name: string): Json => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: {
    name,
    labels: {
      'pod-security.kubernetes.io/enforce': 'restricted',
      'pod-security.kubernetes.io/warn': 'restricted',
    },
  },
});

/**
 * Starts the cluster. Both namespaces, ours and the tenant's, enforce the restricted profile. Without `prepared` ours and
 * its Secrets are left to the test.
 */
export async function startCluster(name: string, prepared = true): Promise<Release> {
  const progress = process.env['TWINWARD_TEST_VERBOSE']
    ? lineProgress((line) => console.log(line))
    : silentProgress;
  const layout = layoutOf(mkdtempSync(join(tmpdir(), `twinward-chart-${name}-`)));
  privateFolder(layout.stateDir, 0o711);
  const binaries = await resolveBinaries(progress);
  const [plane, postgres, helm] = await Promise.all([
    startControlPlane({ stateDir: layout.controlPlane, binaries, progress, durable: false, auditPolicy }),
    startPostgres({ stateDir: layout.postgres, progress, durable: false }),
    helmOf('helm', layout.stateDir, join(layout.controlPlane, 'kubeconfig')),
  ]);
  const cluster = clusterOf(plane);
  await startNode(layout, plane, cluster, progress);
  const tryKubectl = (args: readonly string[], input?: string): Promise<Ran> =>
    run(plane.binaries.kubectl, args, {
      env: { KUBECONFIG: plane.kubeconfig },
      ...(input === undefined ? {} : { input }),
    });
  const kubectl = async (args: readonly string[], input?: string): Promise<string> => {
    const ran = await tryKubectl(args, input);
    assert.equal(ran.code, 0, `kubectl ${args.join(' ')}\n${ran.err}`);
    return ran.out;
  };
  const secret = (secretName: string, stringData: Readonly<Record<string, string>>): Json => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: secretName, namespace: SYSTEM },
    stringData,
  });
  const urls = {
    'service-url': postgres.serviceUrl,
    'keyring-url': postgres.keyringUrl,
    'migrate-url': postgres.migrateUrl,
  };
  const ours = [
    restricted(SYSTEM),
    secret('twinward-database', urls),
    secret('twinward-kek', { kek: randomBytes(32).toString('base64') }),
  ];
  const items = [restricted('default'), ...(prepared ? ours : [])];
  await kubectl(
    ['apply', '--server-side', '-f', '-'],
    JSON.stringify({ apiVersion: 'v1', kind: 'List', items }),
  );
  return {
    ...{ layout, plane, cluster, progress, helm, kubectl, tryKubectl, urls },
    get: async (...args) => JSON.parse(await kubectl(['get', ...args, '-o', 'json'])),
    sql: async (text) => {
      const client = new pg.Client({ connectionString: postgres.adminUrl });
      await client.connect();
      try {
        return (await client.query(text)).rows;
      } finally {
        await client.end();
      }
    },
    audit: () => readAudit(plane.auditLog),
    stop: async () => {
      await remove(layout, silentProgress);
    },
  };
}

function readAudit(file: string): readonly Audited[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);
  return lines.map((line): Audited => JSON.parse(line));
}
