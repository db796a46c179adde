// The real twin service as a process beside the control plane of a stand: real PostgreSQL, TLS with the certificate
// that the operator issued, tokens by TokenReview.

import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { connect, type ServiceClient } from '#proto/connect.ts';
import type { TwinDataDefinition } from '#proto/gen/twinward/v1/TwinData.ts';
import { deletePostgres, startPostgres, stopPostgres } from '../../../local/postgres/start.ts';
import { eventually, ROOT, type Stand, SYSTEM } from './stand.ts';

const secretType = { group: '', version: 'v1', plural: 'secrets', kind: 'Secret' };

export interface TwinService {
  start(): Promise<void>;
  /** Ends the process; PostgreSQL goes on. */
  stop(signal: NodeJS.Signals): Promise<void>;
  /** Calls of a method that were answered. */
  calls(method: string): Promise<number>;
  /** As an account of a tenant's namespace. */
  data(namespace: string, account: string): Promise<ServiceClient<TwinDataDefinition>>;
  /** Runs SQL as the superuser, past row-level security. */
  sql<R extends pg.QueryResultRow>(text: string, values?: readonly unknown[]): Promise<readonly R[]>;
  log(): string;
  close(): Promise<void>;
}

/** Prepares the service and starts it as soon as the operator has issued its certificate. */
export async function startTwinService(stand: Stand): Promise<TwinService> {
  const mount = join(stand.folder, 'twins');
  const secrets = join(mount, 'var/run/secrets');
  const write = (file: string, content: string): void => writeFileSync(join(secrets, file), content);
  for (const name of ['twinward-database', 'twinward-tls', 'twinward-kek', 'kubernetes.io/serviceaccount'])
    mkdirSync(join(secrets, name), { recursive: true });
  mkdirSync(join(mount, 'dev'), { recursive: true });
  const pgFolder = join(stand.folder, 'pg');
  const postgres = await startPostgres({ stateDir: pgFolder, durable: false });
  write('twinward-database/service-url', postgres.serviceUrl);
  write('twinward-database/keyring-url', postgres.keyringUrl);
  write('twinward-database/migrate-url', postgres.migrateUrl);
  write('twinward-kek/kek', randomBytes(32).toString('base64'));
  write('kubernetes.io/serviceaccount/token', await stand.token(SYSTEM, 'twinward-twins'));
  write('kubernetes.io/serviceaccount/ca.crt', stand.plane.certificateAuthority);
  let output = '';
  const server = new URL(stand.plane.server);
  const run = (...args: readonly string[]) => {
    const child = spawn(process.execPath, ['workers/twins/main.ts', ...args], {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env['PATH'],
        CONTAINER_SANDBOX_MOUNT_POINT: mount,
        POD_IP: stand.twinsHost,
        KUBERNETES_SERVICE_HOST: server.hostname,
        KUBERNETES_SERVICE_PORT: server.port,
        TWINWARD_CLUSTER_ID: 'test',
      },
    });
    const keep = (data: Buffer): void => {
      output += data.toString();
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    return child;
  };
  const [code] = await once(run('migrate'), 'exit');
  if (code !== 0) throw new Error(`the migration failed: ${output}`);
  const database = new pg.Client(postgres.adminUrl);
  database.on('error', () => {});
  await database.connect();
  let child: ReturnType<typeof run> | undefined;
  const service: TwinService = {
    start: async () => {
      await eventually('the serving certificate is there', async () => {
        const secret = await stand.get(secretType, SYSTEM, 'twinward-twins-tls');
        for (const [key, value] of Object.entries(secret?.data ?? {}))
          write(`twinward-tls/${key}`, Buffer.from(value, 'base64').toString());
        return secret !== undefined;
      });
      await stand.mountTrust();
      child = run();
      await eventually(
        'the twin service is ready',
        () =>
          fetch(`http://${stand.twinsHost}:8081/readyz`).then(
            (answer) => answer.ok,
            () => false,
          ),
        40_000,
      );
    },
    stop: async (signal) => {
      if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, 'exit');
      child.kill(signal);
      await exited;
    },
    calls: async (method) => {
      const text = await fetch(`http://${stand.twinsHost}:8081/metrics`).then((answer) => answer.text());
      const line = new RegExp(
        `^twinward_twins_calls_total\\{method="${method}",outcome="ok"\\} (\\d+)$`,
        'm',
      );
      return Number(line.exec(text)?.[1] ?? 0);
    },
    data: async (namespace, account) => {
      const tokenFile = join(stand.folder, `token-${namespace}-${account}`);
      writeFileSync(tokenFile, await stand.token(namespace, account, 'twinward'));
      return connect<TwinDataDefinition>('twinward.v1.TwinData', {
        address: `${stand.twinsHost}:8443`,
        caFile: stand.trustFile,
        serverName: 'twinward-twins.twinward-system.svc',
        tokenFile,
      });
    },
    sql: async (text, values = []) => (await database.query(text, [...values])).rows,
    log: () => output,
    close: async () => {
      await service.stop('SIGKILL');
      await database.end();
      await stopPostgres(pgFolder);
      deletePostgres(pgFolder);
    },
  };
  return service;
}
