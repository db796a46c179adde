// What pods say when they cannot work: images, scheduling, terminal exits. Pure.
import type { ContainerState, ContainerStatus, Pod } from '#runtime/pod-objects.ts';
import { convention } from './names.ts';

/** Why a pod does not get on. */
export interface Trouble {
  readonly kind: 'ImagePull' | 'Unschedulable' | 'Terminal' | 'CrashLoop' | 'MissingMount';
  /** Reason code that the process left in its termination log, or the reason that Kubernetes gives. */
  readonly reason: string;
  readonly message: string;
}

const allContainers = (pod: Pod): readonly ContainerStatus[] => [
  ...(pod.status?.initContainerStatuses ?? []),
  ...(pod.status?.containerStatuses ?? []),
];

/** The first trouble of a pod, the most final one first; undefined while it gets on. */
export function troubleOf(pod: Pod): Trouble | undefined {
  const statuses = allContainers(pod);
  return firstOf(statuses, terminal) ?? firstOf(statuses, waitingFor) ?? unschedulable(pod);
}

function firstOf(
  statuses: readonly ContainerStatus[],
  judge: (status: ContainerStatus) => Trouble | undefined,
): Trouble | undefined {
  for (const status of statuses) {
    const trouble = judge(status);
    if (trouble !== undefined) return trouble;
  }
  return undefined;
}

function terminal(status: ContainerStatus): Trouble | undefined {
  const ended = endOf(status.state) ?? endOf(status.lastState);
  if (ended === undefined || ended.exitCode !== convention.terminalExitCode) return undefined;
  return { kind: 'Terminal', ...terminationMessage(ended.message) };
}

function endOf(state: ContainerState | undefined): ContainerState['terminated'] {
  return state?.terminated;
}

/** Reads `{"reason","message"}`; a process that died without one still gets a sentence. */
export function terminationMessage(text: string | undefined): {
  readonly reason: string;
  readonly message: string;
} {
  const fallback = {
    reason: 'Terminated',
    message: 'The process ended with a terminal failure and left no message.',
  };
  if (text === undefined || text === '') return fallback;
  try {
    const parsed: unknown = JSON.parse(text);
    if (parsed === null || typeof parsed !== 'object') return fallback;
    const { reason, message } = parsed as { readonly reason?: unknown; readonly message?: unknown };
    return {
      reason: typeof reason === 'string' ? reason : fallback.reason,
      message: typeof message === 'string' ? message : fallback.message,
    };
  } catch {
    return fallback;
  }
}

const pullReasons: ReadonlySet<string> = new Set([
  'ErrImagePull',
  'ImagePullBackOff',
  'InvalidImageName',
  'ErrImageNeverPull',
]);

function waitingFor(status: ContainerStatus): Trouble | undefined {
  const waiting = status.state?.waiting;
  if (waiting?.reason === undefined) return undefined;
  const message = waiting.message ?? waiting.reason;
  if (pullReasons.has(waiting.reason)) return { kind: 'ImagePull', reason: waiting.reason, message };
  if (waiting.reason === 'CrashLoopBackOff') {
    return {
      kind: 'CrashLoop',
      reason: waiting.reason,
      message: `container ${status.name} keeps failing; read its log`,
    };
  }
  return undefined;
}

function unschedulable(pod: Pod): Trouble | undefined {
  const scheduled = pod.status?.conditions?.find((condition) => condition.type === 'PodScheduled');
  if (scheduled?.status !== 'False' || scheduled.reason !== 'Unschedulable') return undefined;
  return { kind: 'Unschedulable', reason: 'Unschedulable', message: scheduled.message ?? 'no node fits' };
}
