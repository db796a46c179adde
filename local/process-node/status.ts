import { type BackoffPolicy, mayStartAt } from './backoff.ts';
import { hasFailedInit, isOver, shouldRestart, wasInitialized } from './lifecycle.ts';
import {
  allContainers,
  type Condition,
  type Container,
  type ContainerStatus,
  isSidecar,
  type Pod,
  type PodStatus,
  podName,
  type StateOfContainer,
} from './pod.ts';
import { type ContainerRecord, containerOf, type Exit, type PodRecord } from './record.ts';

/** What a status is made of; `now` in milliseconds since the epoch. */
export interface StatusInput {
  readonly pod: Pod;
  readonly record: PodRecord;
  readonly policy: BackoffPolicy;
  readonly now: number;
  /** The conditions as they were last written; their transition times are kept. */
  readonly previous?: readonly Condition[];
}

/** The part of a pod's status that its node writes, as kubelet would. */
export function podStatus(input: StatusInput): PodStatus {
  const { pod, record } = input;
  const phase = phaseOf(pod, record);
  const status = (one: Container): ContainerStatus => containerStatus(input, one);
  const hostIp = '127.0.0.1';
  return {
    phase,
    ...(record.verdict === undefined ? {} : record.verdict),
    hostIP: hostIp,
    podIP: record.ip,
    podIPs: [{ ip: record.ip }],
    startTime: iso(record.startedAt),
    conditions: conditions(input, phase),
    ...(pod.spec.initContainers === undefined
      ? {}
      : { initContainerStatuses: pod.spec.initContainers.map(status) }),
    containerStatuses: pod.spec.containers.map(status),
  };
}

/** Seconds-precise time, as Kubernetes writes it. */
export function iso(time: number): string {
  return new Date(time).toISOString().replace(/\.\d+Z$/, 'Z');
}

