// Sessions in PostgreSQL: a row holds the hash of the cookie's secret, never the secret and no token of the provider.
import { createHash, randomBytes } from 'node:crypto';
import pg from 'pg';
import type { Clock } from '#runtime/clock.ts';
import { CodedError } from '#runtime/errors.ts';
import type { Person, Session, Sessions } from '../ports.ts';
import { migrateSessions, SCHEMA } from './schema.ts';

/** Where sessions are kept, and how long they live. */
export interface SessionOptions {
  readonly url: string;
  readonly connections: number;
  readonly clock: Clock;
  readonly idleMs: number;
  readonly lifetimeMs: number;
  /** Hears the SQLSTATE of a connection that was lost while idle. */
  readonly onLost: (code: string) => void;
}

/** A store that has to be prepared before it is used. */
export interface SessionStore extends Sessions {
  /** Brings the schema up to date. May be repeated. Rejects with CodedError. */
  prepare(): Promise<void>;
  /** Whether the database answers. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

const MOST_PER_PERSON = 20;
const SECRET = /^[\w-]{43}$/;
/** `seen_at` is written so often at most. */
const NOTE_EVERY_MS = 30_000;

const statements = {
  begin: `INSERT INTO ${SCHEMA}.session (key, person, groups, began_at, seen_at, ends_at) VALUES ($1, $2, $3, $4, $4, $5)`,
  crowd: `DELETE FROM ${SCHEMA}.session WHERE person = $1 AND key IN (
     SELECT key FROM ${SCHEMA}.session WHERE person = $1 ORDER BY began_at DESC OFFSET ${MOST_PER_PERSON})`,
  find: `SELECT person, groups, seen_at FROM ${SCHEMA}.session WHERE key = $1 AND ends_at > $2 AND seen_at > $3`,
  note: `UPDATE ${SCHEMA}.session SET seen_at = $2 WHERE key = $1 AND seen_at < $2`,
  end: `DELETE FROM ${SCHEMA}.session WHERE key = $1`,
  sweep: `DELETE FROM ${SCHEMA}.session WHERE key IN (
     SELECT key FROM ${SCHEMA}.session WHERE ends_at <= $1 OR seen_at <= $2 LIMIT 10000)`,
};

interface Row {
  readonly person: string;
  readonly groups: string[];
  readonly seen_at: Date;
}

/** Opens the store. Connects on first use. */
export function openSessions(options: SessionOptions): SessionStore {
  const { clock, idleMs, lifetimeMs } = options;
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.connections,
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 60_000,
    keepAlive: true,
    statement_timeout: 5_000,
    query_timeout: 10_000,
    application_name: 'twinward-dashboard',
  });
  pool.on('error', (error) => options.onLost(sqlState(error)));
  const query = async <R extends pg.QueryResultRow>(
    text: string,
    values: unknown[],
  ): Promise<pg.QueryResult<R>> => {
    try {
      return await pool.query<R>(text, values);
    } catch (error) {
      throw failure(error);
    }
  };
  const ago = (milliseconds: number): Date => new Date(clock.now().getTime() - milliseconds);
  return {
    begin: async ({ user, groups }: Person) => {
      const secret = randomBytes(32).toString('base64url');
      await query(statements.begin, [keyOf(secret), user, groups, clock.now(), ago(-lifetimeMs)]);
      await query(statements.crowd, [user]);
      return secret;
    },
    find: async (secret): Promise<Session | undefined> => {
      if (!SECRET.test(secret)) return undefined;
      const key = keyOf(secret);
      const { rows } = await query<Row>(statements.find, [key, clock.now(), ago(idleMs)]);
      const [row] = rows;
      if (row === undefined) return undefined;
      if (row.seen_at < ago(NOTE_EVERY_MS)) await query(statements.note, [key, clock.now()]);
      return { secret, person: { user: row.person, groups: row.groups } };
    },
    end: async (secret) => void (await query(statements.end, [keyOf(secret)])),
    sweep: async () => (await query(statements.sweep, [clock.now(), ago(idleMs)])).rowCount ?? 0,
    prepare: () => prepare(pool),
    ping: async () => void (await query('SELECT 1', [])),
    close: () => pool.end(),
  };
}

async function prepare(pool: pg.Pool): Promise<void> {
  try {
    const client = await pool.connect();
    try {
      await migrateSessions(client);
    } finally {
      client.release();
    }
  } catch (error) {
    throw failure(error);
  }
}

function keyOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}

/** Without PostgreSQL's message, which repeats values. */
function failure(error: unknown): CodedError {
  if (error instanceof CodedError) return error;
  return new CodedError(
    'DatabaseUnavailable',
    `the database of sessions refused or did not answer (${sqlState(error)})`,
  );
}

function sqlState(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return /^[0-9A-Z]{5}$|^E[A-Z]+$/.test(code) ? code : 'no code';
}
