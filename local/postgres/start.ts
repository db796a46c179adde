import { mkdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Client } from 'pg';
import { keptSecret, privateFolder } from '../private-files.ts';
import { type Daemon, type DaemonSpec, ensureDaemon, livingDaemon, stopDaemon } from '../processes/daemon.ts';
import type { ProcessIdentity } from '../processes/identity.ts';
import { keptPorts } from '../processes/ports.ts';
import { startReady } from '../processes/wait.ts';
import { type Progress, silentProgress } from '../progress.ts';
import { type Account, databaseAccount, databaseFolder } from './account.ts';
import { clearRemains, createCluster, SUPERUSER } from './cluster.ts';
import { type PostgresPrograms, postgresPrograms } from './programs.ts';
import { DATABASE, ensureRoles } from './roles.ts';

export interface PostgresOptions {
  /** Folder for passwords, port, pid file and log; the data too, where the database's user may enter it. */
  readonly stateDir: string;
  /** False: commits do not wait for the disk. For tests only. Default true. */
  readonly durable?: boolean;
  readonly progress?: Progress;
}

/** A running PostgreSQL on 127.0.0.1. Each URL holds its role's password: treat it as a secret. */
export interface Postgres {
  /** Role twinward_service: no BYPASSRLS, owns nothing. */
  readonly serviceUrl: string;
  /** Role twinward_keyring. */
  readonly keyringUrl: string;
  /** Role twinward_owner, which owns the database. */
  readonly migrateUrl: string;
  /** The superuser, in the database twinward. */
  readonly adminUrl: string;
  readonly port: number;
  readonly daemon: Daemon;
  readonly dataDir: string;
  /** Ends the server; the data stay. */
  stop(): Promise<void>;
}

const PID_FILE = 'postgres.pid.json';

/**
 * Adopts or starts the PostgreSQL of a state folder; works after kill -9.
 * @throws LocalFailure with the end of the server's log when it does not start.
 */
export async function startPostgres(options: PostgresOptions): Promise<Postgres> {
  const progress = options.progress ?? silentProgress;
  return progress.step('PostgreSQL', async (detail) => {
    const stateDir = resolve(options.stateDir);
    mkdirSync(stateDir, { recursive: true });
    const account = databaseAccount();
    // Root's folders are opened for passing through, not for reading: the account needs a way to its data.
    privateFolder(stateDir, account === undefined ? 0o700 : 0o711);
    const folder = databaseFolder(account, stateDir, progress);
    const programs = postgresPrograms(account);
    const pidFile = join(stateDir, PID_FILE);
    const secret = (name: string) => keptSecret(join(stateDir, 'passwords', name));

    detail('creating the data directory');
    const dataDir = createCluster(programs, folder, secret(SUPERUSER), account);
    const isAdoptable = () => livingDaemon(pidFile) !== undefined;
    if (!isAdoptable()) {
      await clearRemains(dataDir);
    }
    const { postgres: port } = await keptPorts(join(stateDir, 'ports.json'), ['postgres'], isAdoptable);
    const url = (role: string, database = DATABASE) =>
      `postgresql://${role}:${secret(role)}@127.0.0.1:${port}/${database}`;
    detail('starting the server');
    const spec = daemonSpec({ programs, stateDir, dataDir, port, account, durable: options.durable ?? true });
    const daemon = await startReady(
      async () => {
        if (!isAdoptable()) {
          await clearRemains(dataDir);
        }
        return ensureDaemon(spec);
      },
      () => connectOnce(url(SUPERUSER, 'postgres')),
    );
    await ensureRoles(url(SUPERUSER, 'postgres'), {
      twinward_owner: secret('twinward_owner'),
      twinward_service: secret('twinward_service'),
      twinward_keyring: secret('twinward_keyring'),
    });
    return {
      serviceUrl: url('twinward_service'),
      keyringUrl: url('twinward_keyring'),
      migrateUrl: url('twinward_owner'),
      adminUrl: url(SUPERUSER),
      port,
      daemon,
      dataDir,
      stop: () => stopPostgres(stateDir),
    };
  });
}

/** The server of a state folder while it lives. */
export function postgresDaemon(stateDir: string): ProcessIdentity | undefined {
  return livingDaemon(join(resolve(stateDir), PID_FILE));
}

/** Ends the server of a state folder, if it runs; open sessions are closed, committed data stay. */
export async function stopPostgres(stateDir: string): Promise<void> {
  await stopDaemon(join(resolve(stateDir), PID_FILE), 'SIGINT');
}

/** Removes the data of a state folder, wherever they are kept. The server must be stopped. */
export function deletePostgres(stateDir: string): void {
  const folder = resolve(stateDir);
  const place = databaseFolder(databaseAccount(), folder, silentProgress);
  rmSync(place === folder ? join(folder, 'data') : place, { recursive: true, force: true });
  rmSync(join(folder, 'database-folder'), { force: true });
}

interface Placement {
  readonly programs: PostgresPrograms;
  readonly stateDir: string;
  readonly dataDir: string;
  readonly port: number;
  readonly account: Account | undefined;
  readonly durable: boolean;
}

function daemonSpec(at: Placement): DaemonSpec {
  const settings: Readonly<Record<string, string>> = {
    listen_addresses: '127.0.0.1',
    port: String(at.port),
    unix_socket_directories: '',
    max_connections: '200',
    password_encryption: 'scram-sha-256',
    timezone: 'UTC',
    log_timezone: 'UTC',
    // A statement that fails may hold a patient's values: only what concerns the server is logged.
    log_min_messages: 'log',
    log_min_error_statement: 'panic',
    log_error_verbosity: 'terse',
    // Commits are still written to the kernel, so that they outlive kill -9 of the server.
    ...(at.durable ? {} : { fsync: 'off', full_page_writes: 'off' }),
  };
  return {
    name: 'postgres',
    command: at.programs.postgres,
    args: [
      '-D',
      at.dataDir,
      ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ],
    cwd: '/',
    pidFile: join(at.stateDir, PID_FILE),
    logFile: join(at.stateDir, 'logs/postgres.log'),
    ...(at.account === undefined ? {} : { owner: { uid: at.account.uid, gid: at.account.gid } }),
  };
}

async function connectOnce(url: string): Promise<void> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('SELECT 1');
  } finally {
    await client.end();
  }
}
