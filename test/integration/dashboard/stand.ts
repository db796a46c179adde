// The dashboard as a process of its own, as its image starts it, between a real API server with the chart's roles, a
// real twin service, a real PostgreSQL and a real OpenID provider.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parse } from 'yaml';
import { kubernetesAuthenticator } from '../../../workers/twins/auth/kubernetes.ts';
import { renderChart } from '../../network/policies.ts';
import { eventually, type Plane, startPlane } from '../runtime/plane.ts';
import { writeCertificate } from '../twins/certificate.ts';
import { startGenerator } from '../twins/generator.ts';
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
  until,
} from '../twins/stand.ts';
import { type OidcProvider, startProvider } from './provider.ts';

/** The ward whose twins people read in tests; another one exists. */
export const WARD = 'ward-a';
const SYSTEM = 'twinward-system';
const ACCOUNT = 'twinward-dashboard';
const RBAC = '/apis/rbac.authorization.k8s.io/v1';
const KINDS = '/apis/twinward.io/v1alpha1';
const root = join(import.meta.dirname, '../../..');

/** What a test works with. */
export interface DashboardStand {
  /** Origin of the dashboard. */
  readonly url: string;
  readonly health: string;
  readonly handle: string;
  readonly api: Plane;
  readonly twins: Stand;
  readonly provider: OidcProvider;
  /** Everything that the dashboard wrote. */
  output(): string;
  /** Ends the process as kubelet does; answers its exit code. */
  end(): Promise<number | null>;
  /** Starts it again, with other settings. */
  restart(env?: Readonly<Record<string, string>>): Promise<void>;
  stop(): Promise<void>;
}

