// One real control plane for the tests of a file, and clients of it, straight or through the fault proxy.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { buildConnector } from 'undici';
import type { ApiClient } from '#runtime/api.ts';
import { systemClock } from '#runtime/clock.ts';
import { type Credentials, kubeconfigCredentials } from '#runtime/credentials.ts';
import { createHttpClient } from '#runtime/http.ts';
import { createLog, type Log } from '#runtime/log.ts';
import { objectPath } from '#runtime/object-key.ts';
import type { KubernetesObject } from '#runtime/objects.ts';
import { RESOURCES } from '#runtime/resource-types.ts';
import { type ControlPlane, startControlPlane } from '../../../local/control-plane/start.ts';

export const clock = systemClock();
export const random = Math.random;
export const log: Log = createLog({
  name: 'test',
  level: process.env['TWINWARD_LOG_LEVEL'] === 'debug' ? 'debug' : 'silent',
});

export interface Plane {
  readonly plane: ControlPlane;
  readonly client: ApiClient;
  /** A client that goes through `url` with the administrator's token. */
  clientThrough(url: string): ApiClient;
  createNamespace(name: string): Promise<void>;
  stop(): Promise<void>;
}

export async function startPlane(auditPolicy?: string): Promise<Plane> {
  const stateDir = mkdtempSync(join(tmpdir(), 'twinward-runtime-'));
  const plane = await startControlPlane({
    stateDir,
    durable: false,
    ...(auditPolicy ? { auditPolicy } : {}),
  });
  const credentials = await kubeconfigCredentials(clock, plane.kubeconfig);
  const clientWith = (through: Credentials): ApiClient =>
    createHttpClient({ credentials: through, clock, random, userAgent: 'twinward-test/0' });
  const client = clientWith(credentials);
  return {
    plane,
    client,
    clientThrough: (url) => clientWith({ ...credentials, server: url, connector: () => buildConnector({}) }),
    createNamespace: async (name) => {
      await client.request({
        method: 'POST',
        path: '/api/v1/namespaces',
        body: { apiVersion: 'v1', kind: 'Namespace', metadata: { name } },
      });
    },
    stop: async () => {
      await client.close();
      await plane.stop();
      rmSync(stateDir, { recursive: true });
    },
  };
}

/** Waits until `holds` is true; fails after `milliseconds`, saying `what` did not happen. */
export async function eventually(
  what: string,
  holds: () => boolean | Promise<boolean>,
  milliseconds = 20_000,
): Promise<void> {
  const deadline = performance.now() + milliseconds;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`not within ${milliseconds} ms: ${what}`);
    await delay(20);
  }
}

export interface ConfigMap extends KubernetesObject {
  readonly data?: Readonly<Record<string, string>>;
}

export function aConfigMap(
  namespace: string,
  name: string,
  data: Readonly<Record<string, string>> = {},
): ConfigMap {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { namespace, name, labels: { test: 'yes' } },
    data,
  };
}

/** Writes an object with another field manager, as a user would. */
export function put(client: ApiClient, object: ConfigMap): Promise<ConfigMap> {
  const { namespace = '', name } = object.metadata;
  return client.request({
    method: 'PATCH',
    path: objectPath(RESOURCES.configMaps, { namespace, name }),
    query: { fieldManager: 'user', force: true },
    contentType: 'apply',
    body: object,
  });
}

export function remove(client: ApiClient, namespace: string, name: string): Promise<unknown> {
  return client.request({ method: 'DELETE', path: objectPath(RESOURCES.configMaps, { namespace, name }) });
}
