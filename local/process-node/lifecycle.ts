import { type Container, isSidecar, type Pod } from './pod.ts';
import type { Tallies } from './probing.ts';
import { type ContainerRecord, containerOf, type PodRecord } from './record.ts';

/** Whether a container that ended with `exitCode` is started again. */
export function shouldRestart(pod: Pod, container: Container, exitCode: number): boolean {
  if (isSidecar(container)) return true;
  const policy = pod.spec.restartPolicy ?? 'Always';
  const isInit = (pod.spec.initContainers ?? []).some((init) => init.name === container.name);
  if (policy === 'Never') return false;
  return exitCode !== 0 || (policy === 'Always' && !isInit);
}

/** Whether the init containers have all done their part: a main container has been started. */
export function wasInitialized(pod: Pod, record: PodRecord): boolean {
  return pod.spec.containers.some((container) => containerOf(record, container.name).attempt > 0);
}

/** Whether nothing of the pod's own will run again; sidecars may still have to be stopped. */
export function isOver(pod: Pod, record: PodRecord): boolean {
  if (record.verdict !== undefined || hasTerminalPhase(pod)) return true;
  return hasFailedInit(pod, record) || pod.spec.containers.every((one) => hasEnded(pod, one, record));
}

/** Whether the API server holds a phase that never changes again. */
export function hasTerminalPhase(pod: Pod): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
}

/** Whether an init container has failed for good. */
export function hasFailedInit(pod: Pod, record: PodRecord): boolean {
  return (pod.spec.initContainers ?? []).some((init) => {
    const { state } = containerOf(record, init.name);
    return (
      state.kind === 'exited' && state.exit.exitCode !== 0 && !shouldRestart(pod, init, state.exit.exitCode)
    );
  });
}

function hasEnded(pod: Pod, container: Container, record: PodRecord): boolean {
  const { state } = containerOf(record, container.name);
  return state.kind === 'exited' && !shouldRestart(pod, container, state.exit.exitCode);
}

/** The record with `started` and `ready` as the probes say; an adopted container keeps what it had. */
export function settled(container: Container, record: ContainerRecord, tallies: Tallies): ContainerRecord {
  if (record.state.kind !== 'running') return record;
  const started = record.started || container.startupProbe === undefined || tallies.startup?.verdict === true;
  const passed = container.readinessProbe === undefined ? true : (tallies.readiness?.verdict ?? record.ready);
  const ready = started && passed;
  return started === record.started && ready === record.ready ? record : { ...record, started, ready };
}