/** Starts everything and waits for a forecast. What was started is stopped when something does not start. */
export async function startDashboardStand(): Promise<DashboardStand> {
  const cleanups: (() => unknown)[] = [];
  const stop = async (): Promise<void> => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  };
  try {
    return await start(cleanups, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

async function start(cleanups: (() => unknown)[], stop: () => Promise<void>): Promise<DashboardStand> {
  const folder = mkdtempSync(join(tmpdir(), 'dashboard-'));
  cleanups.push(() => rmSync(folder, { recursive: true, force: true }));
  const [port, healthPort] = [await freePort(), await freePort()];
  const url = `http://127.0.0.1:${port}`;
  const serving = await writeCertificate(folder);
  const provider = await startProvider(`${url}/sign-in/callback`, serving);
  cleanups.push(() => provider.stop());
  const api = await startPlane();
  cleanups.push(() => api.stop());
  const { certificateAuthority, server, tokens } = api.plane;
  const reviews = { url: server, token: () => tokens.admin, certificate: certificateAuthority };
  const twins = await startStand({}, false, kubernetesAuthenticator(reviews));
  cleanups.push(() => twins.stop());
  const generator = await startGenerator();
  cleanups.push(() => generator.close());
  await prepareCluster(api);
  const handle = await prepareTwin(api, twins, { target: generator.target, sha256: generator.digest });
  const databaseUrl = await prepareRole(twins);
  await writeMounts(folder, api, twins);
  const apiServer = new URL(server);
  const program = dashboardProgram(`http://127.0.0.1:${healthPort}`, {
    PATH: process.env['PATH'],
    CONTAINER_SANDBOX_MOUNT_POINT: folder,
    KUBERNETES_SERVICE_HOST: apiServer.hostname,
    KUBERNETES_SERVICE_PORT: apiServer.port,
    POD_IP: '127.0.0.1',
    POD_NAMESPACE: SYSTEM,
    TWINWARD_HTTP_PORT: String(port),
    TWINWARD_HEALTH_PORT: String(healthPort),
    TWINWARD_TWINS_ADDRESS: twins.address,
    TWINWARD_EXTERNAL_URL: url,
    TWINWARD_DATABASE_URL: databaseUrl,
    TWINWARD_OIDC_ISSUER: provider.issuer,
    TWINWARD_OIDC_CA: provider.certificate,
    TWINWARD_OIDC_CLIENT_ID: provider.clientId,
    TWINWARD_OIDC_CLIENT_SECRET: provider.clientSecret,
    TWINWARD_OIDC_USER_CLAIM: 'email',
  });
  cleanups.push(() => program.end());
  await program.restart();
  return { url, handle, api, twins, provider, stop, ...program };
}

type Program = Pick<DashboardStand, 'end' | 'health' | 'output' | 'restart'>;

function dashboardProgram(health: string, env: NodeJS.ProcessEnv): Program {
  let output = '';
  let running: ChildProcess | undefined;
  const restart = async (more: Readonly<Record<string, string>> = {}): Promise<void> => {
    const options = { cwd: root, env: { ...env, ...more }, stdio: 'pipe' } as const;
    const child = spawn(process.execPath, ['dashboard/main.ts'], options);
    running = child;
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk) => {
        output += chunk;
      });
    const isReady = async (): Promise<boolean> => {
      if (child.exitCode !== null) throw new Error('the dashboard ended');
      return (await fetch(`${health}/readyz`).catch(() => undefined))?.status === 200;
    };
    await eventually('the dashboard is ready', isReady, 60_000).catch((cause: unknown) => {
      throw new Error(`the dashboard wrote:\n${output}`, { cause });
    });
  };
  const end = async (): Promise<number | null> => {
    const child = running;
    if (child === undefined || child.exitCode !== null) return child?.exitCode ?? null;
    child.kill('SIGTERM');
    await once(child, 'exit');
    return child.exitCode;
  };
  return { health, output: () => output, restart, end };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function create(api: Plane, path: string, body: unknown): Promise<void> {
  await api.client.request({ method: 'POST', path, body });
}

/** Our kinds, namespaces, the chart's own roles of the dashboard, and a role for the clinicians of one ward. */
async function prepareCluster(api: Plane): Promise<void> {
  for (const file of globSync('charts/twinward-crds/templates/*.yaml', { cwd: root })) {
    const definition: unknown = parse(readFileSync(join(root, file), 'utf8'));
    await create(api, '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', definition);
  }
  for (const name of [SYSTEM, WARD, 'ward-b']) await api.createNamespace(name);
  const paths: Readonly<Record<string, string>> = {
    ServiceAccount: `/api/v1/namespaces/${SYSTEM}/serviceaccounts`,
    ClusterRole: `${RBAC}/clusterroles`,
    ClusterRoleBinding: `${RBAC}/clusterrolebindings`,
  };
  for (const object of await renderChart('--set=dashboard.enabled=true')) {
    const path = paths[object.kind];
    if (object.metadata.name === ACCOUNT && path !== undefined) await create(api, path, object);
  }
  const group = 'twinward.io';
  const rules = [
    { apiGroups: [group], resources: ['patienttwins'], verbs: ['list', 'whatif'] },
    { apiGroups: [group], resources: ['patienttwins/record'], verbs: ['get'] },
  ];
  await create(api, `${RBAC}/namespaces/${WARD}/roles`, { metadata: { name: 'clinicians' }, rules });
  await create(api, `${RBAC}/namespaces/${WARD}/rolebindings`, {
    metadata: { name: 'clinicians' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'clinicians' },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: 'oidc:clinicians' }],
  });
}

/** A twin with a forecast: its record and forecast in the service, its objects in Kubernetes. */
async function prepareTwin(
  api: Plane,
  twins: Stand,
  bundle: { readonly target: string; readonly sha256: string },
): Promise<string> {
  const handle = aHandle();
  const model = { name: 'trajectory', uid: 'm', ready: true, ...bundle };
  await twins.control.call('EnsureModels', { tenant: tenant(WARD), models: [model] }, deadline);
  const outcomes = ['P1Y', 'P5Y'].map((horizon) => ({ name: 'mi', horizon }));
  const twin = aTwin(handle, { outcomes });
  await twins.control.call('EnsureTwins', { tenant: tenant(WARD), twins: [twin] }, deadline);
  const { ingest, lease } = await openSource(twins, WARD, 'ehr');
  const records = [
    ['c1', '59621000', '2018-01-01T00:00:00Z'],
    ['c2', '44054006', '2019-01-01T00:00:00Z'],
  ] as const;
  await send(ingest, 'ehr', lease, [
    aPatient('p1', { handle, birth: '1955-05-05' }),
    ...records.map(([id, code, time]) => {
      const record = aCondition(id, 'p1', { code, time });
      const events = (record.events ?? []).map((event) => ({ ...event, system: 'http://snomed.info/sct' }));
      return { ...record, events };
    }),
  ]);
  await until(async () => {
    const { states } = await twins.control.call(
      'BatchGetTwins',
      { tenant: tenant(WARD), handles: [handle] },
      deadline,
    );
    return states[0]?.update === 'UPDATE_STATE_CURRENT';
  }, 60_000);
  await createObjects(api, handle, bundle.sha256);
  return handle;
}

