// The only code that talks to PostgreSQL. Every statement is named and declared in a file of this folder; a tenant
// statement runs inside a transaction that has set its tenant, and row-level security does the rest.
import pg from 'pg';
import { CodedError } from '#runtime/errors.ts';

/** One SQL statement. `tenant`: only inside a transaction of one tenant; `system`: sees no tenant's rows. */
export interface Statement {
  readonly name: string;
  readonly text: string;
  readonly scope: 'tenant' | 'system';
}

/** Declares a statement that reads or writes rows of the current tenant. */
export function tenantStatement(name: string, text: string): Statement {
  return { name, text, scope: 'tenant' };
}

/** Declares a statement that needs no tenant: registries, and functions that answer ids and keys only. */
export function systemStatement(name: string, text: string): Statement {
  return { name, text, scope: 'system' };
}

/** A database error without the values that PostgreSQL puts into its detail. `code` is the SQLSTATE or a reason. */
export class StoreError extends CodedError {
  readonly statement: string;

  constructor(code: string, statement: string) {
    super(code, `the statement ${statement} failed with ${code}`);
    this.statement = statement;
  }

  /** Whether the whole transaction may be tried again at once. */
  get retryable(): boolean {
    return ['40001', '40P01', '23505', '55P03'].includes(this.code);
  }

  /** Whether the database could not be reached. */
  get unavailable(): boolean {
    return this.code === 'DATABASE_UNAVAILABLE';
  }
}

/** A transaction. */
export interface Session {
  query<R extends object>(statement: Statement, values?: readonly unknown[]): Promise<readonly R[]>;
}

/** How a transaction is isolated; default `READ COMMITTED`. */
export type Isolation = 'READ COMMITTED' | 'REPEATABLE READ';

/** Connections of one role. */
export interface Database {
  /** Runs `work` in a transaction of a tenant. Rolls back when it rejects; retries it when the database asks for it. */
  inTenant<T>(tenantId: number, work: (session: Session) => Promise<T>, isolation?: Isolation): Promise<T>;
  /** Runs `work` in a transaction without a tenant: every tenant table raises. */
  inSystem<T>(work: (session: Session) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

const INT8 = 20;
const INT8_ARRAY = 1016;
const DATE = 1082;

/** int8 as number (identities stay below 2^53), dates as text, numeric as text. */
function typeParsers(): pg.CustomTypesConfig {
  const parser = (oid: number, format?: 'text' | 'binary'): unknown => {
    if (oid === INT8) return Number;
    if (oid === DATE) return (text: string): string => text;
    if (oid === INT8_ARRAY)
      return (text: string): number[] => (text === '{}' ? [] : text.slice(1, -1).split(',').map(Number));
    return pg.types.getTypeParser(oid, format ?? 'text');
  };
  return { getTypeParser: parser as typeof pg.types.getTypeParser };
}

/** Opens a pool. Connects on first use. `onError` hears of connections lost while idle. */
export function openDatabase(options: {
  readonly url: string;
  readonly size: number;
  readonly onError: (code: string) => void;
}): Database {
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.size,
    connectionTimeoutMillis: 10_000,
    idleTimeoutMillis: 60_000,
    keepAlive: true,
    statement_timeout: 60_000,
    idle_in_transaction_session_timeout: 60_000,
    options: '-c timezone=UTC -c client_min_messages=warning',
    types: typeParsers(),
  });
  pool.on('error', (error) => options.onError(sqlState(error)));
  const run = <T>(
    tenantId: number | undefined,
    work: (session: Session) => Promise<T>,
    isolation: Isolation,
  ): Promise<T> => retried(() => transaction(pool, tenantId, work, isolation));
  return {
    inTenant: (tenantId, work, isolation = 'READ COMMITTED') => run(tenantId, work, isolation),
    inSystem: (work) => run(undefined, work, 'READ COMMITTED'),
    close: () => pool.end(),
  };
}

const attempts = 5;

async function retried<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof StoreError) || !error.retryable || attempt === attempts) throw error;
    }
  }
}

async function transaction<T>(
  pool: pg.Pool,
  tenantId: number | undefined,
  work: (session: Session) => Promise<T>,
  isolation: Isolation,
): Promise<T> {
  const client = await pool.connect().catch((error: unknown) => {
    throw stripped(error, 'connect');
  });
  let broken = false;
  const noteLoss = (): void => {
    broken = true;
  };
  client.on('error', noteLoss);
  try {
    await plain(client, `BEGIN ISOLATION LEVEL ${isolation}`);
    if (tenantId !== undefined) await plain(client, `SET LOCAL tw.tenant = ${Math.trunc(tenantId)}`);
    const result = await work(sessionOf(client));
    await plain(client, 'COMMIT');
    return result;
  } catch (error) {
    await client.query('ROLLBACK').catch(noteLoss);
    throw error;
  } finally {
    client.off('error', noteLoss);
    client.release(broken);
  }
}

async function plain(client: pg.PoolClient, text: string): Promise<void> {
  await client.query(text).catch((error: unknown) => {
    throw stripped(error, text.split(' ')[0] ?? text);
  });
}

function sessionOf(client: pg.PoolClient): Session {
  return {
    query: async <R extends object>(
      statement: Statement,
      values: readonly unknown[] = [],
    ): Promise<readonly R[]> => {
      try {
        const result = await client.query({
          name: statement.name,
          text: statement.text,
          values: [...values],
        });
        return result.rows as R[];
      } catch (error) {
        throw stripped(error, statement.name);
      }
    },
  };
}

/** PostgreSQL's message and detail may hold values of a person: only the SQLSTATE goes on. */
function stripped(error: unknown, statement: string): StoreError {
  return error instanceof StoreError ? error : new StoreError(sqlState(error), statement);
}

function sqlState(error: unknown): string {
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
  // Classes 08 (connection), 53 (resources) and 57P (operator intervention) are not the statement's fault.
  const away = !/^[0-9A-Z]{5}$/.test(code) || /^(08|53|57P)/.test(code);
  return away ? 'DATABASE_UNAVAILABLE' : code;
}

/** The first row; throws StoreError NO_ROW when there is none. */
export function only<R>(rows: readonly R[], statement: Statement): R {
  const row = rows[0];
  if (row === undefined) throw new StoreError('NO_ROW', statement.name);
  return row;
}
