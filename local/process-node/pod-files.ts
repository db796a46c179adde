import { mkdirSync } from 'node:fs';
import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { attemptFolder, findSupervisor } from './container-process.ts';
import { allContainers, type Pod } from './pod.ts';
import { type ContainerRecord, NEW_CONTAINER, type PodRecord } from './record.ts';
import { podFolder } from './setting.ts';

/** A pod as it is kept on disk: its record and the last object that the API server gave of it. */
export interface KeptPod {
  readonly record: PodRecord;
  readonly pod: Pod;
}

/** Writes a pod's record whole or not at all. */
export async function saveRecord(stateDirectory: string, kept: KeptPod): Promise<void> {
  const folder = podFolder(stateDirectory, kept.record.uid);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, 'record.json');
  await writeFile(`${path}.new`, JSON.stringify(kept), { mode: 0o600 });
  await rename(`${path}.new`, path);
}

/** All pods of an earlier run; a folder without a readable record is left out. */
export async function loadRecords(stateDirectory: string): Promise<readonly KeptPod[]> {
  const names = await readdir(join(stateDirectory, 'pods')).catch(() => []);
  const kept = await Promise.all(
    names.map(async (uid) => {
      try {
        const text = await readFile(join(podFolder(stateDirectory, uid), 'record.json'), 'utf8');
        return [adopted(stateDirectory, JSON.parse(text) as KeptPod)];
      } catch {
        return [];
      }
    }),
  );
  return kept.flat();
}

/** Forgets a pod with everything it had written. */
export async function removeFolder(stateDirectory: string, uid: string): Promise<void> {
  await rm(podFolder(stateDirectory, uid), { recursive: true, force: true, maxRetries: 3 });
}

/** A start that was interrupted is looked up: either the process came to be, or it is tried again. */
function adopted(stateDirectory: string, kept: KeptPod): KeptPod {
  const folder = podFolder(stateDirectory, kept.record.uid);
  const entries = Object.entries(kept.record.containers).map(([name, container]) => {
    if (container.state.kind !== 'starting') return [name, killedAgain(container)] as const;
    const supervisor = findSupervisor(attemptFolder(folder, name, container.attempt));
    return [name, resumed(container, supervisor, kept.record.startedAt)] as const;
  });
  return { ...kept, record: { ...kept.record, containers: Object.fromEntries(entries) } };
}

/** Whether a SIGKILL arrived is not known for sure: it is sent again. */
function killedAgain(container: ContainerRecord): ContainerRecord {
  const { state } = container;
  if (state.kind !== 'running' || state.stop === undefined) return container;
  return { ...container, state: { ...state, stop: { ...state.stop, killed: false } } };
}

function resumed(
  container: ContainerRecord,
  supervisor: ReturnType<typeof findSupervisor>,
  startedAt: number,
): ContainerRecord {
  if (supervisor === undefined) return { ...container, state: NEW_CONTAINER.state };
  return { ...container, attempt: container.attempt + 1, state: { kind: 'running', startedAt, supervisor } };
}

/**
 * The record of a pod that this node has not seen before. Containers that its status says have run are lost:
 * their processes cannot be found any more.
 */
export function newRecord(pod: Pod, ip: string, now: number): PodRecord {
  const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
  const containers = allContainers(pod).flatMap((container) => {
    const status = statuses.find((one) => one.name === container.name);
    if (status?.containerID === undefined) return [];
    return [[container.name, lost(status.restartCount, status.state.terminated?.exitCode, now)] as const];
  });
  return {
    uid: pod.metadata.uid ?? '',
    namespace: pod.metadata.namespace ?? 'default',
    name: pod.metadata.name,
    ip,
    startedAt: pod.status?.startTime === undefined ? now : Date.parse(pod.status.startTime),
    containers: Object.fromEntries(containers),
  };
}

function lost(restarts: number, exitCode: number | undefined, now: number): ContainerRecord {
  const exit = {
    exitCode: exitCode ?? 137,
    reason: exitCode === undefined ? 'ContainerStatusUnknown' : exitCode === 0 ? 'Completed' : 'Error',
    message: exitCode === undefined ? LOST : '',
    startedAt: now,
    finishedAt: now,
    attempt: restarts,
  };
  return { ...NEW_CONTAINER, attempt: restarts + 1, state: { kind: 'exited', exit } };
}

/** The message of a container whose process is gone without a trace. */
export const LOST = 'The container could not be located when its process was looked for';