async function createObjects(api: Plane, handle: string, sha256: string): Promise<void> {
  const apiVersion = 'twinward.io/v1alpha1';
  const spec = { task: 'Trajectory', artifact: { uri: 'builtin:trajectory-core', sha256 } };
  const models = `${KINDS}/namespaces/${WARD}/twinmodels`;
  await eventually('the API server serves our kinds', () =>
    api.client.request({ method: 'GET', path: `${KINDS}/patienttwins` }).then(
      () => true,
      () => false,
    ),
  );
  await create(api, models, { apiVersion, kind: 'TwinModel', metadata: { name: 'trajectory' }, spec });
  await create(api, models.replace(WARD, 'ward-b'), {
    apiVersion,
    kind: 'TwinModel',
    metadata: { name: 'trajectory' },
    spec,
  });
  for (const name of [handle, ...Array.from({ length: 54 }, aHandle)]) {
    const metadata = { name };
    const twin = { apiVersion, kind: 'PatientTwin', metadata, spec: { modelRefs: [{ name: 'trajectory' }] } };
    await create(api, `${KINDS}/namespaces/${WARD}/patienttwins`, twin);
  }
  const condition = {
    type: 'UpToDate',
    status: 'True',
    reason: 'Current',
    message: 'the forecast is current',
  };
  const lastTransitionTime = new Date(Date.now() - 7_200_000).toISOString();
  await api.client.request({
    method: 'PATCH',
    path: `${KINDS}/namespaces/${WARD}/patienttwins/${handle}/status`,
    contentType: 'mergePatch',
    body: {
      status: {
        observedGeneration: 1,
        revision: 1,
        freshness: 'Fresh',
        conditions: [
          { ...condition, lastTransitionTime },
          { ...condition, type: 'Ready', reason: 'Accepted', lastTransitionTime },
        ],
      },
    },
  });
}

/** A role that owns its schema and nothing else. */
async function prepareRole({ admin, postgres }: Stand): Promise<string> {
  await admin("CREATE ROLE twinward_dashboard LOGIN PASSWORD 'dashboard'");
  await admin('GRANT CONNECT ON DATABASE twinward TO twinward_dashboard');
  await admin('CREATE SCHEMA twinward_dashboard AUTHORIZATION twinward_dashboard');
  const url = new URL(postgres.serviceUrl);
  url.username = 'twinward_dashboard';
  url.password = 'dashboard';
  return url.href;
}

/** What kubelet mounts: the account's token for the API server, the one for our services, and trust. */
async function writeMounts(folder: string, api: Plane, twins: Stand): Promise<void> {
  const token = async (audiences: readonly string[]): Promise<string> => {
    const answer = await api.client.request<{ readonly status: { readonly token: string } }>({
      method: 'POST',
      path: `/api/v1/namespaces/${SYSTEM}/serviceaccounts/${ACCOUNT}/token`,
      body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { audiences } },
    });
    return answer.status.token;
  };
  const account = 'var/run/secrets/kubernetes.io/serviceaccount';
  const files: Readonly<Record<string, string>> = {
    [`${account}/token`]: await token([]),
    [`${account}/namespace`]: SYSTEM,
    [`${account}/ca.crt`]: api.plane.certificateAuthority,
    'var/run/secrets/twinward/token': await token(['twinward']),
    'var/run/secrets/twinward-ca/ca.crt': readFileSync(twins.caFile, 'utf8'),
  };
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(join(folder, dirname(path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
}
