// A real control plane with our kinds and the shipped RBAC on it, and operators as processes under their shipped account.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseAllDocuments, stringify } from 'yaml';
import type { ApiClient } from '#runtime/api.ts';
import { isNotFound } from '#runtime/api.ts';
import { collectionPath, objectPath } from '#runtime/object-key.ts';
import type { KubernetesObject, ResourceType } from '#runtime/objects.ts';
import { kinds } from '../../../operator/resources.ts';
import { eventually, type Plane, startPlane } from '../runtime/plane.ts';
import { AUDIT_POLICY, type AuditEntry, readAudit } from './audit.ts';

export { eventually };
export const ROOT: string = join(import.meta.dirname, '../../..');
export const SYSTEM = 'twinward-system';
const SHIPPED = new Set([
  'Namespace',
  'ServiceAccount',
  'ClusterRole',
  'ClusterRoleBinding',
  'Role',
  'RoleBinding',
  'Service',
]);

/** An object with the parts that tests look at. */
export interface Thing extends KubernetesObject {
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly status?: {
    readonly observedGeneration?: number;
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly reason: string;
    }[];
  } & Readonly<Record<string, unknown>>;
  readonly data?: Readonly<Record<string, string>>;
}

/** An operator that runs as a process of its own. */
export interface Replica {
  readonly process: ChildProcess;
  /** How the audit log names its token. */
  readonly token: string;
  /** Its log so far, standard error included. */
  log(): string;
  ended(): boolean;
  /** Whether its log says that it leads now. */
  leads(): boolean;
  metrics(): Promise<string>;
  stop(signal: NodeJS.Signals): Promise<number | null>;
}

export interface ReplicaOptions {
  readonly name?: string;
  /** URL instead of the API server's, plain HTTP, such as that of a fault proxy. */
  readonly through?: string;
  readonly env?: Readonly<Record<string, string>>;
}

export interface Stand extends Pick<Plane, 'plane' | 'client' | 'createNamespace'> {
  readonly folder: string;
  /** Loopback address at which callers look for the twin service. */
  readonly twinsHost: string;
  audit(): readonly AuditEntry[];
  kubectl(...args: readonly string[]): string;
  startOperator(options?: ReplicaOptions): Promise<Replica>;
  apply(type: ResourceType, object: KubernetesObject & Readonly<Record<string, unknown>>): Promise<Thing>;
  /** JSON merge patch, as somebody who edits by hand. */
  patch(type: ResourceType, namespace: string, name: string, body: object): Promise<Thing>;
  get(type: ResourceType, namespace: string, name: string): Promise<Thing | undefined>;
  list(type: ResourceType, namespace: string): Promise<readonly Thing[]>;
  remove(type: ResourceType, namespace: string, name: string): Promise<void>;
  /** A token of an account, by TokenRequest. */
  token(namespace: string, account: string, audience?: string): Promise<string>;
  /** Copies the trust bundle to where the operators have it mounted, as the kubelet does. */
  mountTrust(): Promise<void>;
  readonly trustFile: string;
  stop(): Promise<void>;
}

/** A free address of the loopback network, where a process has all ports for itself. */
export const loopbackAddress = (): string =>
  `127.${randomInt(130, 250)}.${randomInt(1, 255)}.${randomInt(1, 255)}`;

/** Times of the leases of operators in tests. */
export const LEASE = {
  TWINWARD_LEASE_DURATION_SECONDS: '4',
  TWINWARD_LEASE_RENEW_SECONDS: '3',
  TWINWARD_LEASE_RETRY_SECONDS: '0.5',
} as const;