/** The phase; Succeeded and Failed only when nothing runs any more. */
export function phaseOf(pod: Pod, record: PodRecord): string {
  if (pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed') return pod.status.phase;
  const quiet = allContainers(pod).every((one) => !isActive(containerOf(record, one.name)));
  const leaving = pod.metadata.deletionTimestamp !== undefined;
  if (quiet && (isOver(pod, record) || (leaving && wasInitialized(pod, record)))) {
    return succeeded(pod, record) ? 'Succeeded' : 'Failed';
  }
  return wasInitialized(pod, record) ? 'Running' : 'Pending';
}

function isActive(container: ContainerRecord): boolean {
  return container.state.kind === 'running' || container.state.kind === 'starting';
}

function succeeded(pod: Pod, record: PodRecord): boolean {
  if (record.verdict !== undefined || hasFailedInit(pod, record)) return false;
  return pod.spec.containers.every((one) => {
    const { state } = containerOf(record, one.name);
    return state.kind === 'exited' && state.exit.exitCode === 0;
  });
}

function containerStatus(input: StatusInput, container: Container): ContainerStatus {
  const record = containerOf(input.record, container.name);
  const last = lastExit(input, container, record);
  const isInit = !input.pod.spec.containers.includes(container);
  const done = record.state.kind === 'exited' && record.state.exit.exitCode === 0;
  return {
    name: container.name,
    image: container.image,
    imageID: record.attempt === 0 ? '' : `process://${container.image}`,
    ...(record.attempt === 0
      ? {}
      : { containerID: containerId(input.record, container, record.attempt - 1) }),
    ready: isInit && !isSidecar(container) ? done : record.ready,
    started: record.started,
    restartCount: Math.max(0, record.attempt - 1),
    state: stateOf(input, container, record),
    lastState: last === undefined ? {} : { terminated: terminated(input.record, container, last) },
  };
}

function containerId(record: PodRecord, container: Container, attempt: number): string {
  return `process://${record.uid}/${container.name}/${attempt}`;
}

/** While a crashed container waits, the crash is its last state. */
function lastExit(input: StatusInput, container: Container, record: ContainerRecord): Exit | undefined {
  const { state } = record;
  if (state.kind === 'exited' && isBackingOff(input, container, record)) return state.exit;
  return record.last;
}

function isBackingOff(input: StatusInput, container: Container, record: ContainerRecord): boolean {
  if (record.state.kind !== 'exited' || record.backoff === undefined) return false;
  const { pod, now, policy } = input;
  if (pod.metadata.deletionTimestamp !== undefined || isOver(pod, input.record)) return false;
  const { exit } = record.state;
  return (
    shouldRestart(pod, container, exit.exitCode) && now < mayStartAt(record.backoff, exit.finishedAt, policy)
  );
}

function stateOf(input: StatusInput, container: Container, record: ContainerRecord): StateOfContainer {
  const { state } = record;
  switch (state.kind) {
    case 'running':
      return { running: { startedAt: iso(state.startedAt) } };
    case 'exited':
      if (isBackingOff(input, container, record)) return { waiting: crashLoop(input, container, record) };
      return { terminated: terminated(input.record, container, state.exit) };
    case 'starting':
    case 'waiting': {
      const reason = state.reason === '' ? waitingReason(input, container) : state.reason;
      return { waiting: state.message === '' ? { reason } : { reason, message: state.message } };
    }
    default:
      return state satisfies never;
  }
}

function crashLoop(
  input: StatusInput,
  container: Container,
  record: ContainerRecord,
): { readonly reason: string; readonly message: string } {
  const seconds = Math.round((record.backoff?.delay ?? 0) / 1000);
  const pod = `${podName(input.pod).replace('/', '_')}(${input.record.uid})`;
  const message = `back-off ${seconds}s restarting failed container=${container.name} pod=${pod}`;
  return { reason: 'CrashLoopBackOff', message };
}

/** Before its first start a container waits for itself or for the init containers before it. */
function waitingReason(input: StatusInput, container: Container): string {
  const inits = input.pod.spec.initContainers ?? [];
  if (inits.length === 0 || inits[0] === container) return 'ContainerCreating';
  return isInitialized(input.pod, input.record) ? 'ContainerCreating' : 'PodInitializing';
}

function terminated(
  record: PodRecord,
  container: Container,
  exit: Exit,
): NonNullable<StateOfContainer['terminated']> {
  return {
    exitCode: exit.exitCode,
    reason: exit.reason,
    ...(exit.message === '' ? {} : { message: exit.message }),
    startedAt: iso(exit.startedAt),
    finishedAt: iso(exit.finishedAt),
    containerID: containerId(record, container, exit.attempt),
  };
}

/** Whether every init container has completed, or started if it is a sidecar. */
export function isInitialized(pod: Pod, record: PodRecord): boolean {
  if (wasInitialized(pod, record)) return true;
  return (pod.spec.initContainers ?? []).every((init) => {
    const { state, started } = containerOf(record, init.name);
    if (isSidecar(init)) return started;
    return state.kind === 'exited' && state.exit.exitCode === 0;
  });
}

function conditions(input: StatusInput, phase: string): readonly Condition[] {
  const { pod, record } = input;
  const completed = phase === 'Succeeded';
  const initialized = isInitialized(pod, record);
  const containers = containersReady(pod, record, phase);
  const gates = (pod.spec.readinessGates ?? []).every((gate) =>
    (pod.status?.conditions ?? []).some((one) => one.type === gate.conditionType && one.status === 'True'),
  );
  const ready =
    containers.ok && !gates ? { ok: false, reason: 'ReadinessGatesNotReady', message: '' } : containers;
  const wanted: readonly (readonly [string, Verdict])[] = [
    ['PodReadyToStartContainers', { ok: !isEnded(phase), reason: '', message: '' }],
    ['Initialized', initialized ? good(completed) : notInitialized(pod, record)],
    ['ContainersReady', containers],
    ['Ready', ready],
  ];
  return wanted.map(([type, verdict]) => transition(input, type, verdict));
}

interface Verdict {
  readonly ok: boolean;
  readonly reason: string;
  readonly message: string;
}

function good(completed: boolean): Verdict {
  return { ok: true, reason: completed ? 'PodCompleted' : '', message: '' };
}

function isEnded(phase: string): boolean {
  return phase === 'Succeeded' || phase === 'Failed';
}

function notInitialized(pod: Pod, record: PodRecord): Verdict {
  const open = (pod.spec.initContainers ?? []).filter((init) => {
    const { state, started } = containerOf(record, init.name);
    return isSidecar(init) ? !started : !(state.kind === 'exited' && state.exit.exitCode === 0);
  });
  const names = open.map((one) => one.name).join(' ');
  return {
    ok: false,
    reason: 'ContainersNotInitialized',
    message: `containers with incomplete status: [${names}]`,
  };
}

function containersReady(pod: Pod, record: PodRecord, phase: string): Verdict {
  if (phase === 'Succeeded') return { ok: false, reason: 'PodCompleted', message: '' };
  if (phase === 'Failed') return { ok: false, reason: 'PodFailed', message: '' };
  const counted = [...(pod.spec.initContainers ?? []).filter(isSidecar), ...pod.spec.containers];
  const unready = counted.filter((one) => !containerOf(record, one.name).ready);
  if (unready.length === 0) return good(false);
  const names = unready.map((one) => one.name).join(' ');
  return { ok: false, reason: 'ContainersNotReady', message: `containers with unready status: [${names}]` };
}

function transition(input: StatusInput, type: string, verdict: Verdict): Condition {
  const status = verdict.ok ? 'True' : 'False';
  const known = input.previous ?? input.pod.status?.conditions ?? [];
  const before = known.find((one) => one.type === type);
  const since = before?.status === status ? before.lastTransitionTime : undefined;
  return {
    type,
    status,
    reason: verdict.reason,
    message: verdict.message,
    lastTransitionTime: since ?? iso(input.now),
  };
}
