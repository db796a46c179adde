import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Client, type QueryResult } from 'pg';
import { deletePostgres, type Postgres, startPostgres } from '../../../local/postgres/start.ts';
import { findByWorkingDirectory } from '../../../local/processes/identity.ts';

async function query(url: string, sql: string): Promise<QueryResult> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return await client.query(sql);
  } finally {
    await client.end();
  }
}

describe('PostgreSQL of one machine', () => {
  let stateDir: string;
  let postgres: Postgres;
  const start = () => startPostgres({ stateDir, durable: false });

  before(async () => {
    stateDir = mkdtempSync(join(tmpdir(), 'twinward-postgres-'));
    postgres = await start();
  });
  after(async () => {
    await postgres.stop();
    deletePostgres(stateDir);
    rmSync(stateDir, { recursive: true, force: true });
  });

  it('has one login role per duty, none of which passes row-level security', async () => {
    const { rows } = await query(
      postgres.adminUrl,
      `SELECT rolname, rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication AS mighty,
              rolname = pg_get_userbyid((SELECT datdba FROM pg_database WHERE datname = 'twinward')) AS owns
         FROM pg_roles WHERE rolcanlogin AND NOT rolsuper ORDER BY rolname`,
    );
    assert.deepEqual(rows, [
      { rolname: 'twinward_keyring', mighty: false, owns: false },
      { rolname: 'twinward_owner', mighty: false, owns: true },
      { rolname: 'twinward_service', mighty: false, owns: false },
    ]);
  });

  it('lets the service stage in temporary tables, but create nothing that lasts', async () => {
    await query(postgres.serviceUrl, 'CREATE TEMP TABLE staged (n int)');
    await assert.rejects(query(postgres.serviceUrl, 'CREATE TABLE lasting (n int)'), /permission denied/);
    await assert.rejects(query(postgres.serviceUrl, 'CREATE SCHEMA lasting'), /permission denied/);
    await assert.rejects(query(postgres.keyringUrl, 'CREATE TEMP TABLE staged (n int)'), /permission denied/);
  });

  it('stores text as UTF-8 and sorts it by code point', async () => {
    const { rows } = await query(
      postgres.adminUrl,
      `SELECT pg_encoding_to_char(encoding) AS encoding, datcollate FROM pg_database WHERE datname = 'twinward'`,
    );
    assert.deepEqual(rows, [{ encoding: 'UTF8', datcollate: 'C.UTF-8' }]);
  });

  it('listens on loopback and asks for the password', async () => {
    const { rows } = await query(postgres.adminUrl, 'SHOW listen_addresses');
    assert.deepEqual(rows, [{ listen_addresses: '127.0.0.1' }]);
    const wrong = new URL(postgres.serviceUrl);
    wrong.password = 'wrong';
    await assert.rejects(query(wrong.href, 'SELECT 1'), /password authentication failed/);
  });

  it('keeps passwords in files that only their owner may read', () => {
    const folder = join(stateDir, 'passwords');
    const modes = readdirSync(folder).map((file) => statSync(join(folder, file)).mode & 0o777);
    assert.deepEqual(modes, [0o600, 0o600, 0o600, 0o600]);
  });

  it('does not log the values of a statement that fails', async () => {
    await assert.rejects(query(postgres.serviceUrl, `SELECT 'canary-4711'::int`), /invalid input syntax/);
    assert.doesNotMatch(readFileSync(postgres.daemon.logFile, 'utf8'), /canary-4711/);
  });

  it('is adopted by a second start', async () => {
    const second = await start();
    assert.equal(second.daemon.adopted, true);
    assert.equal(second.daemon.identity.pid, postgres.daemon.identity.pid);
    assert.equal(second.serviceUrl, postgres.serviceUrl);
  });

  it('keeps committed data, port and passwords over kill -9', async () => {
    await query(postgres.migrateUrl, 'CREATE SCHEMA kept; CREATE TABLE kept.row AS SELECT 42 AS n');
    process.kill(postgres.daemon.identity.pid, 'SIGKILL');

    const second = await start();

    assert.equal(second.daemon.adopted, false);
    assert.equal(second.migrateUrl, postgres.migrateUrl);
    assert.deepEqual((await query(second.migrateUrl, 'SELECT n FROM kept.row')).rows, [{ n: 42 }]);
    postgres = second;
  });

  it('starts although postmaster.pid names a living process of the same user', async () => {
    await postgres.stop();
    const lock = join(postgres.dataDir, 'postmaster.pid');
    writeFileSync(lock, `${process.pid}\n${postgres.dataDir}\n0\n${postgres.port}\n\n127.0.0.1\n`);

    postgres = await start();

    assert.deepEqual((await query(postgres.migrateUrl, 'SELECT n FROM kept.row')).rows, [{ n: 42 }]);
  });

  it('replaces a server whose pid file was lost', async () => {
    rmSync(join(stateDir, 'postgres.pid.json'));

    postgres = await start();

    assert.equal(findByWorkingDirectory(postgres.dataDir).includes(postgres.daemon.identity.pid), true);
    assert.deepEqual((await query(postgres.migrateUrl, 'SELECT n FROM kept.row')).rows, [{ n: 42 }]);
  });

  it('leaves no process behind when it is stopped', async () => {
    await postgres.stop();
    assert.deepEqual(findByWorkingDirectory(postgres.dataDir), []);
  });
});

describe('PostgreSQL below a folder that its user cannot enter', {
  skip: process.getuid?.() !== 0 && 'only root is affected',
}, () => {
  it('keeps the data elsewhere, finds them again, and removes them', async () => {
    const home = mkdtempSync(join(tmpdir(), 'twinward-closed-'));
    chmodSync(home, 0o700);
    const stateDir = join(home, 'state');
    const postgres = await startPostgres({ stateDir, durable: false });
    try {
      assert.equal(postgres.dataDir.startsWith(home), false);
      assert.equal(statSync(postgres.dataDir).mode & 0o077, 0);
      await query(postgres.migrateUrl, 'CREATE SCHEMA kept');
      await postgres.stop();
      const second = await startPostgres({ stateDir, durable: false });
      assert.equal(second.dataDir, postgres.dataDir);
      await query(second.migrateUrl, 'DROP SCHEMA kept');
    } finally {
      await postgres.stop();
      deletePostgres(stateDir);
      rmSync(home, { recursive: true });
    }
    assert.equal(existsSync(postgres.dataDir), false);
  });
});
