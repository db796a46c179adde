import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import pg from 'pg';
import { Agent, request } from 'undici';
import { connect } from '#proto/connect.ts';
import type { TwinControlDefinition } from '#proto/gen/twinward/v1/TwinControl.ts';
import type { TwinDataDefinition } from '#proto/gen/twinward/v1/TwinData.ts';
import { isRetryable, reasonOf } from '#proto/status.ts';
import { systemClock } from '#runtime/clock.ts';
import { createLog } from '#runtime/log.ts';
import { type ControlPlane, startControlPlane } from '../../../local/control-plane/start.ts';
import { deletePostgres, startPostgres, stopPostgres } from '../../../local/postgres/start.ts';
import { inClusterApiServer } from '../../../workers/twins/auth/kubernetes.ts';
import { migrate, neededSchema } from '../../../workers/twins/migrate.ts';
import { parseCursor, watchChanges } from '../../../workers/twins/server/watch.ts';
import { changeKind, noteChanges } from '../../../workers/twins/store/changes.ts';
import { writeCertificate } from './certificate.ts';
import {
  aCondition,
  aHandle,
  aPatient,
  deadline,
  openSource,
  type Stand,
  send,
  startStand,
  tenant,
  until,
} from './stand.ts';

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

const silent = createLog({ name: 'test', level: 'silent' });

describe('the change stream', { timeout: 120_000 }, () => {
  let stand: Stand;
  before(async () => {
    stand = await startStand();
  });
  after(async () => await stand?.stop());

  it('loses nothing under eight writers whose transactions overlap', async () => {
    await openSource(stand, 'writers', 'ehr');
    const [row] = await stand.admin<{ tenant_id: number }>(
      `SELECT tenant_id FROM tw.tenant WHERE namespace = 'writers'`,
    );
    const tenantId = row?.tenant_id ?? 0;
    const seen = new Set<string>();
    const stop = new AbortController();
    const cursors: string[] = [];
    const watching = watchChanges(
      stand.service,
      systemClock(),
      '',
      async (message) => {
        if (message.cursor) cursors.push(message.cursor);
        if (message.snapshot !== true) for (const key of message.keys ?? []) seen.add(key.name ?? '');
      },
      stop.signal,
    );
    await until(() => cursors.length > 0);
    const writer = async (w: number): Promise<void> => {
      for (let i = 0; i < 60; i += 1) {
        await stand.service.inTenant(tenantId, async (session) => {
          await noteChanges(session, changeKind.twin, [`k-${w}-${i}`]);
          if ((w + i) % 7 === 0) await new Promise((resolve) => setTimeout(resolve, 40));
        });
      }
    };
    await Promise.all(Array.from({ length: 8 }, (_, w) => writer(w)));
    await until(() => seen.size === 480, 30_000).catch(() => undefined);
    stop.abort();
    await watching;
    assert.equal(seen.size, 480);
    assert.ok(parseCursor(cursors.at(-1) ?? '') !== undefined);
  });
});

describe('a database that is killed', { timeout: 180_000 }, () => {
  let stand: Stand;
  before(async () => {
    stand = await startStand();
  });
  after(async () => await stand?.stop());

  it('in the middle of an import: the client goes on from the cursor, and each record is stored once', async () => {
    const opened = await openSource(stand, 'crash', 'ehr');
    const handle = aHandle();
    const batches = Array.from({ length: 12 }, (_, b) => [
      ...(b === 0 ? [aPatient('p', { handle })] : []),
      ...Array.from({ length: 200 }, (_, i) => aCondition(`c${b}-${i}`, 'p', { code: `C${i}` })),
    ]);
    let { lease } = opened;
    let next = 0;
    let killed = false;
    while (next < batches.length) {
      if (next === 4 && !killed) {
        killed = true;
        const cut = send(opened.ingest, 'ehr', lease, batches[next] ?? [], String(next + 1));
        setTimeout(() => process.kill(stand.postgres.daemon.identity.pid, 'SIGKILL'), 30);
        await cut.catch((error) => assert.ok(isRetryable(error), reasonOf(error)));
        await startPostgres({ stateDir: join(stand.folder, 'pg'), durable: false });
      }
      try {
        await send(opened.ingest, 'ehr', lease, batches[next] ?? [], String(next + 1));
        next += 1;
      } catch (error) {
        assert.ok(isRetryable(error), reasonOf(error));
        await until(async () => {
          const again = await opened.ingest
            .call('OpenSync', { source: 'ehr', holder: 'pod' }, deadline)
            .catch(() => undefined);
          if (again === undefined) return false;
          lease = again.lease;
          next = Number(again.cursor.toString() || '0');
          return true;
        });
      }
    }
    assert.ok(killed);
    const closed = await opened.ingest.call(
      'CloseSync',
      { source: 'ehr', lease, failure: '', start: '', watermark: '', keepLease: false },
      deadline,
    );
    const total = batches.flat().length;
    const [stored] = await stand.admin<{ resources: string; events: string }>(
      `SELECT (SELECT count(*) FROM tw.resource) AS resources, (SELECT count(*) FROM tw.event e JOIN tw.code c USING (code_id) WHERE c.system <> 'https://twinward.io/person') AS events`,
    );
    assert.deepEqual(stored, { resources: String(total), events: String(total - 1) });
    assert.equal(closed.state?.counts?.stored, String(total));
    assert.ok(!stand.lines.join('').includes('C199'));
  });
});

