// People behind a proxy: real TokenReviews and SubjectAccessReviews of a real API server, with the roles that are shipped.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { type ClientHttp2Session, connect as connectHttp2, type IncomingHttpHeaders } from 'node:http2';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { parseAllDocuments } from 'yaml';
import { connect } from '#proto/connect.ts';
import type { Scenario } from '#proto/gen/twinward/v1/Scenario.ts';
import type { TwinDataDefinition } from '#proto/gen/twinward/v1/TwinData.ts';
import { loadDefinition, protoFiles } from '#proto/load.ts';
import { reasonOf } from '#proto/status.ts';
import { systemClock } from '#runtime/clock.ts';
import { kubernetesAuthenticator } from '../../../workers/twins/auth/kubernetes.ts';
import { grpcTrajectories } from '../../../workers/twins/update/trajectories.ts';
import { type Plane, startPlane } from '../runtime/plane.ts';
import { type Generator, startGenerator, statin } from './generator.ts';
import {
  aCondition,
  aHandle,
  aPatient,
  aTwin,
  type Data,
  deadline,
  openSource,
  type Stand,
  send,
  startStand,
  tenant,
  until,
} from './stand.ts';

const root = join(import.meta.dirname, '../../..');
const system = 'twinward-system';
const wards = ['ward-a', 'ward-b'] as const;
const rbac = 'rbac.authorization.k8s.io';
const run = 'next-five-years';

type Ward = (typeof wards)[number];

/** A person, and where they ask. */
interface Asking {
  readonly user?: string;
  readonly groups?: readonly string[];
  readonly namespace?: string;
}

const anna = { user: 'oidc:anna@clinic.example', groups: ['oidc:staff', 'oidc:ward-a-clinicians'] };
const auditor = { user: 'oidc:otto', groups: ['oidc:ward-a-auditors'] };
const doctorOfB = { user: 'oidc:berta', groups: ['oidc:ward-b-clinicians'] };

function headersOf({ groups = [], namespace, user }: Asking): Metadata {
  const headers = new Metadata();
  if (user !== undefined) headers.set('twinward-user', encodeURIComponent(user));
  for (const group of groups) headers.add('twinward-group', encodeURIComponent(group));
  if (namespace !== undefined) headers.set('twinward-namespace', namespace);
  return headers;
}

