import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Binaries, resolveBinaries } from '../binaries/resolve.ts';
import { privateFolder, writePrivateFile } from '../private-files.ts';
import { type Daemon, ensureDaemon, livingDaemon, stopDaemon } from '../processes/daemon.ts';
import type { ProcessIdentity } from '../processes/identity.ts';
import { keptPorts } from '../processes/ports.ts';
import { startReady } from '../processes/wait.ts';
import { type Progress, silentProgress } from '../progress.ts';
import {
  COMPONENTS,
  type Component,
  daemonSpecOf,
  ETCD_SOCKET,
  type Layout,
  placesIn,
} from './components.ts';
import {
  dropExpiringCertificate,
  ensureServiceAccountKey,
  ensureTokens,
  type Tokens,
  writeKubeconfig,
} from './credentials.ts';
import { probeEtcd, probeHttps } from './probes.ts';

export interface ControlPlaneOptions {
  /** Folder for all files of the control plane; a second start over the same folder adopts what lives. */
  readonly stateDir: string;
  /** The node identity that gets a kubeconfig. Default `twinward-local`. */
  readonly nodeName?: string;
  /** False: etcd does not wait for the disk. For tests only. Default true. */
  readonly durable?: boolean;
  /** An audit policy as YAML; the log is then at `auditLog`. */
  readonly auditPolicy?: string;
  readonly progress?: Progress;
  /** Found by `resolveBinaries` when absent. */
  readonly binaries?: Binaries;
}

/** A running control plane on loopback. The kubeconfig files and tokens are secrets. */
export interface ControlPlane {
  readonly stateDir: string;
  /** Kubeconfig of an administrator (system:masters). */
  readonly kubeconfig: string;
  /** Kubeconfig of `system:node:<nodeName>`. */
  readonly nodeKubeconfig: string;
  readonly nodeName: string;
  /** `https://127.0.0.1:<port>` */
  readonly server: string;
  readonly port: number;
  /** PEM */
  readonly certificateAuthority: string;
  readonly certificateAuthorityFile: string;
  readonly tokens: Tokens;
  readonly binaries: Binaries;
  /** Written only when an audit policy was given. */
  readonly auditLog: string;
  /** Undefined while the component is dead. */
  process(component: Component): ProcessIdentity | undefined;
  /** Ends one component, for tests of faults; `SIGKILL` gives it no chance to say goodbye. */
  kill(component: Component, signal: NodeJS.Signals): Promise<void>;
  /** Starts what is dead and waits until it is ready; the same as a second `startControlPlane`. */
  restart(): Promise<void>;
  /** Ends all components; their state stays. */
  stop(): Promise<void>;
}

export const DEFAULT_NODE_NAME = 'twinward-local';

/**
 * Adopts or starts etcd, kube-apiserver, kube-controller-manager and kube-scheduler over one state folder.
 * @throws LocalFailure with the end of its log when a component does not become ready.
 */
export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const progress = options.progress ?? silentProgress;
  const binaries = options.binaries ?? (await resolveBinaries(progress));
  const folder = privateFolder(resolve(options.stateDir));
  const nodeName = options.nodeName ?? DEFAULT_NODE_NAME;
  const { file: tokenFile, tokens } = ensureTokens(folder, nodeName);
  const layout: Layout = {
    binaries,
    folder,
    ports: await componentPorts(folder),
    tokenFile,
    serviceAccountKey: ensureServiceAccountKey(folder),
    durable: options.durable ?? true,
    auditPolicyFile: keepAuditPolicy(folder, options.auditPolicy),
  };
  const identities = { nodeName, tokens };
  await startComponents(layout, identities, progress);
  return handleOf(layout, identities, () => startComponents(layout, identities, progress));
}

/** Ends the control plane of a state folder, in the opposite order of its start; its state stays. */
export async function stopControlPlane(stateDir: string): Promise<void> {
  for (const component of COMPONENTS.toReversed()) {
    await stopDaemon(placesIn(resolve(stateDir)).pidFile(component));
  }
}

interface Identities {
  readonly nodeName: string;
  readonly tokens: Tokens;
}

