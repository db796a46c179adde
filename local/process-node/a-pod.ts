import type { Container, Pod } from './pod.ts';
import { type ContainerRecord, type ContainerState, NEW_CONTAINER, type PodRecord } from './record.ts';

/** Builders for tests: each shows only what its case is about. Times are milliseconds. */

/** A pod `web` with one container `main`, unless `spec` says otherwise. */
export function aPod(spec: Partial<Pod['spec']> = {}, more: Partial<Pod> = {}): Pod {
  const { metadata, ...rest } = more;
  return {
    metadata: { name: 'web', namespace: 'ward', uid: 'u1', ...metadata },
    spec: { containers: [aContainer('main')], ...spec },
    ...rest,
  };
}

/** A container with an image of the repository. */
export function aContainer(name: string, more: Partial<Container> = {}): Container {
  return { name, image: `ghcr.io/twinward/${name}:1`, ...more };
}

/** The record of `aPod`, accepted at time 0. */
export function aRecord(
  containers: Readonly<Record<string, ContainerRecord>> = {},
  more: Partial<PodRecord> = {},
): PodRecord {
  return { uid: 'u1', namespace: 'ward', name: 'web', ip: '127.64.0.1', startedAt: 0, containers, ...more };
}

/** A container that has been running since `startedAt`, ready. */
export function running(startedAt = 0, more: Partial<ContainerRecord> = {}): ContainerRecord {
  const supervisor = { pid: 42, startTicks: '1', bootId: 'b' };
  const state: ContainerState = { kind: 'running', startedAt, supervisor };
  return { ...NEW_CONTAINER, attempt: 1, started: true, ready: true, state, ...more };
}

/** A running container that was told to end by `deadline`. */
export function stopping(deadline: number, killed = false): ContainerRecord {
  const base = running();
  if (base.state.kind !== 'running') return base;
  return { ...base, state: { ...base.state, stop: { reason: 'test', deadline, killed } } };
}

/** A container that ended with `exitCode` at `finishedAt`. */
export function ended(
  exitCode: number,
  finishedAt = 0,
  more: Partial<ContainerRecord> = {},
): ContainerRecord {
  const reason = exitCode === 0 ? 'Completed' : 'Error';
  const exit = { exitCode, reason, message: '', startedAt: 0, finishedAt, attempt: 0 };
  return { ...NEW_CONTAINER, attempt: 1, state: { kind: 'exited', exit }, ...more };
}