describe('people behind a proxy', { timeout: 300_000 }, () => {
  let api: Plane;
  let stand: Stand;
  let generator: Generator;
  let dashboard: string;
  let client: Data;
  let session: ClientHttp2Session;
  const trajectories = grpcTrajectories(systemClock());
  const handles: Record<Ward, string> = { 'ward-a': aHandle(), 'ward-b': aHandle() };

  const create = (path: string, body: object) =>
    api.client.request<{ status?: { token?: string } }>({ method: 'POST', path, body });

  async function account(namespace: string, name: string): Promise<string> {
    const place = `/api/v1/namespaces/${namespace}/serviceaccounts`;
    await create(place, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name } });
    const spec = { audiences: ['twinward'], expirationSeconds: 3_600 };
    const kind = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest' };
    return (await create(`${place}/${name}/token`, { ...kind, spec })).status?.token ?? '';
  }

  /** Binds a role in a namespace, or a cluster role everywhere when there is none. */
  async function bind(role: string, subject: object, namespace?: string): Promise<void> {
    const [kind = '', name = ''] = role.split('/');
    const place = namespace === undefined ? 'clusterrolebindings' : `namespaces/${namespace}/rolebindings`;
    await create(`/apis/${rbac}/v1/${place}`, {
      apiVersion: `${rbac}/v1`,
      kind: namespace === undefined ? 'ClusterRoleBinding' : 'RoleBinding',
      metadata: { generateName: `${name}-` },
      roleRef: { apiGroup: rbac, kind, name },
      subjects: [subject],
    });
  }

  const group = (name: string) => ({ apiGroup: rbac, kind: 'Group', name });
  const serviceAccount = (namespace: string, name: string) => ({ kind: 'ServiceAccount', namespace, name });

  /** The role of the clinician of the samples in a ward, and the roles for people of the installed chart. */
  async function createRoles(): Promise<void> {
    const documents = (path: string) =>
      parseAllDocuments(readFileSync(join(root, path), 'utf8')).map((each) => each.toJS());
    const clinician = documents('samples/getting-started/clinician.yaml').find(({ kind }) => kind === 'Role');
    for (const ward of wards) await create(`/apis/${rbac}/v1/namespaces/${ward}/roles`, clinician);
    const installed = documents('charts/manifests/install.yaml').filter((each) =>
      /^twinward-(viewer|editor|admin)$/.test(each?.metadata.name),
    );
    assert.equal(installed.length, 3);
    const metadata = { name: 'speaker' };
    const rules = [{ apiGroups: ['twinward.io'], resources: ['people'], verbs: ['impersonate'] }];
    const speaker = { apiVersion: `${rbac}/v1`, kind: 'ClusterRole', metadata, rules };
    for (const role of [...installed, speaker]) await create(`/apis/${rbac}/v1/clusterroles`, role);
  }

  async function bindPeople(): Promise<void> {
    for (const ward of wards) await bind('Role/clinician', group(`oidc:${ward}-clinicians`), ward);
    await bind('ClusterRole/twinward-admin', group('oidc:ward-a-auditors'), 'ward-a');
    // See every object of every ward, and no record.
    await bind('ClusterRole/twinward-editor', group('oidc:staff'));
    await bind('ClusterRole/speaker', serviceAccount(system, 'twinward-dashboard'));
    await bind('ClusterRole/speaker', serviceAccount(system, 'twinward-operator'));
    await bind('ClusterRole/speaker', serviceAccount('ward-a', 'in-its-namespace'), 'ward-a');
    // What the proxy itself may do must help nobody.
    await bind('Role/clinician', serviceAccount(system, 'twinward-dashboard'), 'ward-b');
    await bind('Role/clinician', group(`system:serviceaccounts:${system}`), 'ward-b');
    await bind('Role/clinician', group('system:authenticated'), 'ward-b');
  }

  /** A ward with one twin that has a record, a forecast, and the finished simulation `run`. */
  async function fill(ward: Ward): Promise<void> {
    const handle = handles[ward];
    const { digest, target } = generator;
    const models = [{ name: 'trajectory', uid: 'm', sha256: digest, target, ready: true }];
    const { control } = stand;
    await control.call('EnsureModels', { tenant: tenant(ward), models }, deadline);
    await control.call('EnsureTwins', { tenant: tenant(ward), twins: [aTwin(handle)] }, deadline);
    const { ingest, lease } = await openSource(stand, ward, 'ehr');
    await send(ingest, 'ehr', lease, [aPatient('p1', { handle }), aCondition('c1', 'p1')]);
    const sync = { source: 'ehr', lease, failure: '', start: '', watermark: '', keepLease: false };
    await ingest.call('CloseSync', sync, deadline);
    await until(
      async () =>
        (
          await stand.admin('SELECT 1 FROM tw.prediction JOIN tw.twin USING (twin_id) WHERE handle = $1', [
            handle,
          ])
        ).length > 0,
    );
    const spec = {
      model: 'trajectory',
      twin: handle,
      subjects: 'twin',
      horizon: 'P5Y',
      trajectories: 64,
    } as const;
    const asked = {
      ...spec,
      seed: 7,
      baseline: 'usual',
      scenarios: [{ name: 'usual', interventions: [] }],
      outcomes: ['mi'],
    };
    const name = { name: run, uid: `uid-${ward}`, asOf: '2026-11-01' };
    const { frozen, refused } = await control.call(
      'FreezeSimulation',
      { tenant: tenant(ward), ...name, spec: asked },
      deadline,
    );
    assert.ok(frozen, JSON.stringify(refused));
    await simulate(ward, frozen.runKey);
  }

  async function simulate(ward: Ward, runKey: string): Promise<void> {
    const worker = stand.data(ward, 'twinward-simulate');
    for (;;) {
      const { lease, subjects, unit } = await worker.call('ClaimUnit', { runKey, holder: 'w' }, deadline);
      if (unit === '') break;
      const done = await Promise.all(
        subjects.map(async ({ ordinal, request }) => {
          assert.ok(request !== null);
          const { header, leaves } = await trajectories.simulate(generator.target, request);
          const { outcomes, requestDigest } = header;
          return { ordinal, requestDigest, leaves: [...leaves], excluded: '', outcomes };
        }),
      );
      const result = { subjects: done, engine: 'test-1/cpu' };
      await worker.call('CommitUnit', { runKey, unit, lease, result }, deadline);
    }
    const { state } = await stand.control.call(
      'FinalizeSimulation',
      { tenant: tenant(ward), runKey },
      deadline,
    );
    assert.equal(state, 'RUN_STATE_SUCCEEDED');
  }

  /** The five calls of the dashboard. */
  const calls = (by: Asking, handle: string, simulation = run) => {
    const headers = headersOf(by);
    const scenarios: Scenario[] = [
      { name: 'usual' },
      { name: 'statin', interventions: [{ ...statin, action: 'ACTION_START', atDays: 0 }] },
    ];
    const whatIf = { handle, scenarios, outcomes: ['mi'], horizonsDays: [365.25], trajectories: 64 };
    return {
      GetTwin: () => client.call('GetTwin', { handle }, deadline, undefined, headers),
      ListPredictions: () => client.call('ListPredictions', { handle }, deadline, undefined, headers),
      WhatIf: () => client.call('WhatIf', whatIf, deadline, undefined, headers),
      GetResults: () => client.call('GetResults', { simulation }, deadline, undefined, headers),
      ListEvents: () => client.call('ListEvents', { handle }, deadline, undefined, headers),
    };
  };

  /** Code, reason and message of refusals. */
  async function refusals(asked: readonly (() => Promise<unknown>)[]): Promise<readonly string[]> {
    return await Promise.all(
      asked.map((call) =>
        call().then(
          () => 'answered',
          (error: ServiceError) => `${status[error.code]} ${reasonOf(error)}: ${error.details}`,
        ),
      ),
    );
  }

  /** What a call ends with; without a `body` only its headers are sent, and the stream stays open. */
  async function raw(
    path: string,
    token: string,
    headers: object,
    body?: Buffer,
  ): Promise<readonly string[]> {
    const call = session.request(
      {
        ...{ ':method': 'POST', ':path': `/twinward.v1.${path}`, te: 'trailers' },
        ...{ 'content-type': 'application/grpc', authorization: `Bearer ${token}` },
        ...headers,
      },
      { endStream: false },
    );
    const signal = AbortSignal.timeout(10_000);
    const trailers = once(call, 'trailers', { signal }).catch(() => []);
    if (body !== undefined) call.end(body);
    const [response] = (await once(call, 'response', { signal })) as [IncomingHttpHeaders];
    call.resume();
    const end: IncomingHttpHeaders = 'grpc-status' in response ? response : (await trailers)[0];
    call.close();
    return [end['grpc-status'], end['twinward-reason'], end['grpc-message']].map((each) =>
      decodeURIComponent(String(each)),
    );
  }

  interface Entry {
    readonly kind: string;
    readonly actor: string;
    readonly outcome: string;
    readonly handle: string;
  }

  /** Entries of the audit log of a namespace, after those that are known. */
  async function audited(
    namespace: string,
    after = 0,
  ): Promise<readonly (Entry & { readonly id: number })[]> {
    return await stand.admin<Entry & { id: number } & Record<string, unknown>>(
      `SELECT e.audit_id::int AS id, e.kind, e.actor, e.outcome, e.handle
       FROM audit.entry e JOIN tw.tenant t USING (tenant_id)
       WHERE t.namespace = $1 AND e.audit_id > $2 ORDER BY e.audit_id`,
      [namespace, after],
    );
  }

  const lastId = async (): Promise<number> =>
    Number((await stand.admin('SELECT max(audit_id) AS id FROM audit.entry'))[0]?.['id'] ?? 0);
  const lines = (entries: readonly Entry[]): readonly string[] =>
    entries.map(({ actor, handle, kind, outcome }) => [kind, outcome, handle, actor].join(' ')).sort();

  before(async () => {
    api = await startPlane();
    for (const namespace of [...wards, system]) await api.createNamespace(namespace);
    const { certificateAuthority: certificate, server: url, tokens } = api.plane;
    const real = kubernetesAuthenticator({ url, token: () => tokens.admin, certificate });
    // Answers are believed for a while, as in a cluster: one ward's must not be another's.
    stand = await startStand({ TWINWARD_TOKEN_CACHE_SECONDS: '30' }, false, real);
    generator = await startGenerator();
    await createRoles();
    dashboard = await account(system, 'twinward-dashboard');
    await bindPeople();
    for (const ward of wards) await fill(ward);
    const tokenFile = join(stand.folder, 'dashboard');
    writeFileSync(tokenFile, dashboard);
    const { address, caFile } = stand;
    client = connect<TwinDataDefinition>('twinward.v1.TwinData', { address, caFile, tokenFile });
    session = connectHttp2(`https://${stand.address}`, { ca: readFileSync(stand.caFile) });
    const doctors = [calls({ ...anna, namespace: 'ward-a' }, handles['ward-a']).ListEvents];
    doctors.push(calls({ ...doctorOfB, namespace: 'ward-b' }, handles['ward-b']).ListEvents);
    await until(async () => (await refusals(doctors)).every((each) => each === 'answered'));
  });
  after(async () => {
    session?.close();
    client?.close();
    trajectories.close();
    generator?.close();
    await stand?.stop();
    await api?.stop();
  });

  it('reads and asks in the ward that the role of their group is bound in', async () => {
    const by = calls({ ...anna, namespace: 'ward-a' }, handles['ward-a']);
    const { events, handle, predictions } = await by.GetTwin();
    assert.deepEqual([handle, events], [handles['ward-a'], '1']);
    assert.ok(predictions.some(({ outcome, risk }) => outcome === 'mi' && risk > 0));
    assert.equal((await by.ListPredictions()).predictions.length, predictions.length);
    assert.equal((await by.ListEvents()).events.length, 1);
    const asked = (await by.WhatIf()).risks.filter(({ outcome }) => outcome === 'mi');
    assert.deepEqual(
      asked.map(({ scenario }) => scenario),
      ['usual', 'statin'],
    );
    const { results } = await by.GetResults();
    assert.ok(results.some(({ outcome, risk }) => outcome === 'mi' && Number(risk) > 0));
  });

  it('is refused elsewhere, in the same words whether or not there is anything', async () => {
    const there = { ...anna, namespace: 'ward-b' };
    const known = await refusals(Object.values(calls(there, handles['ward-b'])));
    const verbs = ['get', 'get', 'whatif', 'get', 'get'];
    assert.deepEqual(
      known,
      verbs.map(
        (verb) =>
          `PERMISSION_DENIED VERB_REQUIRED: the caller needs the verb ${verb} on ${verb === 'get' ? 'patienttwins/record' : 'patienttwins'} of group twinward.io in the namespace asked for`,
      ),
    );
    const unknown = [
      calls(there, aHandle(), 'no-such-run'),
      calls({ ...anna, namespace: system }, handles['ward-a']),
      calls({ ...anna, namespace: 'no-such-ward' }, aHandle()),
    ];
    for (const each of unknown) assert.deepEqual(await refusals(Object.values(each)), known);
  });

  it('finds nothing of another ward in their own', async () => {
    const own = { ...anna, namespace: 'ward-a' };
    const { GetResults: _same, ...foreign } = calls(own, handles['ward-b']);
    const { GetResults: _too, ...made } = calls(own, aHandle());
    const answers = await refusals(Object.values(foreign));
    assert.ok(
      answers.every((each) => each.startsWith('NOT_FOUND SUBJECT_UNKNOWN')),
      answers.join('\n'),
    );
    assert.deepEqual(answers, await refusals(Object.values(made)));
  });

  it('has the rights of the person and of their groups, and none of the proxy or of everybody', async () => {
    const handle = handles['ward-b'];
    const may = async (asking: Asking): Promise<boolean> =>
      (await refusals([calls({ namespace: 'ward-b', ...asking }, handle).GetTwin]))[0] === 'answered';
    assert.equal(await may(doctorOfB), true);
    for (const asking of [
      { user: doctorOfB.user },
      { user: doctorOfB.user, groups: ['oidc:ward-b-clinicians,oidc:staff'] },
      { user: 'oidc:ward-b-clinicians' },
      { user: `${system}/twinward-dashboard`, groups: ['serviceaccounts'] },
      { user: 'twinward-dashboard', groups: [system, 'authenticated'] },
    ]) {
      assert.equal(await may(asking), false, JSON.stringify(asking));
    }
    await bind('Role/clinician', { apiGroup: rbac, kind: 'User', name: 'oidc:Jürgen, ward B' }, 'ward-b');
    await until(() => may({ user: 'oidc:Jürgen, ward B' }));
  });

  it('refuses who may not speak for people, by their headers alone, and says what is needed', async () => {
    const tokens = {
      another: await account(system, 'another'),
      'in-its-namespace': await account('ward-a', 'in-its-namespace'),
      'twinward-ingest': await account('ward-a', 'twinward-ingest'),
    };
    const headers = [
      { 'twinward-user': 'oidc%3Aanna', 'twinward-namespace': 'ward-a' },
      { 'twinward-group': 'oidc:ward-a-clinicians' },
      { 'twinward-namespace': 'ward-b' },
      { 'twinward-user': '' },
    ];
    const last = await lastId();
    for (const token of Object.values(tokens)) {
      for (const each of headers) {
        const [code, reason, message] = await raw('TwinData/GetTwin', token, each);
        assert.deepEqual([Number(code), reason], [status.PERMISSION_DENIED, 'IMPERSONATE_REQUIRED']);
        assert.match(message ?? '', /verb impersonate on people of group twinward\.io/);
        assert.doesNotMatch(message ?? '', /anna|ward-[ab]/);
      }
    }
    const noted = ['in-its-namespace', 'twinward-ingest'].flatMap((name) =>
      headers.map(() => `impersonate Denied  ward-a/${name}`),
    );
    assert.deepEqual(lines(await audited('ward-a', last)), noted.sort(), 'in the tenant of the caller');
    assert.deepEqual(await audited('ward-b', last), []);
  });

  it('refuses reserved names and malformed headers by the headers alone, and audits them', async () => {
    const ward = { 'twinward-namespace': 'ward-a' };
    const user = { 'twinward-user': 'oidc%3Aanna' };
    const cases: readonly (readonly [headers: object, reason: string])[] = [
      [{ ...ward, 'twinward-user': 'system:masters' }, 'PERSON_RESERVED'],
      [{ ...ward, ...user, 'twinward-group': 'system%3Amasters' }, 'PERSON_RESERVED'],
      [{ ...ward, ...user, 'twinward-group': ['oidc:staff', 'system:masters'] }, 'PERSON_RESERVED'],
      [{ ...ward, 'twinward-user': ['oidc%3Aanna', 'oidc%3Aotto'] }, 'PERSON_MALFORMED'],
      [{ ...ward, 'twinward-user': 'a'.repeat(257) }, 'PERSON_MALFORMED'],
      [
        { ...ward, ...user, 'twinward-group': Array.from({ length: 65 }, (_, i) => `g${i}`) },
        'PERSON_MALFORMED',
      ],
      [{ ...ward }, 'PERSON_MALFORMED'],
      [{ ...user }, 'NAMESPACE_MALFORMED'],
      [{ ...user, 'twinward-namespace': 'Ward A' }, 'NAMESPACE_MALFORMED'],
      [{ ...user, 'twinward-namespace': ['ward-a', 'ward-b'] }, 'NAMESPACE_MALFORMED'],
    ];
    const last = await lastId();
    for (const [headers, want] of cases) {
      const [code, reason, message] = await raw('TwinData/GetTwin', dashboard, headers);
      assert.deepEqual([Number(code), reason], [status.INVALID_ARGUMENT, want], JSON.stringify(headers));
      assert.doesNotMatch(message ?? '', /anna|otto|masters/);
    }
    const person = cases.map(([, reason]) => reason).filter((reason) => reason.startsWith('PERSON'));
    const noted = person.map((reason) => `impersonate ${reason}  ${system}/twinward-dashboard`).sort();
    assert.deepEqual(lines(await audited('ward-a', last)), noted);
    assert.deepEqual(await audited('ward-b', last), []);
  });

  it('takes as many and as long names as are allowed', async () => {
    const groups = Array.from({ length: 63 }, (_, i) => `${'ü'.repeat(126)}${i}`.padEnd(130, '-'));
    const full = {
      user: 'ü'.repeat(128),
      groups: [...groups, 'oidc:ward-a-clinicians'],
      namespace: 'ward-a',
    };
    assert.equal((await calls(full, handles['ward-a']).GetTwin()).events, '1');
  });

  it('reaches no call of workers and of the operator, whoever the proxy and whatever the name is', async () => {
    const definition = loadDefinition(protoFiles.twinward);
    const methods = ['TwinControl', 'TwinData'].flatMap((service) =>
      Object.keys(definition[`twinward.v1.${service}`] ?? {}).map((method) => `${service}/${method}`),
    );
    const people = ['GetTwin', 'ListEvents', 'ListPredictions', 'GetResults', 'QueryCohort', 'Enrol'];
    people.push('EraseSubject', 'WhatIf', 'VerifyAudit');
    const others = methods.filter((each) => !people.includes(each.split('/')[1] ?? ''));
    assert.ok(others.includes('TwinControl/WatchChanges') && others.includes('TwinData/IngestRecords'));
    assert.ok(others.length >= 15, others.join());
    const operator = await account(system, 'twinward-operator');
    const last = await lastId();
    for (const [user, token] of [
      ['twinward-ingest', dashboard],
      ['twinward-simulate', dashboard],
      [`${system}/twinward-operator`, dashboard],
      ['twinward-operator', operator],
    ] as const) {
      const headers = {
        'twinward-user': encodeURIComponent(user),
        'twinward-group': 'oidc:ward-a-auditors',
        'twinward-namespace': 'ward-a',
      };
      for (const method of others) {
        const [code, reason] = await raw(method, token, headers, Buffer.alloc(5));
        const want = method.startsWith('TwinControl') ? 'NOT_OPERATOR' : 'ROLE_REQUIRED';
        assert.deepEqual([Number(code), reason], [status.PERMISSION_DENIED, want], `${user} ${method}`);
      }
    }
    const [code] = await raw('TwinControl/RetainTwins', operator, {}, Buffer.alloc(5));
    assert.equal(
      Number(code),
      status.INVALID_ARGUMENT,
      'the operator itself is let in, and names no tenant here',
    );
    const noted = await audited('ward-a', last);
    assert.equal(noted.length, 4 * others.length);
    assert.ok(
      noted.every(
        ({ actor, outcome }) =>
          outcome === 'Denied' && / via twinward-system\/twinward-(dashboard|operator)$/.test(actor),
      ),
    );
  });

  it('is audited as the person, by way of the proxy, and the log verifies', async () => {
    const last = await lastId();
    const inA = calls({ ...anna, namespace: 'ward-a' }, handles['ward-a']);
    for (const call of Object.values(inA)) await call();
    await refusals(Object.values(calls({ ...anna, namespace: 'ward-b' }, handles['ward-b'])));
    const misleading = { user: 'otto via ward-a/nurse\u{202e}', groups: anna.groups, namespace: 'ward-a' };
    await calls(misleading, handles['ward-a']).GetTwin();
    const verbs = ['get', 'get', 'get', 'get', 'whatif'];
    const via = `via ${system}/twinward-dashboard`;
    assert.deepEqual(
      lines(await audited('ward-a', last)),
      [
        ...verbs.map((kind) => `${kind} Allowed ${handles['ward-a']} ${anna.user} ${via}`),
        `get Allowed ${handles['ward-a']} otto%20via%20ward-a/nurse%E2%80%AE ${via}`,
      ].sort(),
    );
    assert.deepEqual(
      lines(await audited('ward-b', last)),
      verbs.map((kind) => `${kind} Denied ${handles['ward-b']} ${anna.user} ${via}`),
    );
    const headers = headersOf({ ...auditor, namespace: 'ward-a' });
    const verify = () => client.call('VerifyAudit', {}, deadline, undefined, headers);
    await until(async () => (await verify()).unsealed === '0');
    const { entries, firstAlteredEntry, firstBrokenBlock } = await verify();
    assert.deepEqual([firstBrokenBlock, firstAlteredEntry], ['0', '0']);
    assert.ok(Number(entries) > 10);
    await assert.rejects(
      client.call('VerifyAudit', {}, deadline, undefined, headersOf({ ...anna, namespace: 'ward-a' })),
      (error) => reasonOf(error) === 'VERB_REQUIRED',
    );
  });

  it('leaves no name of a person in the log of the service', () => {
    assert.deepEqual(
      stand.lines.filter((line) => /anna|berta|otto|clinicians/.test(line)),
      [],
    );
  });
});