async function startComponents(layout: Layout, identities: Identities, progress: Progress): Promise<void> {
  const places = placesIn(layout.folder);
  privateFolder(places.sockets);
  privateFolder(places.etcdData);
  if (livingDaemon(places.pidFile('kube-apiserver')) === undefined) {
    dropExpiringCertificate(places.certificates, new Date());
  }
  await startComponent('etcd', layout, progress, ({ identity }) =>
    // Through /proc, because the path of a socket may not be longer than 107 characters.
    probeEtcd(`/proc/${identity.pid}/cwd/${ETCD_SOCKET}`),
  );
  const { apiserver, controllerManager, scheduler } = layout.ports;
  const trusted = { certificateFile: places.apiserverCertificate, token: identities.tokens.admin };
  await startComponent('kube-apiserver', layout, progress, async () => {
    await probeHttps(apiserver, '/readyz', trusted);
  });
  writeKubeconfigs(layout, identities);
  await Promise.all([
    startComponent('kube-controller-manager', layout, progress, async () => {
      await probeHttps(controllerManager, '/healthz');
      await probeHttps(apiserver, '/api/v1/namespaces/default/serviceaccounts/default', trusted);
    }),
    startComponent('kube-scheduler', layout, progress, async () => {
      await probeHttps(scheduler, '/readyz');
    }),
  ]);
}

async function startComponent(
  component: Component,
  layout: Layout,
  progress: Progress,
  probe: (daemon: Daemon) => Promise<void>,
): Promise<void> {
  await progress.step(component, async (detail) => {
    await startReady(
      () => ensureDaemon(daemonSpecOf(component, layout)),
      (daemon) => {
        detail(`waiting until process ${daemon.identity.pid} is ready`);
        return probe(daemon);
      },
    );
  });
}

function writeKubeconfigs(layout: Layout, { nodeName, tokens }: Identities): void {
  const places = placesIn(layout.folder);
  const at = {
    server: serverUrl(layout),
    certificateAuthority: readFileSync(places.apiserverCertificate, 'utf8'),
  };
  writeKubeconfig(join(layout.folder, 'kubeconfig'), at, 'twinward-admin', tokens.admin);
  writeKubeconfig(places.nodeKubeconfig, at, `system:node:${nodeName}`, tokens.node);
  writeKubeconfig(
    places.controllerManagerKubeconfig,
    at,
    'system:kube-controller-manager',
    tokens.controllerManager,
  );
  writeKubeconfig(places.schedulerKubeconfig, at, 'system:kube-scheduler', tokens.scheduler);
}

function handleOf(layout: Layout, identities: Identities, restart: () => Promise<void>): ControlPlane {
  const { folder } = layout;
  const places = placesIn(folder);
  return {
    stateDir: folder,
    kubeconfig: join(folder, 'kubeconfig'),
    nodeKubeconfig: places.nodeKubeconfig,
    ...identities,
    server: serverUrl(layout),
    port: layout.ports.apiserver,
    certificateAuthority: readFileSync(places.apiserverCertificate, 'utf8'),
    certificateAuthorityFile: places.apiserverCertificate,
    binaries: layout.binaries,
    auditLog: places.auditLog,
    process: (component) => livingDaemon(places.pidFile(component)),
    kill: (component, signal) => stopDaemon(places.pidFile(component), signal),
    restart,
    stop: () => stopControlPlane(folder),
  };
}

function serverUrl(layout: Layout): string {
  return `https://127.0.0.1:${layout.ports.apiserver}`;
}

async function componentPorts(folder: string): Promise<Layout['ports']> {
  const components: Readonly<Record<keyof Layout['ports'], Component>> = {
    apiserver: 'kube-apiserver',
    controllerManager: 'kube-controller-manager',
    scheduler: 'kube-scheduler',
  };
  return keptPorts(
    join(folder, 'ports.json'),
    ['apiserver', 'controllerManager', 'scheduler'],
    (name) => livingDaemon(placesIn(folder).pidFile(components[name])) !== undefined,
  );
}

/** The file only changes when the policy does, so that a second run finds the same command line. */
function keepAuditPolicy(folder: string, policy: string | undefined): string | undefined {
  if (policy === undefined) {
    return undefined;
  }
  const file = join(folder, 'audit-policy.yaml');
  if (!existsSync(file) || readFileSync(file, 'utf8') !== policy) {
    writePrivateFile(file, policy);
  }
  return file;
}