export async function startStand(): Promise<Stand> {
  const plane = await startPlane(AUDIT_POLICY);
  const folder = mkdtempSync(join(tmpdir(), 'twinward-operator-'));
  const twinsHost = loopbackAddress();
  const trustFolder = join(folder, 'trust');
  mkdirSync(trustFolder);
  writeFileSync(
    join(folder, 'services.json'),
    JSON.stringify({
      names: {
        'twinward-twins.twinward-system': [twinsHost],
        'twinward-twins-client.twinward-system': [twinsHost],
      },
    }),
  );
  const replicas: Replica[] = [];
  const stand: Stand = {
    ...plane,
    ...objectsOf(plane.client),
    folder,
    twinsHost,
    trustFile: join(trustFolder, 'ca.crt'),
    audit: () => readAudit(plane.plane.auditLog),
    kubectl: (...args) => kubectl(plane, args),
    startOperator: async (options = {}) => {
      const replica = await startReplica(stand, options, replicas.length);
      replicas.push(replica);
      return replica;
    },
    mountTrust: async () => {
      const configMaps = { group: '', version: 'v1', plural: 'configmaps', kind: 'ConfigMap' };
      const bundle = await stand.get(configMaps, SYSTEM, 'twinward-ca');
      writeFileSync(join(trustFolder, 'ca.crt'), bundle?.data?.['ca.crt'] ?? '');
    },
    stop: async () => {
      for (const replica of replicas) await replica.stop('SIGKILL');
      await plane.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  install(stand);
  return stand;
}

/** Our kinds and the accounts and rights of demo.yaml; its pods are not run here. */
function install(stand: Stand): void {
  const crds = join(ROOT, 'charts/manifests/crds.yaml');
  stand.kubectl('apply', '--server-side', '-f', crds);
  const shipped = parseAllDocuments(readFileSync(join(ROOT, 'charts/manifests/demo.yaml'), 'utf8'))
    .map((document) => document.toJSON())
    .filter((object) => object !== null && SHIPPED.has(object.kind));
  const file = join(stand.folder, 'shipped.yaml');
  writeFileSync(file, shipped.map((object) => `---\n${stringify(object)}`).join(''));
  stand.kubectl('apply', '--server-side', '-f', file);
  const names = Object.values(kinds).map(({ plural }) => `crd/${plural}.twinward.io`);
  stand.kubectl('wait', '--for=condition=Established', '--timeout=60s', ...names);
}

function kubectl({ plane }: Plane, args: readonly string[]): string {
  const done = spawnSync(plane.binaries.kubectl, args, {
    encoding: 'utf8',
    timeout: 120_000,
    env: { KUBECONFIG: plane.kubeconfig, HOME: plane.stateDir, PATH: process.env['PATH'] ?? '' },
  });
  if (done.status !== 0) throw new Error(`kubectl ${args.join(' ')}: ${done.stderr}`);
  return done.stdout;
}

type Objects = Pick<Stand, 'apply' | 'patch' | 'get' | 'list' | 'remove' | 'token'>;

function objectsOf(client: ApiClient): Objects {
  return {
    apply: (type, object) =>
      client.request({
        method: 'PATCH',
        path: objectPath(type, { namespace: object.metadata.namespace ?? '', name: object.metadata.name }),
        query: { fieldManager: 'user', force: true },
        contentType: 'apply',
        body: object,
      }),
    patch: (type, namespace, name, body) =>
      client.request({
        method: 'PATCH',
        path: objectPath(type, { namespace, name }),
        query: { fieldManager: 'editor' },
        contentType: 'mergePatch',
        body,
      }),
    get: (type, namespace, name) =>
      client
        .request<Thing>({ method: 'GET', path: objectPath(type, { namespace, name }) })
        .catch((error: unknown) => {
          if (isNotFound(error)) return undefined;
          throw error;
        }),
    list: async (type, namespace) => {
      const path = collectionPath(type, namespace);
      const answer = await client.request<{ readonly items: readonly Thing[] }>({ method: 'GET', path });
      return answer.items;
    },
    remove: async (type, namespace, name) => {
      await client.request({ method: 'DELETE', path: objectPath(type, { namespace, name }) });
    },
    token: async (namespace, account, audience) => {
      const answer = await client.request<{ readonly status: { readonly token: string } }>({
        method: 'POST',
        path: `/api/v1/namespaces/${namespace}/serviceaccounts/${account}/token`,
        body: {
          apiVersion: 'authentication.k8s.io/v1',
          kind: 'TokenRequest',
          spec: { ...(audience === undefined ? {} : { audiences: [audience] }), expirationSeconds: 3_600 },
        },
      });
      return answer.status.token;
    },
  };
}

async function startReplica(stand: Stand, options: ReplicaOptions, index: number): Promise<Replica> {
  const name = options.name ?? `operator-${index}`;
  const mount = join(stand.folder, `mount-${index}`);
  const secrets = join(mount, 'var/run/secrets');
  const account = join(secrets, 'kubernetes.io/serviceaccount');
  mkdirSync(account, { recursive: true });
  mkdirSync(join(secrets, 'twinward'));
  mkdirSync(join(mount, 'dev'));
  symlinkSync(join(stand.folder, 'trust'), join(secrets, 'twinward-ca'));
  const token = await stand.token(SYSTEM, 'twinward-operator');
  writeFileSync(join(account, 'token'), token);
  writeFileSync(join(account, 'ca.crt'), stand.plane.certificateAuthority);
  writeFileSync(join(account, 'namespace'), SYSTEM);
  writeFileSync(join(secrets, 'twinward/token'), await stand.token(SYSTEM, 'twinward-operator', 'twinward'));
  const host = loopbackAddress();
  const server = new URL(stand.plane.server);
  const through =
    options.through === undefined ? {} : { KUBECONFIG: kubeconfigOf(mount, options.through, account) };
  const child = spawn(process.execPath, ['operator/main.ts'], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'],
      NODE_OPTIONS: `--import=${join(ROOT, 'local/process-node/resolve.mjs')}`,
      PROCESS_NODE_SERVICES: join(stand.folder, 'services.json'),
      CONTAINER_SANDBOX_MOUNT_POINT: mount,
      KUBERNETES_SERVICE_HOST: server.hostname,
      KUBERNETES_SERVICE_PORT: server.port,
      POD_IP: host,
      POD_NAME: name,
      POD_NAMESPACE: SYSTEM,
      TWINWARD_TWINS_ADDRESS: 'dns:///twinward-twins.twinward-system.svc:8443',
      TWINWARD_IMAGE_INGEST: 'ghcr.io/twinward/ingest:test',
      TWINWARD_IMAGE_INFERENCE: 'ghcr.io/twinward/inference:test',
      TWINWARD_IMAGE_INFERENCE_CUDA: 'ghcr.io/twinward/inference:test-cuda',
      TWINWARD_IMAGE_SIMULATE: 'ghcr.io/twinward/simulate:test',
      TWINWARD_ENGINE_TLS: 'On',
      ...LEASE,
      ...through,
      ...options.env,
    },
  });
  return replicaOf(child, host, token);
}

function kubeconfigOf(folder: string, server: string, account: string): string {
  const file = join(folder, 'kubeconfig');
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    // Plain HTTP on loopback: there is no TLS to verify.
    clusters: [{ name: 'c', cluster: { server, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'u', user: { token: readFileSync(join(account, 'token'), 'utf8') } }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u', namespace: SYSTEM } }],
    'current-context': 'x',
  };
  writeFileSync(file, JSON.stringify(config));
  return file;
}

function replicaOf(child: ChildProcess, host: string, token: string): Replica {
  let log = '';
  const keep = (data: Buffer): void => {
    log += data.toString();
  };
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  const exited = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  const { jti } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
  return {
    process: child,
    token: `JTI=${jti}`,
    log: () => log,
    ended: () => child.exitCode !== null || child.signalCode !== null,
    leads: () => log.lastIndexOf('"leading"') > log.lastIndexOf('"no longer leading"'),
    metrics: () => fetch(`http://${host}:8081/metrics`).then((answer) => answer.text()),
    stop: (signal) => {
      child.kill(signal);
      return exited;
    },
  };
}
