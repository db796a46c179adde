import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Database, Statement } from '../../../workers/twins/store/database.ts';
import {
  aCondition,
  aHandle,
  aPatient,
  aTwin,
  deadline,
  openSource,
  type Stand,
  send,
  startStand,
  tenant,
} from './stand.ts';

const folder = join(import.meta.dirname, '../../../workers/twins/store');

/** Every statement that a file of store/ exports. */
async function everyStatement(): Promise<readonly Statement[]> {
  const found: Statement[] = [];
  for (const file of globSync('*.ts', { cwd: folder })) collect(await import(join(folder, file)), found);
  return found;
}

function collect(value: unknown, found: Statement[]): void {
  if (typeof value !== 'object' || value === null) return;
  if ('text' in value && 'scope' in value) found.push(value as Statement);
  else for (const inner of Object.values(value)) collect(inner, found);
}

/** Statements that may run without a tenant: registries, ids and keys only. */
const systemNames = [
  'changes.after',
  'changes.horizon',
  'changes.keys',
  'changes.trim',
  'schema.epoch',
  'schema.version',
  'tenants.add',
  'tenants.adopt',
  'tenants.all',
  'tenants.find',
  'tenants.unsealed',
  'tenants.withDue',
];
/** Counts, locks, questions and writes of new rows of the current tenant: what they may answer with a tenant that owns nothing. */
const harmless = /^\[\{("(n|locked)":(0|"0"|true)|"(ahead|found)":false)\}\]$/;

