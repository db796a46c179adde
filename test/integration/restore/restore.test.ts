import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import pg from 'pg';
import { systemClock } from '#runtime/clock.ts';
import { createLog } from '#runtime/log.ts';
import { createRegistry } from '#runtime/metrics.ts';
import { deletePostgres, type Postgres, startPostgres, stopPostgres } from '../../../local/postgres/start.ts';
import { verifyAudit } from '../../../workers/twins/audit/sealer.ts';
import { configSchema } from '../../../workers/twins/config.ts';
import { startTwins, type TwinService } from '../../../workers/twins/service.ts';
import { openDatabase } from '../../../workers/twins/store/database.ts';
import { grpcTrajectories } from '../../../workers/twins/update/trajectories.ts';
import { createKeys } from '../../../workers/twins/vault/keys.ts';
import { fileLedger } from '../../../workers/twins/vault/ledger.ts';
import {
  aCondition,
  aHandle,
  aPatient,
  openSource,
  type Stand,
  send,
  startStand,
  until,
} from '../twins/stand.ts';
import { postgresClients } from './clients.ts';

const page = readFileSync(join(import.meta.dirname, '../../../docs/backup-restore.md'), 'utf8');

/** The one command or block of the page that holds these words. */
function fromPage(words: string): string {
  const found = [...page.matchAll(/```(?:sh|sql)\n([\s\S]*?)\n```/g)].map(([, block = '']) => block);
  const [block, ...more] = found.filter((each) => each.includes(words));
  assert.ok(block !== undefined && more.length === 0, `docs/backup-restore.md has one block with ${words}`);
  return block;
}

const lineWith = (words: string): string =>
  fromPage(words)
    .split('\n')
    .find((line) => line.includes(words)) ?? '';

