import { ApiError, isNotFound, PatchType } from './api.ts';
import type { Pod, PodStatus } from './pod.ts';
import type { Setting } from './setting.ts';

/** Keeps one pod's status on the API server equal to the latest wanted one; one write at a time. */
export interface StatusWriter {
  /** Asks for this status; equal ones are not written again. */
  want(pod: Pod, status: PodStatus): void;
  /** The latest status that was asked for. */
  readonly latest: PodStatus | undefined;
  /** Whether the latest wanted status is the written one (or can no longer be written). */
  readonly settled: boolean;
  close(): void;
}

const RETRY = 1_000;

/** A writer that calls `onSettled` when the API server has taken the latest status. */
export function createStatusWriter(setting: Setting, onSettled: () => void): StatusWriter {
  let wanted: Wanted | undefined;
  let written = '';
  let busy = false;
  let timer: NodeJS.Timeout | undefined;
  const isSettled = (): boolean => wanted === undefined || wanted.text === written;
  const writeLater = (pause: number): void => {
    timer = setTimeout(() => void write(), pause);
  };
  const write = async (): Promise<void> => {
    if (busy || wanted === undefined || isSettled()) return;
    busy = true;
    const { pod, status, text } = wanted;
    const done = await attempt(setting, pod, status);
    busy = false;
    if (done) written = text;
    if (isSettled()) onSettled();
    else writeLater(done ? 0 : RETRY);
  };
  return {
    want: (pod, status) => {
      wanted = { pod, status, text: JSON.stringify(status) };
      clearTimeout(timer);
      void write();
    },
    get latest() {
      return wanted?.status;
    },
    get settled() {
      return isSettled();
    },
    close: () => {
      clearTimeout(timer);
      wanted = undefined;
    },
  };
}

interface Wanted {
  readonly pod: Pod;
  readonly status: PodStatus;
  readonly text: string;
}

/** Whether the status is written, or never can be. */
async function attempt(setting: Setting, pod: Pod, status: PodStatus): Promise<boolean> {
  try {
    await patchStatus(setting, pod, status);
    return true;
  } catch (error) {
    if (isFinal(error)) return true;
    setting.log.warn('pod status not written', { pod: pod.metadata.name, error });
    return false;
  }
}

async function patchStatus(setting: Setting, pod: Pod, status: PodStatus): Promise<void> {
  const { namespace = 'default', name, uid } = pod.metadata;
  const path = `/api/v1/namespaces/${namespace}/pods/${name}/status`;
  await setting.api.patch(path, PatchType.StrategicMerge, { metadata: { uid }, status });
}

/** The pod is gone, or another one has its name, or the status is refused for good. */
function isFinal(error: unknown): boolean {
  return isNotFound(error) || (error instanceof ApiError && [409, 422].includes(error.status));
}
