import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type ServiceClient } from '#proto/connect.ts';
import type { TwinDataDefinition } from '#proto/gen/twinward/v1/TwinData.ts';
import type { Flags } from './arguments.ts';
import { type Cluster, openCluster } from './cluster.ts';
import { usageError } from './failure.ts';
import { startForwarding } from './forward.ts';

/** The name in the serving certificate, whatever way the service is reached. */
const SERVER_NAME = 'twinward-twins.twinward-system.svc';

/** A connection to the twin service as an account of one namespace. */
export interface Session {
  readonly client: ServiceClient<TwinDataDefinition>;
  readonly namespace: string;
  readonly account: string;
  close(): Promise<void>;
}

/** Opens a session by flags and environment. What it needs from the cluster and was not given, it asks the API for. */
export async function openSession(flags: Flags, defaultAccount: string): Promise<Session> {
  const folder = mkdtempSync(join(tmpdir(), 'kubectl-twin-'));
  const closers: (() => Promise<void> | void)[] = [() => rmSync(folder, { recursive: true, force: true })];
  const close = async (): Promise<void> => {
    for (const step of closers.reverse()) await step();
  };
  try {
    const cluster = lazyCluster(flags.kubeconfig, closers);
    const namespace = flags.namespace ?? (await namespaceOf(flags, cluster));
    const account = flags.account ?? process.env['TWINWARD_ACCOUNT'] ?? defaultAccount;
    const keep = (name: string, content: string): string => {
      writeFileSync(join(folder, name), content, { mode: 0o600 });
      return join(folder, name);
    };
    const address = await endpointOf(flags, cluster, closers);
    const caFile = flags['ca-file'] ?? keep('ca.crt', await (await cluster()).readTrustBundle());
    const tokenFile =
      flags['token-file'] ?? keep('token', await (await cluster()).requestToken(namespace, account));
    const target = { address, caFile, tokenFile, serverName: SERVER_NAME };
    const client = connect<TwinDataDefinition>('twinward.v1.TwinData', target);
    closers.push(() => client.close());
    return { client, namespace, account, close };
  } catch (error) {
    await close();
    throw error;
  }
}

type LazyCluster = () => Promise<Cluster>;

function lazyCluster(kubeconfig: string | undefined, closers: (() => Promise<void> | void)[]): LazyCluster {
  let opened: Promise<Cluster> | undefined;
  return async () => {
    opened ??= openCluster(kubeconfig).then((cluster) => {
      closers.push(() => cluster.close());
      return cluster;
    });
    return await opened;
  };
}

/** With a token of its own, the token says the namespace; else that of the kubeconfig's context. */
async function namespaceOf(flags: Flags, cluster: LazyCluster): Promise<string> {
  return flags['token-file'] === undefined ? (await cluster()).namespace : 'default';
}

async function endpointOf(
  flags: Flags,
  cluster: LazyCluster,
  closers: (() => Promise<void> | void)[],
): Promise<string> {
  const given = flags.endpoint ?? process.env['TWINWARD_ENDPOINT'];
  if (given !== undefined && given !== '') return checkedEndpoint(given);
  if (flags['port-forward']) {
    const forwarding = await startForwarding(flags.kubeconfig ?? process.env['KUBECONFIG']);
    closers.push(forwarding.close);
    return forwarding.address;
  }
  const address = await (await cluster()).readServiceAddress();
  // On one machine the service's own address is a loopback address, and it answers.
  if (address.startsWith('127.')) return address;
  throw usageError(
    'where the twin service is reached is not known: give --endpoint HOST:PORT, TWINWARD_ENDPOINT or --port-forward',
  );
}

function checkedEndpoint(text: string): string {
  if (!/^(?:\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]+):\d{1,5}$/.test(text)) {
    throw usageError('--endpoint (or TWINWARD_ENDPOINT) must be HOST:PORT');
  }
  return text;
}