describe('tenants', { timeout: 300_000 }, () => {
  let stand: Stand;
  let statements: readonly Statement[];
  const handle = aHandle();
  before(async () => {
    stand = await startStand();
    statements = await everyStatement();
    const { ingest, lease } = await openSource(stand, 'mine', 'ehr');
    await stand.control.call('EnsureTwins', { tenant: tenant('mine'), twins: [aTwin(handle)] }, deadline);
    await send(
      ingest,
      'ehr',
      lease,
      [aPatient('p1', { handle, identifier: 'x' }), aCondition('c1', 'p1')],
      'cursor',
    );
    const other = await openSource(stand, 'other', 'unrelated');
    const closing = {
      source: 'unrelated',
      lease: other.lease,
      failure: '',
      start: '',
      watermark: '',
      keepLease: false,
    };
    await other.ingest.call('CloseSync', closing, deadline);
  });
  after(async () => await stand?.stop());

  /** Parameters that would find the rows of the first tenant, by the type that PostgreSQL infers. */
  async function parametersOf(statement: Statement): Promise<readonly unknown[]> {
    await stand.admin(`PREPARE probe AS ${statement.text}`);
    const [row] = await stand.admin<{ types: string[] }>(
      `SELECT parameter_types::text[] AS types FROM pg_prepared_statements WHERE name = 'probe'`,
    );
    await stand.admin('DEALLOCATE probe');
    return (row?.types ?? []).map((type) => sample(type));
  }

  function sample(type: string): unknown {
    if (type.endsWith('[]')) {
      const inner = sample(type.slice(0, -2));
      return [inner];
    }
    const samples: Record<string, unknown> = {
      integer: 1,
      bigint: 1,
      smallint: 1,
      'double precision': 1,
      numeric: 1,
      boolean: true,
      text: handle,
      bytea: Buffer.from('x'),
      uuid: '00000000-0000-4000-8000-000000000000',
      'timestamp with time zone': '2026-01-01T00:00:00Z',
      date: '2026-01-01',
      jsonb: '{}',
      xid8: '1',
      interval: '1 second',
      name: 'x',
    };
    assert.ok(type in samples, `no sample for ${type}`);
    return samples[type];
  }

  const keyring = (statement: Statement): Database =>
    statement.name.startsWith('keyring.') ? stand.keyring : stand.service;
  /** Runs it and always rolls back. */
  async function attempt(
    statement: Statement,
    tenantId: number | undefined,
    values: readonly unknown[],
  ): Promise<string> {
    let answer = '';
    const undo = new Error('undo');
    const work = async (session: {
      query(statement: Statement, values: readonly unknown[]): Promise<readonly object[]>;
    }): Promise<void> => {
      answer = JSON.stringify(await session.query(statement, values));
      throw undo;
    };
    const database = keyring(statement);
    const done = tenantId === undefined ? database.inSystem(work) : database.inTenant(tenantId, work);
    await done.catch((error: unknown) => {
      if (error !== undo) answer = 'raised';
    });
    return answer;
  }

  it('knows every statement of the store', () => {
    assert.ok(statements.length > 120, `${statements.length}`);
    assert.equal(
      new Set(statements.map((statement) => statement.name)).size,
      statements.length,
      'names are unique',
    );
    assert.deepEqual(
      statements
        .filter((statement) => statement.scope === 'system')
        .map((statement) => statement.name)
        .sort(),
      systemNames,
    );
  });

  it('finds rows of its own tenant by the same parameters, so that finding none means something', async () => {
    const found: string[] = [];
    for (const statement of statements.filter((each) => each.scope === 'tenant')) {
      const answer = await attempt(statement, 1, await parametersOf(statement));
      if (answer.length > 2 && answer.startsWith('[{') && !harmless.test(answer)) found.push(statement.name);
    }
    for (const name of [
      'subjects.lock',
      'events.history',
      'twins.byHandles',
      'persons.recordsInSource',
      'keyring.read',
      'audit.unsealed',
      'erasures.remove.tw.event',
      'twins.release',
    ]) {
      assert.ok(found.includes(name), `${name} finds nothing in its own tenant: ${found.join(' ')}`);
    }
  });

  it('every tenant statement raises or answers nothing without a tenant', async () => {
    for (const statement of statements.filter((each) => each.scope === 'tenant')) {
      const answer = await attempt(statement, undefined, await parametersOf(statement));
      assert.ok(answer === 'raised' || answer === '[]', `${statement.name}: ${answer}`);
    }
  });

  it('every tenant statement sees and changes nothing of another tenant', async () => {
    const tables = await stand.admin<{ place: string }>(
      `SELECT format('%I.%I', nspname, relname) AS place FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname IN ('tw','vault','keyring','audit') AND relkind IN ('r','p') AND NOT relispartition AND relname <> 'tenant' AND relname <> 'store'`,
    );
    const fingerprint = async (): Promise<string> => {
      const parts = await Promise.all(
        tables.map(({ place }) =>
          stand.admin(
            `SELECT '${place}' AS place, count(*) AS n, md5(string_agg(r::text, '|' ORDER BY r::text)) AS sum FROM ${place} r WHERE tenant_id = 1`,
          ),
        ),
      );
      return JSON.stringify(parts);
    };
    const other = Number(
      (await stand.admin(`SELECT tenant_id FROM tw.tenant WHERE namespace = 'other'`))[0]?.['tenant_id'],
    );
    const mine = Number(
      (await stand.admin(`SELECT tenant_id FROM tw.tenant WHERE namespace = 'mine'`))[0]?.['tenant_id'],
    );
    assert.equal(mine, 1);
    await stand.admin(`UPDATE tw.twin SET suspended = true`);
    await stand.admin(`DELETE FROM tw.twin_due`);
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    const before = await fingerprint();
    const own = new Set(['keyring.readTenant', 'audit.lock']);
    for (const statement of statements.filter((each) => each.scope === 'tenant' && !own.has(each.name))) {
      const text = statement.text.trimStart();
      const values = await parametersOf(statement);
      const answer = await attempt(statement, other, values);
      const inserted = text.startsWith('INSERT');
      assert.ok(
        inserted || answer === 'raised' || answer === '[]' || harmless.test(answer),
        `${statement.name}: ${answer}`,
      );
    }
    assert.equal(await fingerprint(), before);
  });

  it('the tables have forced row-level security, and the service owns none and cannot bypass it', async () => {
    const open = await stand.admin(
      `SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace JOIN pg_attribute a ON a.attrelid = c.oid AND attname = 'tenant_id' WHERE nspname IN ('tw','vault','keyring','audit') AND relkind IN ('r','p') AND c.oid <> 'tw.tenant'::regclass AND NOT (relrowsecurity AND relforcerowsecurity)`,
    );
    assert.deepEqual(open, []);
    const owned = await stand.admin(
      `SELECT relname FROM pg_class JOIN pg_roles r ON r.oid = relowner WHERE rolname IN ('twinward_service','twinward_keyring')`,
    );
    assert.deepEqual(owned, []);
    await assert.rejects(
      stand.service.inTenant(1, (session) =>
        session.query({ name: 'k', text: 'SELECT 1 FROM keyring.dek', scope: 'tenant' }),
      ),
    );
    await assert.rejects(
      stand.keyring.inTenant(1, (session) =>
        session.query({ name: 'k', text: 'SELECT 1 FROM tw.event', scope: 'tenant' }),
      ),
    );
  });

  it('the audit log can be added to and read, and no role but the owner can change it', async () => {
    const granted = await stand.admin<{ place: string; privilege: string }>(
      `SELECT DISTINCT table_schema || '.' || table_name AS place, privilege_type AS privilege
       FROM information_schema.role_table_grants
       WHERE table_schema = 'audit' AND grantee <> 'twinward_owner' ORDER BY 1, 2`,
    );
    assert.deepEqual(
      granted.map(({ place, privilege }) => `${privilege} ${place}`),
      ['INSERT audit.entry', 'SELECT audit.entry', 'INSERT audit.seal', 'SELECT audit.seal'],
    );
    for (const text of ['UPDATE audit.entry SET n = 1', 'DELETE FROM audit.seal', 'TRUNCATE audit.entry']) {
      await assert.rejects(
        stand.service.inTenant(1, (session) => session.query({ name: text, text, scope: 'tenant' })),
        (error) => error instanceof Error && 'code' in error && error.code === '42501',
        text,
      );
    }
  });
});