describe('a dump that is restored into a new server', { timeout: 300_000 }, () => {
  let stand: Stand;
  let other: Postgres;
  let clients: string;
  const sh = (
    command: string,
    env: Readonly<Record<string, string>>,
  ): { readonly code: number | null; readonly text: string } => {
    const done = spawnSync('/bin/sh', ['-ec', command], {
      cwd: stand.folder,
      encoding: 'utf8',
      env: { ...process.env, ...env, PATH: `${clients}:${process.env['PATH'] ?? ''}` },
    });
    return { code: done.status, text: `${done.stdout}${done.stderr}` };
  };
  const run = (command: string, env: Readonly<Record<string, string>>): void => {
    const { code, text } = sh(command, env);
    assert.equal(code, 0, `${command}\n${text}`);
  };
  before(async () => {
    clients = await postgresClients();
    stand = await startStand({ TWINWARD_ERASURE_GRACE: 'P0D' });
    other = await startPostgres({ stateDir: join(stand.folder, 'other'), durable: false });
  });
  after(async () => {
    const folder = join(stand.folder, 'other');
    await stopPostgres(folder);
    deletePostgres(folder);
    await stand.stop();
  });

  const openOther = () => ({
    service: openDatabase({ url: other.serviceUrl, size: 8, onError: () => undefined }),
    keyring: openDatabase({ url: other.keyringUrl, size: 4, onError: () => undefined }),
  });

  /** The twin service on the restored store, with the newest ledger; `ended` closes what it uses. */
  const startRestored = async (): Promise<{
    readonly twins: TwinService;
    readonly ended: () => Promise<void>;
  }> => {
    const databases = openOther();
    const trajectories = grpcTrajectories(systemClock());
    const twins = await startTwins({
      config: configSchema.parse({ TWINWARD_ERASURE_GRACE: 'P0D' }),
      log: createLog({ name: 'twins', level: 'silent' }),
      clock: systemClock(),
      registry: createRegistry({ process: false }),
      ...databases,
      kek: stand.kek,
      ledger: fileLedger(join(stand.folder, 'ledger')),
      authenticator: {
        authenticate: async () => undefined,
        mayDo: async () => false,
        maySpeakForPeople: async () => false,
      },
      trajectories,
      listen: { host: '127.0.0.1', port: 0 },
    });
    const ended = async (): Promise<void> => {
      await twins.stop();
      trajectories.close();
      await Promise.all([databases.service.close(), databases.keyring.close()]);
    };
    return { twins, ended };
  };

  const restored = async <R extends pg.QueryResultRow>(text: string): Promise<readonly R[]> => {
    const client = new pg.Client({ connectionString: other.adminUrl });
    await client.connect();
    try {
      return (await client.query<R>(text)).rows;
    } finally {
      await client.end();
    }
  };

  it('is refused until its transactions are moved on; then nothing is missing, sealing goes on, the erased stay erased', async () => {
    const [kept, erased] = [aHandle(), aHandle()];
    const { ingest, lease } = await openSource(stand, 'ward', 'ehr');
    await send(ingest, 'ehr', lease, [
      aPatient('p1', { handle: kept }),
      aCondition('c1', 'p1'),
      aPatient('p2', { handle: erased }),
      aCondition('c2', 'p2'),
    ]);
    for (const verb of ['get', 'erase', 'audit']) stand.rights.add(`officer ${verb}`);
    const officer = stand.data('ward', 'officer');
    await officer.call('GetTwin', { handle: kept }, 20_000).catch(() => undefined);
    // A store in use is far ahead of a new server.
    await stand.admin(
      'DO $$ BEGIN FOR i IN 1..20000 LOOP PERFORM pg_current_xact_id(); COMMIT; END LOOP; END $$',
    );
    await officer.call('ListEvents', { handle: kept }, 20_000).catch(() => undefined);
    await until(async () => {
      const verified = await officer.call('VerifyAudit', {}, 20_000);
      return verified.unsealed === '0' && Number(verified.blocks) > 0;
    });
    const [before] = await stand.admin<{ events: number; entries: number }>(
      'SELECT (SELECT count(*)::int FROM tw.event) AS events, (SELECT count(*)::int FROM audit.entry) AS entries',
    );

    const dump = lineWith('pg_dump --format');
    const refused = sh(dump, { ADMIN_URL: stand.postgres.migrateUrl });
    assert.notEqual(refused.code, 0, 'the role that migrates cannot dump');
    run(dump, { ADMIN_URL: stand.postgres.adminUrl });
    // Erased after the dump: only the ledger knows.
    await officer.call('EraseSubject', { handle: erased, reason: 'asked for', immediate: true }, 20_000);

    run(lineWith('pg_restore'), { ADMIN_URL: other.adminUrl });
    const first = await startRestored();
    try {
      await until(() => first.twins.readiness.reason() === 'TRANSACTIONS_BEHIND');
    } finally {
      await first.ended();
    }
    writeFileSync(join(stand.folder, 'move-on.sql'), fromPage('pg_current_xact_id'));
    run(lineWith('move-on.sql'), { ADMIN_URL: other.adminUrl });
    const [counted] = await restored<{ events: number; entries: number }>(
      'SELECT (SELECT count(*)::int FROM tw.event) AS events, (SELECT count(*)::int FROM audit.entry) AS entries',
    );
    assert.deepEqual(counted, before);

    const second = await startRestored();
    const databases = openOther();
    try {
      await until(() => second.twins.readiness.reason() === undefined);
      const [subjects] = await restored<{ n: number }>(
        `SELECT count(*)::int AS n FROM tw.event e JOIN tw.subject s USING (subject_id) WHERE s.state <> 'active'`,
      );
      assert.equal(subjects?.n, 0, 'nothing is left of the erased patient');
      const [left] = await restored<{ events: number }>('SELECT count(*)::int AS events FROM tw.event');
      assert.ok((left?.events ?? 0) > 0 && (left?.events ?? 0) < (before?.events ?? 0));
      const [tenant] = await restored<{ tenant_id: number }>('SELECT tenant_id FROM tw.tenant');
      const keys = createKeys(databases.keyring, stand.kek);
      // The erasure that was repeated is an entry, and it is sealed behind those of the former server.
      await until(async () => {
        const verified = await verifyAudit(databases.service, keys, tenant?.tenant_id ?? 0);
        return verified.unsealed === '0' && Number(verified.entries) > (before?.entries ?? 0);
      });
      const verified = await verifyAudit(databases.service, keys, tenant?.tenant_id ?? 0);
      assert.equal(verified.firstBrokenBlock, '0');
    } finally {
      await Promise.all([databases.service.close(), databases.keyring.close()]);
      await second.ended();
    }
  });
});
