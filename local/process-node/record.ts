import type { ProcessIdentity } from '../processes/identity.ts';
import type { Backoff } from './backoff.ts';

/** What the process node knows of one pod and keeps on disk. All times are milliseconds since the epoch. */
export interface PodRecord {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  readonly ip: string;
  /** When this node accepted the pod. */
  readonly startedAt: number;
  readonly containers: Readonly<Record<string, ContainerRecord>>;
  /** Set once: the pod is to end although nobody deleted it. */
  readonly verdict?: Verdict;
}

export interface Verdict {
  readonly reason: string;
  readonly message: string;
}

export interface Exit {
  /** 128 + signal for a killed process. */
  readonly exitCode: number;
  readonly reason: string;
  readonly message: string;
  readonly startedAt: number;
  readonly finishedAt: number;
  readonly attempt: number;
}

export interface Stop {
  readonly reason: string;
  /** When the grace period ends and SIGKILL follows. */
  readonly deadline: number;
  readonly killed: boolean;
}

export type ContainerState =
  | { readonly kind: 'waiting'; readonly reason: string; readonly message: string; readonly tryAt: number }
  /** Until it is known what came of a start, the reason to wait stays the one before. */
  | { readonly kind: 'starting'; readonly reason: string; readonly message: string }
  | {
      readonly kind: 'running';
      readonly startedAt: number;
      readonly supervisor: ProcessIdentity;
      readonly stop?: Stop;
    }
  | { readonly kind: 'exited'; readonly exit: Exit };

export interface ContainerRecord {
  readonly state: ContainerState;
  /** Number of starts so far; the current or latest attempt is `attempt - 1`. */
  readonly attempt: number;
  readonly last?: Exit;
  readonly backoff?: Backoff;
  /** Back-off of the image, while it cannot be resolved. */
  readonly imageBackoff?: Backoff;
  readonly started: boolean;
  readonly ready: boolean;
}

/** A container that was never tried. */
export const NEW_CONTAINER: ContainerRecord = {
  state: { kind: 'waiting', reason: '', message: '', tryAt: 0 },
  attempt: 0,
  started: false,
  ready: false,
};

/** The record of a container, or that of a new one. */
export function containerOf(record: PodRecord, name: string): ContainerRecord {
  return record.containers[name] ?? NEW_CONTAINER;
}

/** The pod's record with one container replaced. */
export function withContainer(record: PodRecord, name: string, container: ContainerRecord): PodRecord {
  return { ...record, containers: { ...record.containers, [name]: container } };
}

/** The container's process exists since `now`. */
export function running(
  container: ContainerRecord,
  supervisor: ProcessIdentity,
  now: number,
): ContainerRecord {
  const { imageBackoff: _, ...rest } = container;
  return {
    ...rest,
    state: { kind: 'running', startedAt: now, supervisor },
    attempt: container.attempt + 1,
    started: false,
    ready: false,
  };
}

/** The container's process ended. */
export function exited(container: ContainerRecord, exit: Exit): ContainerRecord {
  return { ...container, state: { kind: 'exited', exit }, started: false, ready: false };
}

/** A start is under way; an exit before it becomes the last one. */
export function starting(container: ContainerRecord): ContainerRecord {
  const before = container.state;
  const { reason, message } = before.kind === 'waiting' ? before : { reason: '', message: '' };
  const state: ContainerState = { kind: 'starting', reason, message };
  return before.kind === 'exited' ? { ...container, state, last: before.exit } : { ...container, state };
}

/** The start did not come about; to be tried again at `tryAt`. */
export function waiting(
  container: ContainerRecord,
  reason: string,
  message: string,
  tryAt: number,
): ContainerRecord {
  return { ...container, state: { kind: 'waiting', reason, message, tryAt } };
}
