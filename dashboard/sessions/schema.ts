// The dashboard's own schema, brought up to date at start by whichever replica is first.
import type pg from 'pg';
import { CodedError } from '#runtime/errors.ts';

/** Schema of everything that the dashboard keeps. */
export const SCHEMA = 'twinward_dashboard';

const LOCK = 7_390_143;

/** In order; forward only. A replica of the version before has to work with the result. */
const MIGRATIONS: readonly string[] = [
  `CREATE TABLE ${SCHEMA}.session (
     key bytea PRIMARY KEY CHECK (octet_length(key) = 32),
     person text NOT NULL CHECK (length(person) BETWEEN 1 AND 512),
     groups text[] NOT NULL CHECK (cardinality(groups) <= 64),
     began_at timestamptz NOT NULL,
     seen_at timestamptz NOT NULL,
     ends_at timestamptz NOT NULL CHECK (ends_at > began_at)
   );
   CREATE INDEX session_ends_at ON ${SCHEMA}.session (ends_at);
   CREATE INDEX session_person ON ${SCHEMA}.session (person, began_at)`,
];

/**
 * Brings the schema up to date, in one transaction and behind an advisory lock. Answers its version.
 * @throws CodedError SchemaTooNew when a later version of the dashboard was here.
 */
export async function migrateSessions(client: pg.ClientBase): Promise<number> {
  await client.query('BEGIN');
  try {
    await client.query('SELECT pg_advisory_xact_lock($1)', [LOCK]);
    await createSchema(client);
    const version = await migrate(client);
    await client.query('COMMIT');
    return version;
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

/** Only when it is not there: a role that owns the schema needs no right to create one. */
async function createSchema(client: pg.ClientBase): Promise<void> {
  const found = await client.query('SELECT 1 FROM pg_namespace WHERE nspname = $1', [SCHEMA]);
  if (found.rowCount === 0) await client.query(`CREATE SCHEMA ${SCHEMA}`);
  await client.query(`CREATE TABLE IF NOT EXISTS ${SCHEMA}.version (version int PRIMARY KEY)`);
}

async function migrate(client: pg.ClientBase): Promise<number> {
  const { rows } = await client.query<{ version: number }>(
    `SELECT coalesce(max(version), 0) AS version FROM ${SCHEMA}.version`,
  );
  const current = rows[0]?.version ?? 0;
  if (current > MIGRATIONS.length) {
    throw new CodedError(
      'SchemaTooNew',
      `the schema ${SCHEMA} is of a later version: run that version of the dashboard`,
    );
  }
  for (const [index, text] of MIGRATIONS.entries()) {
    if (index < current) continue;
    await client.query(text);
    await client.query(`INSERT INTO ${SCHEMA}.version (version) VALUES ($1)`, [index + 1]);
  }
  return MIGRATIONS.length;
}
