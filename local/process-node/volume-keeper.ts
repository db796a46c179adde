import { ApiError } from './api.ts';
import type { Pod } from './pod.ts';
import type { Setting } from './setting.ts';
import { createPodVolumes, type PodVolumes } from './volumes.ts';

const RETRY = 2_000;
/** The authorizer learns a moment late which objects the pods of a node use; until then it refuses them. */
const EARLY_RETRY = 150;
const EARLY_RETRIES = 20;

/** Keeps the volumes of one pod set up and current: after changes, after failures, and when tokens age. */
export class VolumeKeeper {
  #ready = false;
  #dirty = true;
  #retryAt = 0;
  #refusals = 0;
  readonly #setting: Setting;
  readonly #volumes: PodVolumes;

  constructor(setting: Setting, folder: string, podIp: string) {
    this.#setting = setting;
    this.#volumes = createPodVolumes(setting, folder, podIp);
  }

  /** Whether all volumes have been set up once. */
  get ready(): boolean {
    return this.#ready;
  }

  /** The folder of a volume that has been set up. */
  path(volume: string): string | undefined {
    return this.#volumes.path(volume);
  }

  /** The pod has changed: its volumes are looked at in the next turn. */
  markDirty(): void {
    this.#dirty = true;
  }

  /** An object that a volume shows has changed: a volume that waits for it does not wait longer. */
  retryNow(): void {
    this.#dirty = true;
    this.#retryAt = 0;
  }

  /** Sets up or updates what is due. Never throws: a failure is an event and is tried again. */
  async sync(pod: Pod): Promise<void> {
    const now = this.#setting.now();
    const due = this.#dirty || (this.#setting.tokens.nextRefresh(pod) ?? now + 1) <= now;
    if (!due || now < this.#retryAt) return;
    this.#dirty = false;
    try {
      await this.#volumes.sync(pod);
      this.#ready = true;
      this.#retryAt = 0;
    } catch (error) {
      this.#fail(pod, error, now);
    }
  }

  #fail(pod: Pod, error: unknown, now: number): void {
    this.#dirty = true;
    if (isRefusal(error) && this.#refusals < EARLY_RETRIES) {
      this.#refusals += 1;
      this.#retryAt = now + EARLY_RETRY;
      return;
    }
    this.#retryAt = now + RETRY;
    const message = error instanceof Error ? error.message : String(error);
    this.#setting.recorder.record(pod, { type: 'Warning', reason: 'FailedMount', message });
  }

  /** When `sync` should be called again, milliseconds since the epoch; Infinity for not before a change. */
  nextSync(pod: Pod): number {
    if (this.#dirty) return this.#retryAt;
    return this.#setting.tokens.nextRefresh(pod) ?? Number.POSITIVE_INFINITY;
  }
}

function isRefusal(error: unknown): boolean {
  return error instanceof Error && error.cause instanceof ApiError && error.cause.status === 403;
}
