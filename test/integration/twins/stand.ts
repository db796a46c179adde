// A real PostgreSQL, the real service in this process behind real TLS and gRPC, and clients with tokens of every role.
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { mintHandle } from '#crds/patient-twin/handle.ts';
import { connect, type ServiceClient } from '#proto/connect.ts';
import type { IngestRecordsResponse__Output } from '#proto/gen/twinward/v1/IngestRecordsResponse.ts';
import type { RejectedRecord } from '#proto/gen/twinward/v1/RejectedRecord.ts';
import type { SourceRecord } from '#proto/gen/twinward/v1/SourceRecord.ts';
import type { TwinControlDefinition } from '#proto/gen/twinward/v1/TwinControl.ts';
import type { TwinDataDefinition } from '#proto/gen/twinward/v1/TwinData.ts';
import type { TwinSpec } from '#proto/gen/twinward/v1/TwinSpec.ts';
import { systemClock } from '#runtime/clock.ts';
import { createLog } from '#runtime/log.ts';
import { createRegistry } from '#runtime/metrics.ts';
import { deletePostgres, type Postgres, startPostgres, stopPostgres } from '../../../local/postgres/start.ts';
import { configSchema } from '../../../workers/twins/config.ts';
import { migrate } from '../../../workers/twins/migrate.ts';
import type { Authenticator, Identity } from '../../../workers/twins/ports.ts';
import { startTwins, type TwinService } from '../../../workers/twins/service.ts';
import { type Database, openDatabase } from '../../../workers/twins/store/database.ts';
import { grpcTrajectories } from '../../../workers/twins/update/trajectories.ts';
import { fileLedger } from '../../../workers/twins/vault/ledger.ts';
import { writeCertificate } from './certificate.ts';

export type Control = ServiceClient<TwinControlDefinition>;
export type Data = ServiceClient<TwinDataDefinition>;

/** What a test works with. */
export interface Stand {
  readonly folder: string;
  /** `host:port` of the service, and its trust bundle. */
  readonly address: string;
  readonly caFile: string;
  readonly postgres: Postgres;
  readonly service: Database;
  readonly keyring: Database;
  readonly control: Control;
  readonly kek: Buffer;
  /** Log lines of the service. */
  readonly lines: string[];
  /** Rights of people: `account verb`. */
  readonly rights: Set<string>;
  data(namespace: string, account: string): Data;
  /** Runs SQL as the superuser, past row-level security. */
  admin<R extends pg.QueryResultRow>(text: string, values?: readonly unknown[]): Promise<readonly R[]>;
  restartTwins(): Promise<void>;
  stop(): Promise<void>;
}

export const deadline = 20_000;

/** A table of tokens: the token `namespace/account` belongs to that account; other tokens are for `real`. */
function tableAuthenticator(rights: ReadonlySet<string>, real?: Authenticator): Authenticator {
  return {
    authenticate: async (token): Promise<Identity | undefined> => {
      if (real !== undefined && !token.includes('/')) return await real.authenticate(token);
      const [namespace, account] = token.split('/');
      if (namespace === undefined || account === undefined) return undefined;
      return { namespace, account, username: `system:serviceaccount:${namespace}:${account}`, groups: [] };
    },
    mayDo: async (user, verb, handle) =>
      real === undefined
        ? rights.has(`${user.username.split(':').at(-1)} ${verb}`)
        : await real.mayDo(user, verb, handle),
    maySpeakForPeople: async (identity) =>
      real === undefined
        ? rights.has(`${identity.account} impersonate`)
        : await real.maySpeakForPeople(identity),
  };
}

/**
 * Starts everything. `env` overrides the configuration; `durable` waits for the disk, for measurements; `real` judges
 * people.
 */
