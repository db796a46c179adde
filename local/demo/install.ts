import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { relative } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { connect } from 'node:tls';
import { z } from 'zod';
import { LocalFailure } from '../failure.ts';
import type { Postgres } from '../postgres/start.ts';
import { keptSecret } from '../private-files.ts';
import type { Progress } from '../progress.ts';
import type { Cluster, ClusterObject } from './cluster.ts';
import { type Layout, MANIFESTS, ROOT, SYSTEM_NAMESPACE } from './layout.ts';

const APPLY = ['apply', '--server-side', '--force-conflicts', '--field-manager=twinward-demo'];
const REQUIRED_DEPLOYMENTS = ['twinward-operator', 'twinward-twins'];
/** A new node needs a moment to find out which pods of its predecessor are dead. */
const SETTLING_MILLISECONDS = 3_000;
const PATIENCE_MILLISECONDS = 5 * 60_000;

/**
 * Waits until something answers TLS at the address of the twin service, through the cluster's forwarding.
 * @throws LocalFailure when nothing does for a minute.
 */
export async function waitForEndpoint(endpoint: string, progress: Progress): Promise<void> {
  await progress.step(`the twin service at ${endpoint}`, async () => {
    const deadline = Date.now() + 60_000;
    for (;;) {
      try {
        await shakeHands(endpoint);
        return;
      } catch (cause) {
        if (Date.now() > deadline) {
          throw new LocalFailure(
            `nothing answers at ${endpoint}`,
            `kubectl -n ${SYSTEM_NAMESPACE} logs deploy/twinward-twins`,
            { cause },
          );
        }
      }
      await delay(500);
    }
  });
}

/** Gives the cluster what a hospital's platform team would: namespace, database and key; then our manifests. */
export async function installSystem(
  layout: Layout,
  postgres: Postgres,
  cluster: Cluster,
  progress: Progress,
  nodeIsNew: boolean,
): Promise<void> {
  requireFiles(MANIFESTS.crds, MANIFESTS.system);
  await progress.step('manifests', async (detail) => {
    detail('namespace and secrets');
    await cluster.kubectl([...APPLY, '-f', '-'], { input: JSON.stringify(preparations(layout, postgres)) });
    detail('custom resource definitions');
    await cluster.kubectl([...APPLY, '-f', MANIFESTS.crds]);
    await cluster.kubectl(['wait', '--for=condition=Established', '-f', MANIFESTS.crds, '--timeout=60s']);
    detail('operator and twin service');
    await cluster.kubectl([...APPLY, '-f', MANIFESTS.system]);
  });
  await progress.step('operator and twin service', (detail) =>
    waitForDeployments(cluster, detail, nodeIsNew ? SETTLING_MILLISECONDS : 0),
  );
}

/** Applies the samples, all at once, before any data exist. */
export async function applySamples(cluster: Cluster, progress: Progress): Promise<void> {
  requireFiles(MANIFESTS.samples);
  await progress.step(relative(ROOT, MANIFESTS.samples), () =>
    cluster.kubectl([...APPLY, '-f', MANIFESTS.samples]),
  );
}

function preparations(layout: Layout, postgres: Postgres): unknown {
  const kek = keptSecret(layout.kek, () => randomBytes(32).toString('base64'));
  const secret = (name: string, data: Readonly<Record<string, string>>) => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace: SYSTEM_NAMESPACE },
    type: 'Opaque',
    data: Object.fromEntries(
      Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')]),
    ),
  });
  return {
    apiVersion: 'v1',
    kind: 'List',
    items: [
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: SYSTEM_NAMESPACE } },
      secret('twinward-database', {
        'service-url': postgres.serviceUrl,
        'keyring-url': postgres.keyringUrl,
        'migrate-url': postgres.migrateUrl,
      }),
      secret('twinward-kek', { kek }),
    ],
  };
}

async function waitForDeployments(
  cluster: Cluster,
  detail: (text: string) => void,
  settlingMilliseconds: number,
): Promise<void> {
  const deadline = Date.now() + PATIENCE_MILLISECONDS;
  let availableAt: number | undefined;
  for (;;) {
    const open = await unavailableDeployments(cluster);
    availableAt = open.length > 0 ? undefined : (availableAt ?? Date.now());
    if (availableAt !== undefined && Date.now() - availableAt >= settlingMilliseconds) {
      return;
    }
    detail(`waiting for ${open.join(', ')}${await reasonsOfPods(cluster)}`);
    if (Date.now() > deadline) {
      const pods = await cluster.kubectl(['get', 'pods', '-n', SYSTEM_NAMESPACE, '-o', 'wide']);
      throw new LocalFailure(
        `not available after ${PATIENCE_MILLISECONDS / 60_000} minutes: ${open.join(', ')}\n${pods}`,
        `kubectl -n ${SYSTEM_NAMESPACE} describe pods; kubectl -n ${SYSTEM_NAMESPACE} logs deploy/${open[0] ?? ''}`,
      );
    }
    await delay(500);
  }
}

/** Who serves there is proved by its callers; this only asks whether anybody does. */
function shakeHands(endpoint: string): Promise<void> {
  const [host = '', port] = endpoint.split(':');
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port: Number(port), rejectUnauthorized: false, timeout: 5_000 }, () => {
      socket.destroy();
      resolve();
    });
    socket.on('timeout', () => socket.destroy(new Error('no answer')));
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('closed')));
  });
}

async function unavailableDeployments(cluster: Cluster): Promise<readonly string[]> {
  const path = `/apis/apps/v1/namespaces/${SYSTEM_NAMESPACE}/deployments`;
  const deployments = await cluster.list(path, 'Deployment');
  const absent = REQUIRED_DEPLOYMENTS.filter(
    (name) => !deployments.some(({ metadata }) => metadata.name === name),
  );
  return [...absent, ...deployments.filter((d) => !isAvailable(d)).map(({ metadata }) => metadata.name)];
}

const podStatusSchema = z.object({
  containerStatuses: z
    .array(z.object({ state: z.object({ waiting: z.object({ reason: z.string() }).optional() }) }))
    .default([]),
});

/** Why containers wait, such as ` (ImagePullBackOff, CrashLoopBackOff)`; empty when none says. */
async function reasonsOfPods(cluster: Cluster): Promise<string> {
  const pods = await cluster.list(`/api/v1/namespaces/${SYSTEM_NAMESPACE}/pods`, 'Pod');
  const reasons = pods
    .flatMap(({ status }) => podStatusSchema.parse(status).containerStatuses)
    .flatMap(({ state }) => state.waiting?.reason ?? []);
  return reasons.length === 0 ? '' : ` (${[...new Set(reasons)].join(', ')})`;
}

/** Available, and at the generation that was applied, so that an old rollout does not pass for the new one. */
function isAvailable({ metadata, spec, status }: ClusterObject): boolean {
  return (
    status.observedGeneration >= metadata.generation &&
    status['updatedReplicas'] === (spec['replicas'] ?? 1) &&
    status.conditions.some(({ type, status: state }) => type === 'Available' && state === 'True')
  );
}

function requireFiles(...files: readonly string[]): void {
  const missing = files.filter((file) => !existsSync(file)).map((file) => relative(ROOT, file));
  if (missing.length > 0) {
    throw new LocalFailure(
      `${missing.join(', ')} is missing.`,
      `These files are part of the repository: git checkout ${missing.join(' ')}`,
    );
  }
}