describe('migrations', { timeout: 120_000 }, () => {
  it('run once though two processes begin together, and the schema lies in the window', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'twins-migrate-'));
    const postgres = await startPostgres({ stateDir: folder, durable: false });
    const versions = await Promise.all([1, 2].map(() => migrate(postgres.migrateUrl, silent, systemClock())));
    assert.deepEqual(versions, [neededSchema, neededSchema]);
    const client = new pg.Client(postgres.adminUrl);
    await client.connect();
    const { rows } = await client.query(
      'SELECT count(*)::int AS n, max(version) AS newest FROM public.twinward_schema',
    );
    assert.deepEqual(rows, [{ n: neededSchema, newest: neededSchema }]);
    await client.end();
    await stopPostgres(folder);
    deletePostgres(folder);
    rmSync(folder, { recursive: true, force: true });
  });
});

describe('the process, with a real API server', { timeout: 240_000 }, () => {
  let folder: string;
  let plane: ControlPlane;
  let child: ChildProcess | undefined;
  let agent: Agent | undefined;
  const clients: { close(): void }[] = [];
  let grpcPort = 0;
  let probePort = 0;
  let admin: (method: 'POST', path: string, body?: object) => Promise<Record<string, unknown>>;
  const output: string[] = [];
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'twins-process-'));
    plane = await startControlPlane({ stateDir: join(folder, 'plane'), durable: false });
    agent = new Agent({ connect: { ca: plane.certificateAuthority } });
    admin = async (method, path, body) => {
      const headers = {
        authorization: `Bearer ${plane.tokens.admin}`,
        'content-type': 'application/json',
      };
      const answer = await request(`${plane.server}${path}`, {
        method,
        dispatcher: agent ?? new Agent(),
        headers,
        body: JSON.stringify(body),
      });
      const parsed = (await answer.body.json()) as Record<string, unknown>;
      if (answer.statusCode >= 300) throw new Error(`${method} ${path}: ${JSON.stringify(parsed)}`);
      return parsed;
    };
    [grpcPort, probePort] = [await freePort(), await freePort()];
  });
  after(async () => {
    for (const each of clients) each.close();
    child?.kill('SIGKILL');
    await agent?.close();
    await plane?.stop();
    await stopPostgres(join(folder, 'pg'));
    deletePostgres(join(folder, 'pg'));
    rmSync(folder, { recursive: true, force: true });
  });

  const token = async (namespace: string, account: string, audience?: string): Promise<string> => {
    const spec = audience === undefined ? {} : { audiences: [audience] };
    const made = await admin('POST', `/api/v1/namespaces/${namespace}/serviceaccounts/${account}/token`, {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: { ...spec, expirationSeconds: 3_600 },
    });
    return (made['status'] as { token: string }).token;
  };

  function start(mount: string, ...args: string[]): ChildProcess {
    const url = new URL(plane.server);
    const process_ = spawn(process.execPath, ['workers/twins/main.ts', ...args], {
      cwd: join(import.meta.dirname, '../../..'),
      env: {
        PATH: process.env['PATH'],
        CONTAINER_SANDBOX_MOUNT_POINT: mount,
        POD_IP: '127.0.0.1',
        KUBERNETES_SERVICE_HOST: url.hostname,
        KUBERNETES_SERVICE_PORT: url.port,
        TWINWARD_GRPC_PORT: String(grpcPort),
        TWINWARD_HEALTH_PORT: String(probePort),
        TWINWARD_TOKEN_CACHE_SECONDS: '1',
        TWINWARD_CLUSTER_ID: 'test',
      },
    });
    process_.stdout?.on('data', (data: Buffer) => output.push(data.toString()));
    process_.stderr?.on('data', (data: Buffer) => output.push(data.toString()));
    return process_;
  }

  it('waits for the schema, accepts tokens by TokenReview and people by SubjectAccessReview, and drains on SIGTERM', async () => {
    const secrets = join(folder, 'mount/var/run/secrets');
    for (const name of ['twinward-database', 'twinward-tls', 'twinward-kek', 'kubernetes.io/serviceaccount'])
      mkdirSync(join(secrets, name), { recursive: true });
    mkdirSync(join(folder, 'mount/dev'), { recursive: true });
    const postgres = await startPostgres({ stateDir: join(folder, 'pg'), durable: false });
    writeFileSync(join(secrets, 'twinward-database/service-url'), postgres.serviceUrl);
    writeFileSync(join(secrets, 'twinward-database/keyring-url'), postgres.keyringUrl);
    writeFileSync(join(secrets, 'twinward-database/migrate-url'), `${postgres.migrateUrl}\n`);
    writeFileSync(join(secrets, 'twinward-kek/kek'), randomBytes(32).toString('base64'));
    const tls = await writeCertificate(join(secrets, 'twinward-tls'));
    for (const [namespace, account] of [
      ['twinward-system', 'twinward-twins'],
      ['twinward-system', 'twinward-operator'],
      ['clinic', 'twinward-ingest'],
      ['clinic', 'dr'],
      ['clinic', 'gitops'],
      ['elsewhere', 'twinward-ingest'],
    ] as const) {
      await admin('POST', '/api/v1/namespaces', {
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name: namespace },
      }).catch(() => undefined);
      await admin('POST', `/api/v1/namespaces/${namespace}/serviceaccounts`, {
        apiVersion: 'v1',
        kind: 'ServiceAccount',
        metadata: { name: account },
      });
    }
    const rbac = 'rbac.authorization.k8s.io';
    await admin('POST', `/apis/${rbac}/v1/clusterrolebindings`, {
      apiVersion: `${rbac}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: { name: 'twins' },
      roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: 'system:auth-delegator' },
      subjects: [{ kind: 'ServiceAccount', namespace: 'twinward-system', name: 'twinward-twins' }],
    });
    writeFileSync(
      join(secrets, 'kubernetes.io/serviceaccount/token'),
      await token('twinward-system', 'twinward-twins'),
    );
    writeFileSync(join(secrets, 'kubernetes.io/serviceaccount/ca.crt'), plane.certificateAuthority);
    child = start(join(folder, 'mount'));
    const ready = async (): Promise<string> =>
      await fetch(`http://127.0.0.1:${probePort}/readyz`).then(
        (answer) => answer.text(),
        () => '',
      );
    await until(async () => (await ready()).includes('SCHEMA_NOT_READY'), 30_000);
    const [code] = await once(start(join(folder, 'mount'), 'migrate'), 'exit');
    assert.equal(code, 0, output.join(''));
    await until(async () => (await ready()).includes('[+]store ok'), 30_000);

    const client = <D extends TwinControlDefinition | TwinDataDefinition>(
      service: string,
      name: string,
      bearer: string,
    ) => {
      const tokenFile = join(folder, `token-${name}`);
      writeFileSync(tokenFile, bearer);
      const made = connect<D>(service, {
        address: `127.0.0.1:${grpcPort}`,
        caFile: tls.certificate,
        tokenFile,
      });
      clients.push(made);
      return made;
    };
    const operator = client<TwinControlDefinition>(
      'twinward.v1.TwinControl',
      'operator',
      await token('twinward-system', 'twinward-operator', 'twinward'),
    );
    await operator.call(
      'EnsureSources',
      {
        tenant: tenant('clinic'),
        sources: [
          {
            name: 'ehr',
            uid: 'u',
            specHash: 's',
            enrolment: 'All',
            templateModels: [],
            quarantineMaxPercent: 5,
          },
        ],
      },
      deadline,
    );
    const ingest = client<TwinDataDefinition>(
      'twinward.v1.TwinData',
      'ingest',
      await token('clinic', 'twinward-ingest', 'twinward'),
    );
    const { lease } = await ingest.call('OpenSync', { source: 'ehr', holder: 'pod' }, deadline);
    const handle = aHandle();
    assert.equal((await send(ingest, 'ehr', lease, [aPatient('p', { handle })])).counts?.stored, '1');
    const wrongAudience = client<TwinDataDefinition>(
      'twinward.v1.TwinData',
      'wrong',
      await token('clinic', 'twinward-ingest'),
    );
    await assert.rejects(
      wrongAudience.call('OpenSync', { source: 'ehr', holder: 'x' }, deadline),
      (error) => reasonOf(error) === 'TOKEN_REJECTED',
    );
    const person = client<TwinDataDefinition>(
      'twinward.v1.TwinData',
      'dr',
      await token('clinic', 'dr', 'twinward'),
    );
    await assert.rejects(
      person.call('GetTwin', { handle }, deadline),
      (error) => reasonOf(error) === 'VERB_REQUIRED',
    );
    const grant = async (account: string, rule: object): Promise<void> => {
      const metadata = { name: account };
      const apiVersion = `${rbac}/v1`;
      const roleRef = { apiGroup: rbac, kind: 'Role', name: account };
      const subjects = [{ kind: 'ServiceAccount', namespace: 'clinic', name: account }];
      const rules = [{ apiGroups: ['twinward.io'], ...rule }];
      const place = `/apis/${rbac}/v1/namespaces/clinic`;
      await admin('POST', `${place}/roles`, { apiVersion, kind: 'Role', metadata, rules });
      await admin('POST', `${place}/rolebindings`, {
        ...{ apiVersion, kind: 'RoleBinding', metadata },
        ...{ roleRef, subjects },
      });
    };
    await grant('gitops', { resources: ['patienttwins'], verbs: ['*'] });
    await grant('dr', { resources: ['patienttwins/record'], resourceNames: [handle], verbs: ['get'] });
    await until(
      async () =>
        await person.call('GetTwin', { handle }, deadline).then(
          (twin) => twin.revision === '1',
          () => false,
        ),
    );
    const gitops = client<TwinDataDefinition>(
      'twinward.v1.TwinData',
      'gitops',
      await token('clinic', 'gitops', 'twinward'),
    );
    const elsewhere = client<TwinDataDefinition>(
      'twinward.v1.TwinData',
      'elsewhere',
      await token('elsewhere', 'twinward-ingest', 'twinward'),
    );
    for (const [call, reason] of [
      [
        () => person.call('EraseSubject', { handle, reason: 'x', immediate: true }, deadline),
        'VERB_REQUIRED',
      ],
      [() => person.call('GetTwin', { handle: aHandle() }, deadline), 'VERB_REQUIRED'],
      [() => person.call('GetTwin', { handle: '' }, deadline), 'VERB_REQUIRED'],
      [() => person.call('GetTwin', { handle: 'Smith, John' }, deadline), 'BAD_REQUEST'],
      [() => person.call('GetResults', { simulation: 'any' }, deadline), 'VERB_REQUIRED'],
      [() => person.call('OpenSync', { source: 'ehr', holder: 'dr' }, deadline), 'ROLE_REQUIRED'],
      [() => gitops.call('GetTwin', { handle }, deadline), 'VERB_REQUIRED'],
      [() => gitops.call('ListEvents', { handle }, deadline), 'VERB_REQUIRED'],
      [() => elsewhere.call('OpenSync', { source: 'ehr', holder: 'x' }, deadline), 'TENANT_UNKNOWN'],
    ] as const) {
      await assert.rejects(call(), (error) => reasonOf(error) === reason, reason);
    }
    const metrics = await fetch(`http://127.0.0.1:${probePort}/metrics`).then((answer) => answer.text());
    assert.match(metrics, /twinward_twins_calls_total\{method="GetTwin",outcome="ok"\} 1/);
    const renewed = await writeCertificate(join(secrets, 'twinward-tls'));
    await until(async () => {
      const target = {
        address: `127.0.0.1:${grpcPort}`,
        caFile: renewed.certificate,
        tokenFile: join(folder, 'token-dr'),
      };
      const fresh = connect<TwinDataDefinition>('twinward.v1.TwinData', target);
      return await fresh
        .call('GetTwin', { handle }, 2_000)
        .then(
          () => true,
          () => false,
        )
        .finally(() => fresh.close());
    }, 30_000);
    const watch = operator.serverStream('WatchChanges', { cursor: '' });
    watch.on('error', () => undefined);
    watch.resume();
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    const [exit] = await ended;
    assert.equal(exit, 0, output.join(''));
    assert.ok(!output.join('').includes('patient p'));
  });

  it('says how to mend a missing Secret, and exits for good', async () => {
    const mount = join(folder, 'empty');
    mkdirSync(join(mount, 'dev'), { recursive: true });
    const [code] = await once(start(mount, 'migrate'), 'exit');
    assert.equal(code, 78);
    assert.throws(() => inClusterApiServer({}, { apiToken: 'none', apiCertificate: 'none' }));
  });
});
