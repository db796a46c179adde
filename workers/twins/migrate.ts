// Migrations: plain SQL files, forward only, run in order under the owner role by one process at a time.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import type { Clock } from '#runtime/clock.ts';
import { sleep } from '#runtime/clock.ts';
import { CodedError } from '#runtime/errors.ts';
import type { Log } from '#runtime/log.ts';

/** The schema that this version of the service needs. A newer one is fine as long as it still serves this one. */
export const neededSchema = 8;

/** A schema as found in a database: its version, and the oldest version whose code still works with it. */
export interface Schema {
  readonly version: number;
  readonly serves: number;
}

/** Whether this code works with a schema: new enough, and nothing that it needs was taken away. */
export function fitsSchema({ version, serves }: Schema, needed: number = neededSchema): boolean {
  return version >= needed && serves <= needed;
}

const folder = fileURLToPath(new URL('./migrations/', import.meta.url));
const schemaTable = `
  CREATE TABLE IF NOT EXISTS public.twinward_schema (version int PRIMARY KEY, at timestamptz NOT NULL DEFAULT now());
  ALTER TABLE public.twinward_schema ADD COLUMN IF NOT EXISTS serves int NOT NULL DEFAULT 1;
  GRANT SELECT ON public.twinward_schema TO twinward_service`;
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
    await client.query(schemaTable);
    const found = await client.query<Schema>(
      'SELECT coalesce(max(version), 0) AS version, coalesce(max(serves), 1) AS serves FROM public.twinward_schema',
    );
    let current: Schema = found.rows[0] ?? { version: 0, serves: 1 };
    for (const migration of migrations().filter((each) => each.version > current.version)) {
      current = await apply(client, migration, current.serves);
      log.info('migration applied', { version: migration.version });
    }
    return current.version;
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

/** Applies one file in a transaction. Its first line may say `-- serves: N`: older code than N breaks on it. */
async function apply(client: pg.Client, migration: Migration, servedBefore: number): Promise<Schema> {
  const text = readFileSync(join(folder, migration.file), 'utf8');
  const serves = Math.max(servedBefore, Number(/^-- serves: (\d+)\n/.exec(text)?.[1] ?? servedBefore));
  await client.query('BEGIN');
  try {
    await client.query(text);
    const values = [migration.version, serves];
    await client.query('INSERT INTO public.twinward_schema (version, serves) VALUES ($1, $2)', values);
    await client.query('COMMIT');
    return { version: migration.version, serves };
  } catch (error) {
    await client.query('ROLLBACK');
    throw new CodedError('MigrationFailed', `migration ${migration.file} failed and was rolled back`, {
      cause: error,
    });
  }
}
