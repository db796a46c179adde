// The roles that an administrator makes once, on a real PostgreSQL: as somebody who is no superuser, as on Cloud SQL.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import pg from 'pg';
import { deletePostgres, type Postgres, startPostgres } from '../../local/postgres/start.ts';
import { systemClock } from '../../operator/runtime/clock.ts';
import { createLog } from '../../operator/runtime/log.ts';
import { connectionStrings } from '../../pulumi/components/chart-values.ts';
import { rolesSql } from '../../pulumi/components/roles.ts';
import { migrate, neededSchema } from '../../workers/twins/migrate.ts';

const users = {
  twins: 'twinward-prod-twins@hospital-twinward-prod.iam',
  keyring: 'twinward-prod-keyring@hospital-twinward-prod.iam',
  migrate: 'twinward-prod-migrate@hospital-twinward-prod.iam',
};
const PASSWORD = 'stands-for-a-token';

async function query(url: string, sql: string): Promise<readonly unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows ?? [];
  } finally {
    await client.end();
  }
}

/** The connection string of a stack, with the proxy's part played: its token, and where the server is. */
function throughProxy(key: string, port: number): string {
  const url = new URL(connectionStrings(users)[key] ?? '');
  url.password = PASSWORD;
  url.port = String(port);
  return url.href;
}

describe('roles of the database', () => {
  const stateDir = mkdtempSync(join(tmpdir(), 'twinward-roles-'));
  let postgres: Postgres;
  let service: string;
  let keyring: string;

  before(async () => {
    postgres = await startPostgres({ stateDir, durable: false });
    service = throughProxy('service-url', postgres.port);
    keyring = throughProxy('keyring-url', postgres.port);
    const server = new URL(postgres.adminUrl);
    server.pathname = '/postgres';
    await query(server.href, 'DROP DATABASE twinward');
    await query(server.href, 'DROP ROLE twinward_owner, twinward_service, twinward_keyring');
    // What Cloud SQL has when the data stack is up: an administrator, a database of its own role, users without rights.
    await query(server.href, 'CREATE ROLE cloudsqlsuperuser CREATEROLE CREATEDB');
    await query(server.href, `CREATE ROLE administrator LOGIN CREATEROLE CREATEDB PASSWORD '${PASSWORD}'`);
    await query(server.href, 'GRANT cloudsqlsuperuser TO administrator');
    await query(server.href, 'CREATE DATABASE twinward OWNER cloudsqlsuperuser');
    for (const user of Object.values(users)) {
      await query(server.href, `CREATE ROLE "${user}" LOGIN PASSWORD '${PASSWORD}'`);
    }
    const administrator = `postgresql://administrator:${PASSWORD}@127.0.0.1:${postgres.port}/twinward`;
    await query(administrator, rolesSql(users));
    await query(administrator, rolesSql(users));
  });
  after(async () => {
    await postgres.stop();
    deletePostgres(stateDir);
    rmSync(stateDir, { recursive: true, force: true });
  });

  test('let migrations run, and what they make belongs to the owner', async () => {
    const log = createLog({ name: 'migrate', level: 'silent' });
    const version = await migrate(throughProxy('migrate-url', postgres.port), log, systemClock());
    assert.equal(version, neededSchema);
    const owners = await query(
      postgres.adminUrl,
      `SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname IN ('tw', 'vault', 'keyring', 'audit', 'public')`,
    );
    assert.deepEqual(owners, [{ tableowner: 'twinward_owner' }]);
  });

  test('let the service read its schema and make nothing that lasts', async () => {
    assert.equal((await query(service, 'SELECT * FROM tw.store')).length, 1);
    await query(service, 'CREATE TEMP TABLE staged (n int)');
    await assert.rejects(query(service, 'CREATE TABLE public.lasting (n int)'), /permission denied/);
    await assert.rejects(query(service, 'DROP TABLE tw.tenant'), /must be owner/);
  });

  test('keep keys from the service and records from the keyring', async () => {
    // It may read its table, but says no tenant: row-level security holds for it, too.
    await assert.rejects(query(keyring, 'SELECT count(*) FROM keyring.dek'), /parameter "tw\.tenant"/);
    await assert.rejects(query(service, 'SELECT * FROM keyring.dek'), /permission denied/);
    await assert.rejects(query(keyring, 'SELECT * FROM tw.store'), /permission denied/);
    await assert.rejects(query(service, 'SET ROLE twinward_owner'), /permission denied/);
  });
});
