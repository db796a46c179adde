// Migrations: plain SQL files, forward only, run in order under the owner role by one process at a time.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import type { Clock } from '#runtime/clock.ts';
import { sleep } from '#runtime/clock.ts';
import { CodedError } from '#runtime/errors.ts';
import type { Log } from '#runtime/log.ts';

/** Oldest and newest schema that this version of the service works with. */
export const schemaWindow = { oldest: 5, newest: 5 } as const;

const folder = fileURLToPath(new URL('./migrations/', import.meta.url));
const lockKey = 7_390_142;

/** One migration file. */
export interface Migration {
  readonly version: number;
  readonly file: string;
}

/** The migrations in order. Throws CodedError BadMigration when a number is missing or used twice. */
export function migrations(files: readonly string[] = readdirSync(folder)): readonly Migration[] {
  const found = files
    .filter((file) => /^\d{4}_[a-z_]+\.sql$/.test(file))
    .sort()
    .map((file) => ({ version: Number(file.slice(0, 4)), file }));
  found.forEach((migration, index) => {
    if (migration.version !== index + 1) {
      throw new CodedError(
        'BadMigration',
        `migration ${index + 1} is missing or doubled: number the files without gaps`,
      );
    }
  });
  return found;
}

/** Brings the database to the newest schema; waits by polling while another process migrates. Returns the version. */
export async function migrate(url: string, log: Log, clock: Clock): Promise<number> {
  const client = new pg.Client({ connectionString: url, options: '-c timezone=UTC' });
  await client.connect();
  try {
    await lock(client, log, clock);
    await client.query(
      'CREATE TABLE IF NOT EXISTS public.twinward_schema (version int PRIMARY KEY, at timestamptz NOT NULL DEFAULT now())',
    );
    await client.query('GRANT SELECT ON public.twinward_schema TO twinward_service');
    const done = await client.query<{ version: number }>(
      'SELECT coalesce(max(version), 0) AS version FROM public.twinward_schema',
    );
    const current = done.rows[0]?.version ?? 0;
    for (const migration of migrations().filter((each) => each.version > current)) {
      await apply(client, migration);
      log.info('migration applied', { version: migration.version });
    }
    return Math.max(current, schemaWindow.newest);
  } finally {
    await client.end();
  }
}

async function lock(client: pg.Client, log: Log, clock: Clock): Promise<void> {
  for (;;) {
    const tried = await client.query<{ locked: boolean }>('SELECT pg_try_advisory_lock($1) AS locked', [
      lockKey,
    ]);
    if (tried.rows[0]?.locked === true) return;
    log.info('another process migrates; waiting');
    await sleep(clock, 1_000);
  }
}

async function apply(client: pg.Client, migration: Migration): Promise<void> {
  await client.query('BEGIN');
  try {
    await client.query(readFileSync(join(folder, migration.file), 'utf8'));
    await client.query('INSERT INTO public.twinward_schema (version) VALUES ($1)', [migration.version]);
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK');
    throw new CodedError('MigrationFailed', `migration ${migration.file} failed and was rolled back`, {
      cause: error,
    });
  }
}
