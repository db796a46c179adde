import { mkdirSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { listeningAddresses, podAddress } from './address.ts';
import { attemptFolder } from './container-process.ts';
import { references } from './container-start.ts';
import type { Forwarder } from './forwarder.ts';
import type { FindLog } from './kubelet-server.ts';
import { hasTerminalPhase } from './lifecycle.ts';
import { storeKey } from './object-store.ts';
import { allContainers, type Pod, type Service } from './pod.ts';
import { type KeptPod, loadRecords, newRecord } from './pod-files.ts';
import { PodWorker } from './pod-worker.ts';
import { containerOf } from './record.ts';
import { serviceTable } from './services.ts';
import { podFolder, type Setting } from './setting.ts';
import { volumeKeys } from './volumes.ts';

/** All pods of this node, and what Services lead to them. */
export class PodManager {
  readonly #setting: Setting;
  readonly #forwarder: Forwarder;
  readonly #workers = new Map<string, PodWorker>();
  #kept: Map<string, KeptPod> = new Map();
  #pods: readonly Pod[] | undefined;
  #services: readonly Service[] | undefined;
  #table = '';
  #writing: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(setting: Setting, forwarder: Forwarder) {
    this.#setting = setting;
    this.#forwarder = forwarder;
  }

  /** Reads what an earlier run left. Call once, before the first `setPods`. */
  async load(): Promise<void> {
    mkdirSync(join(this.#setting.stateDirectory, 'pods'), { recursive: true, mode: 0o700 });
    const kept = await loadRecords(this.#setting.stateDirectory);
    this.#kept = new Map(kept.map((one) => [one.record.uid, one]));
  }

  /** The pods that are bound to this node now. */
  setPods(pods: Iterable<Pod>): void {
    if (this.#closed) return;
    const bound = [...pods];
    this.#pods = bound;
    const present = new Set<string>();
    for (const pod of bound) {
      const uid = pod.metadata.uid ?? '';
      present.add(uid);
      const worker = this.#workers.get(uid);
      if (worker === undefined) this.#admit(pod);
      else worker.update(pod);
    }
    this.#adoptOrphans(present);
    for (const [uid, worker] of this.#workers) if (!present.has(uid)) worker.markGone();
    this.#followObjects();
    this.#resolveServices();
  }

  /** All Services of the cluster. */
  setServices(services: Iterable<Service>): void {
    this.#services = [...services];
    this.#resolveServices();
  }

  /** A ConfigMap or Secret (by its store key) has changed. */
  objectChanged(key: string): void {
    for (const worker of this.#workers.values()) {
      if (volumeKeys(worker.pod).includes(key)) worker.refreshVolumes();
    }
  }

  /** Lets the logs of all running containers be noted and rotated. */
  async noteLogs(): Promise<void> {
    for (const worker of this.#workers.values()) {
      for (const [name, container] of Object.entries(worker.record.containers)) {
        if (container.state.kind !== 'running') continue;
        const place = attemptFolder(this.#folder(worker), name, container.attempt - 1);
        await this.#setting.growth.note(place.log, this.#setting.now());
      }
    }
  }

  /** Where the log of a container lies; previous: of the attempt before. */
  readonly findLog: FindLog = (namespace, name, container, previous) => {
    const worker = [...this.#workers.values()].findLast(
      ({ record }) => record.namespace === namespace && record.name === name,
    );
    if (worker === undefined) return { problem: `pod "${name}" is not on this node` };
    if (!allContainers(worker.pod).some((one) => one.name === container)) {
      return { problem: `container ${container} is not valid for pod ${name}` };
    }
    const latest = containerOf(worker.record, container).attempt - 1;
    const attempt = previous ? latest - 1 : latest;
    const what = previous ? 'previous terminated container' : 'container';
    if (attempt < 0) return { problem: `${what} "${container}" in pod "${name}" not found: it has not run` };
    const isRunning = (): boolean => {
      const now = containerOf(worker.record, container);
      return now.attempt - 1 === attempt && now.state.kind === 'running';
    };
    return { path: attemptFolder(this.#folder(worker), container, attempt).log, isRunning };
  };

  /** Stops all pods and waits until their processes have ended, at most `grace` milliseconds. */
  async stopAll(grace: number): Promise<void> {
    for (const worker of this.#workers.values()) worker.shutDown();
    const deadline = this.#setting.now() + grace;
    while (this.#setting.now() < deadline) {
      if ([...this.#workers.values()].every((worker) => worker.isQuiet)) return;
      await delay(100);
    }
  }

  /** Ends all workers; processes go on. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const worker of this.#workers.values()) worker.close();
    await this.#writing;
  }

  #folder(worker: PodWorker): string {
    return podFolder(this.#setting.stateDirectory, worker.record.uid);
  }

  #admit(pod: Pod): void {
    const uid = pod.metadata.uid ?? '';
    const kept = this.#kept.get(uid);
    this.#kept.delete(uid);
    if (kept === undefined && hasTerminalPhase(pod) && pod.metadata.deletionTimestamp === undefined) return;
    const record = kept?.record ?? newRecord(pod, this.#addressFor(pod), this.#setting.now());
    this.#employ({ record, pod });
  }

  /** Pods of an earlier run that the API server no longer has are ended. */
  #adoptOrphans(present: ReadonlySet<string>): void {
    for (const [uid, kept] of this.#kept) {
      this.#kept.delete(uid);
      if (present.has(uid)) continue;
      this.#employ(kept);
    }
  }

  #employ(kept: KeptPod): void {
    const { uid } = kept.record;
    const worker = new PodWorker(this.#setting, kept, () => {
      this.#workers.delete(uid);
      this.#followObjects();
    });
    this.#workers.set(uid, worker);
    worker.wake();
  }

  #addressFor(pod: Pod): string {
    if (pod.spec.hostNetwork === true) return '127.0.0.1';
    const taken = new Set([...this.#workers.values()].map((worker) => worker.record.ip));
    for (const { record } of this.#kept.values()) taken.add(record.ip);
    const given = pod.status?.podIP;
    if (given?.startsWith('127.64.') && !taken.has(given)) return given;
    return podAddress(pod.metadata.uid ?? '', taken, listeningAddresses());
  }

  #followObjects(): void {
    const keys = [...this.#workers.values()].flatMap(({ pod }) => [
      ...volumeKeys(pod),
      ...allContainers(pod).flatMap((container) =>
        references(container).map(([kind, name]) =>
          storeKey(kind, pod.metadata.namespace ?? 'default', name),
        ),
      ),
    ]);
    this.#setting.objects.keepOnly(new Set(keys));
  }

  /** Nothing is said before both lists are known: half a world would take names away from running pods. */
  #resolveServices(): void {
    if (this.#services === undefined || this.#pods === undefined) return;
    const { names, ports } = serviceTable(this.#services, this.#pods);
    this.#forwarder.update(ports);
    const text = JSON.stringify({ names });
    if (text === this.#table) return;
    this.#table = text;
    const path = servicesFile(this.#setting.stateDirectory);
    this.#writing = this.#writing.then(async () => {
      await writeFile(`${path}.new`, text, { mode: 0o600 });
      await rename(`${path}.new`, path);
    });
  }
}

/** The table that the preloaded resolver reads. */
export function servicesFile(stateDirectory: string): string {
  return join(stateDirectory, 'services.json');
}