export async function startStand(
  env: Readonly<Record<string, string>> = {},
  durable = false,
  real?: Authenticator,
): Promise<Stand> {
  const folder = mkdtempSync(join(tmpdir(), 'twins-'));
  const postgres = await startPostgres({ stateDir: join(folder, 'pg'), durable });
  const lines: string[] = [];
  const log = createLog({
    name: 'twins',
    level: 'debug',
    destination: { write: (line: string) => void lines.push(line) },
  });
  await migrate(postgres.migrateUrl, log, systemClock());
  const tls = await writeCertificate(folder);
  const onError = (): void => undefined;
  const service = openDatabase({ url: postgres.serviceUrl, size: 12, onError });
  const keyring = openDatabase({ url: postgres.keyringUrl, size: 4, onError });
  const trajectories = grpcTrajectories(systemClock());
  const kek = randomBytes(32);
  const rights = new Set<string>();
  const config = configSchema.parse({
    TWINWARD_DEBOUNCE_SECONDS: '0.1',
    TWINWARD_SWEEP_SECONDS: '2',
    TWINWARD_SAMPLES: '256',
    TWINWARD_UNIT_LEASE_SECONDS: '2',
    TWINWARD_TOKEN_CACHE_SECONDS: '0',
    ...env,
  });
  const start = (port: number): Promise<TwinService> =>
    startTwins({
      config,
      log,
      clock: systemClock(),
      registry: createRegistry({ process: false }),
      service,
      keyring,
      kek,
      ledger: fileLedger(join(folder, 'ledger')),
      authenticator: tableAuthenticator(rights, real),
      trajectories,
      listen: { host: '127.0.0.1', port, tls },
    });
  let twins = await start(0);
  const { port } = twins;
  const clients: { close(): void; ready(deadlineMs: number): Promise<void> }[] = [];
  const target = (token: string) => {
    const tokenFile = join(folder, `token-${token.replace('/', '-')}`);
    writeFileSync(tokenFile, token);
    return { address: `127.0.0.1:${port}`, caFile: tls.certificate, tokenFile };
  };
  const control = connect<TwinControlDefinition>(
    'twinward.v1.TwinControl',
    target('twinward-system/twinward-operator'),
  );
  clients.push(control);
  const admin = new pg.Pool({ connectionString: postgres.adminUrl, max: 2 });
  admin.on('error', onError);
  await until(() => twins.readiness.reason() === undefined);
  return {
    folder,
    address: `127.0.0.1:${port}`,
    caFile: tls.certificate,
    postgres,
    service,
    keyring,
    control,
    kek,
    lines,
    rights,
    data: (namespace, account) => {
      const client = connect<TwinDataDefinition>('twinward.v1.TwinData', target(`${namespace}/${account}`));
      clients.push(client);
      return client;
    },
    admin: async <R extends pg.QueryResultRow>(text: string, values: readonly unknown[] = []) =>
      (await admin.query<R>(text, [...values])).rows,
    restartTwins: async () => {
      await twins.stop();
      twins = await start(port);
      await until(() => twins.readiness.reason() === undefined);
      // The certificate is read after the port is bound: a client that is too early tries again.
      for (const client of clients)
        await until(() =>
          client.ready(2_000).then(
            () => true,
            () => false,
          ),
        );
    },
    stop: async () => {
      for (const client of clients) client.close();
      await twins.stop();
      trajectories.close();
      await Promise.all([service.close(), keyring.close(), admin.end()]);
      await stopPostgres(join(folder, 'pg'));
      deletePostgres(join(folder, 'pg'));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Waits until something holds; fails after `ms`. */
export async function until(holds: () => boolean | Promise<boolean>, ms = 20_000): Promise<void> {
  const end = Date.now() + ms;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`not so after ${ms} ms`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** The tenant of a namespace as the operator names it. */
export const tenant = (namespace: string, purpose = 'clinical') => ({
  namespace,
  namespaceUid: `uid-${namespace}`,
  purpose,
  adoptsNamespaceUid: '',
});

export const aHandle = (): string => mintHandle(randomBytes(15));

/** A twin spec that forecasts `mi` and waits for nothing. */
export function aTwin(handle: string, change: Partial<TwinSpec> = {}): TwinSpec {
  return {
    handle,
    uid: `uid-${handle}`,
    specHash: 'h1',
    sources: [],
    models: ['trajectory'],
    outcomes: [{ name: 'mi', horizon: 'P5Y' }],
    updateMode: 'OnData',
    debounceSeconds: 0,
    cron: '',
    timeZone: '',
    refresh: '',
    deletionPolicy: 'Retain',
    suspend: false,
    ...change,
  };
}

/** Registers a source and opens its sync. */
export async function openSource(
  stand: Stand,
  namespace: string,
  source: string,
  options: { enrolment?: string; purpose?: string } = {},
): Promise<{ readonly ingest: Data; readonly lease: string }> {
  await stand.control.call(
    'EnsureSources',
    {
      tenant: tenant(namespace, options.purpose),
      sources: [
        {
          name: source,
          uid: `uid-${source}`,
          specHash: 's',
          enrolment: options.enrolment ?? 'Declared',
          templateModels: ['trajectory'],
          templateOutcomes: [],
          quarantineMaxPercent: 50,
          rawRetentionDays: 0,
        },
      ],
    },
    deadline,
  );
  const ingest = stand.data(namespace, 'twinward-ingest');
  const { lease } = await ingest.call('OpenSync', { source, holder: 'pod-1' }, deadline);
  return { ingest, lease };
}

/** Sends one batch. */
export function send(
  ingest: Data,
  source: string,
  lease: string,
  records: readonly SourceRecord[],
  cursor?: string,
  rejected: readonly RejectedRecord[] = [],
): Promise<IngestRecordsResponse__Output> {
  return ingest.clientStream(
    'IngestRecords',
    [
      { header: { source, lease } },
      ...records.map((record) => ({ record })),
      ...rejected.map((item) => ({ rejected: item })),
      ...(cursor === undefined ? [] : [{ cursor: Buffer.from(cursor) }]),
    ],
    60_000,
  );
}

/** A Patient record. */
export function aPatient(
  id: string,
  change: { handle?: string; identifier?: string; birth?: string; order?: number; text?: string } = {},
): SourceRecord {
  const text = change.text ?? `patient ${id}`;
  return {
    type: 'Patient',
    id,
    patientId: id,
    version: '1',
    sourceOrder: change.order ?? 1,
    contentHash: hashOf(text + JSON.stringify(change)),
    raw: Buffer.from(text),
    deleted: false,
    events: [],
    person: {
      identifiers: change.identifier === undefined ? [] : [{ system: 'urn:mrn', value: change.identifier }],
      handle: change.handle ?? '',
      sex: 'SEX_FEMALE',
      birthDate: change.birth ?? '1960-05-04',
      deceased: '',
      document: Buffer.from(text),
    },
  };
}

/** A Condition record. */
export function aCondition(
  id: string,
  patientId: string,
  change: { code?: string; time?: string; order?: number; deleted?: boolean; text?: string } = {},
): SourceRecord {
  const { code = 'I10', time = '2020-03-01T10:00:00Z' } = change;
  const text = change.text ?? `condition ${id}`;
  return {
    type: 'Condition',
    id,
    patientId,
    version: '1',
    sourceOrder: change.order ?? 1,
    contentHash: hashOf(text + JSON.stringify(change)),
    raw: Buffer.from(text),
    deleted: change.deleted ?? false,
    events:
      change.deleted === true
        ? []
        : [
            {
              ordinal: 0,
              system: 'http://hl7.org/fhir/sid/icd-10',
              code,
              time,
              precision: 'second',
              action: 'ACTION_OCCUR',
              numberText: '',
              ucum: '',
            },
          ],
  };
}

function hashOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
