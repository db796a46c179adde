import { ApiError, isNotFound, PatchType } from './api.ts';
import type { Pod, PodStatus } from './pod.ts';
import type { Setting } from './setting.ts';

const RETRY = 1_000;

interface Wanted {
  readonly pod: Pod;
  readonly status: PodStatus;
  readonly text: string;
}

/** Keeps one pod's status on the API server equal to the latest wanted one; one write at a time. */
export class StatusWriter {
  #wanted: Wanted | undefined;
  #written = '';
  #busy = false;
  #failures = 0;
  #timer: NodeJS.Timeout | undefined;
  readonly #setting: Setting;
  readonly #onSettled: () => void;

  /** `onSettled` is called when the API server has taken the latest status. */
  constructor(setting: Setting, onSettled: () => void) {
    this.#setting = setting;
    this.#onSettled = onSettled;
  }

  /** The latest status that was asked for. */
  get latest(): PodStatus | undefined {
    return this.#wanted?.status;
  }

  /** Whether the latest wanted status is the written one, or can no longer be written. */
  get settled(): boolean {
    return this.#wanted === undefined || this.#wanted.text === this.#written;
  }

  /** Asks for this status; equal ones are not written again. */
  want(pod: Pod, status: PodStatus): void {
    this.#wanted = { pod, status, text: JSON.stringify(status) };
    clearTimeout(this.#timer);
    void this.#write();
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#wanted = undefined;
  }

  async #write(): Promise<void> {
    if (this.#busy || this.#wanted === undefined || this.settled) return;
    this.#busy = true;
    const { text } = this.#wanted;
    const done = await this.#attempt(this.#wanted);
    this.#busy = false;
    if (done) this.#written = text;
    if (this.settled) this.#onSettled();
    else this.#timer = setTimeout(() => void this.#write(), done ? 0 : RETRY);
  }

  /** Whether the status is written, or never can be. A first failure is logged, its repetitions are not. */
  async #attempt({ pod, status }: Wanted): Promise<boolean> {
    const { namespace = 'default', name, uid } = pod.metadata;
    const path = `/api/v1/namespaces/${namespace}/pods/${name}/status`;
    try {
      await this.#setting.api.patch(path, PatchType.StrategicMerge, { metadata: { uid }, status });
      this.#failures = 0;
      return true;
    } catch (error) {
      if (isFinal(error)) return true;
      this.#failures += 1;
      if (this.#failures === 1) this.#setting.log.warn('pod status not written', { pod: name, error });
      return false;
    }
  }
}

/** The pod is gone, or another one has its name, or the status is refused for good. */
function isFinal(error: unknown): boolean {
  return isNotFound(error) || (error instanceof ApiError && [409, 422].includes(error.status));
}
