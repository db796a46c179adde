import { mkdirSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { guardLastWords } from '#runtime/last-words.ts';
import { createLog, type Log } from '#runtime/log.ts';
import { connectApi, type KubeApi } from './api.ts';
import { selfSigned } from './certificate.ts';
import { type Config, parseConfig, USAGE } from './config.ts';
import { baseEnvironment } from './container-start.ts';
import { createForwarder } from './forwarder.ts';
import { readKubeconfig } from './kubeconfig.ts';
import { serveKubelet } from './kubelet-server.ts';
import { createGrowthKeeper } from './log-file.ts';
import { machineCapacity, type NodeFacts, registerNode, renewLease } from './node-object.ts';
import { createObjectStore } from './object-store.ts';
import type { Pod, Service } from './pod.ts';
import { PodManager, servicesFile } from './pod-manager.ts';
import { createRecorder } from './recorder.ts';
import { follow } from './reflector.ts';
import type { Setting } from './setting.ts';
import { createTokens } from './tokens.ts';

const LEASE_PERIOD = 10_000;
const STATUS_PERIOD = 60_000;
const LOG_PERIOD = 500;
const STOP_GRACE = 60_000;
const EXIT_GRACE = 1_000;

/** Composition root: the API server on one side, processes of this machine on the other. */
async function main(config: Config, log: Log): Promise<void> {
  mkdirSync(config.stateDirectory, { recursive: true, mode: 0o700 });
  const abort = new AbortController();
  const api = connectApi(await readKubeconfig(config.kubeconfig));
  const now = (): number => Date.now();
  const holder: { manager?: PodManager } = {};
  const setting = settingOf(config, api, log, now, (key) => holder.manager?.objectChanged(key));
  const forwarder = createForwarder(log);
  const manager = new PodManager(setting, forwarder);
  holder.manager = manager;
  await manager.load();
  const identity = selfSigned(config.nodeName, now());
  const server = await serveKubelet(identity, config.kubeletPort, manager.findLog, now);
  const capacity = { ...machineCapacity(), ...config.capacity };
  const facts: NodeFacts = { name: config.nodeName, kubeletPort: server.port, capacity };
  const loops = [
    every(LEASE_PERIOD, abort.signal, log, () => renewLease(api, config.nodeName, now())),
    every(STATUS_PERIOD, abort.signal, log, () => registerNode(api, facts, now())),
    every(LOG_PERIOD, abort.signal, log, () => manager.noteLogs()),
    ...watches(config, api, manager, log, abort.signal),
  ];
  log.info('process node started', { name: config.nodeName, pid: process.pid, port: server.port });
  const signal = await stopSignal();
  log.info('process node ends', { signal, action: config.onExit });
  if (config.onExit === 'stop') await manager.stopAll(STOP_GRACE);
  await manager.close();
  abort.abort();
  setting.objects.close();
  forwarder.close();
  server.close();
  await api.close();
  await Promise.all(loops);
  // Nothing is left to do; a peer that keeps a connection open must not keep this process.
  setTimeout(() => process.exit(), EXIT_GRACE).unref();
}

function settingOf(
  config: Config,
  api: KubeApi,
  log: Log,
  now: () => number,
  onObject: (key: string) => void,
): Setting {
  return {
    api,
    nodeName: config.nodeName,
    stateDirectory: config.stateDirectory,
    repositoryRoot: config.repositoryRoot,
    policy: config.backoff,
    objects: createObjectStore(api, onObject),
    tokens: createTokens(api, now),
    recorder: createRecorder(api, config.nodeName, now, (error) => log.warn('event not written', { error })),
    growth: createGrowthKeeper(),
    log,
    now,
    baseEnvironment: baseEnvironment(api.server, servicesFile(config.stateDirectory)),
  };
}

function watches(
  config: Config,
  api: KubeApi,
  manager: PodManager,
  log: Log,
  signal: AbortSignal,
): readonly Promise<void>[] {
  const pods = {
    path: `/api/v1/pods?fieldSelector=spec.nodeName%3D${config.nodeName}`,
    onChange: (items: ReadonlyMap<string, Pod>) => manager.setPods(items.values()),
    onError: (error: unknown) => log.warn('watch interrupted', { kind: 'pods', error }),
  };
  const services = {
    path: '/api/v1/services',
    onChange: (items: ReadonlyMap<string, Service>) => manager.setServices(items.values()),
    onError: (error: unknown) => log.warn('watch interrupted', { kind: 'services', error }),
  };
  return [follow<Pod>(api, pods, signal), follow<Service>(api, services, signal)];
}

const RETRY = 1_000;

/** Runs `task` now and every `period` milliseconds; after a failure again after a second. */
async function every(
  period: number,
  signal: AbortSignal,
  log: Log,
  task: () => Promise<void>,
): Promise<void> {
  let failures = 0;
  while (!signal.aborted) {
    try {
      await task();
      failures = 0;
    } catch (error) {
      failures += 1;
      if (failures === 1 && !signal.aborted) log.warn('periodic task failed', { error });
    }
    const pause = failures === 0 ? period : Math.min(RETRY, period);
    await delay(pause, undefined, { signal }).catch(() => undefined);
  }
}

function stopSignal(): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => resolve(name));
  return promise;
}

function configured(): Config | undefined {
  if (process.argv.includes('--help')) {
    console.log(USAGE);
    return undefined;
  }
  try {
    return parseConfig(process.argv.slice(2));
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
    process.exitCode = 2;
    return undefined;
  }
}

const config = configured();
if (config !== undefined) {
  const log = createLog({ name: 'process-node' });
  guardLastWords(log);
  await main(config, log);
}
