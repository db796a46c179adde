import { type BackoffPolicy, mayStartAt } from './backoff.ts';
import { isOver, shouldRestart, wasInitialized } from './lifecycle.ts';
import { allContainers, type Container, isSidecar, type Pod } from './pod.ts';
import { activeKinds, newTally, type ProbeKind, probeOf, type Tallies } from './probing.ts';
import { type ContainerRecord, containerOf, type PodRecord, type Verdict } from './record.ts';

/*
 * What to do with a pod, as a pure function of what is known of it.
 *
 *   volumes ready ─► init containers one by one ─► main containers ─► all ended ─► sidecars stopped ─► over
 *                    (a sidecar counts when it has started)   │                                         │
 *                            exited ─► back-off ─► started ◄──┘            deleted ─► all stopped ─► removed
 *
 * A container is stopped by SIGTERM (after preStop) and, at the end of its grace period, by SIGKILL.
 */

/** All that is known of one pod; times are milliseconds since the epoch. */
export interface PodView {
  readonly pod: Pod;
  readonly record: PodRecord;
  /** The API server no longer has the pod. */
  readonly gone: boolean;
  readonly volumesReady: boolean;
  readonly tallies: Readonly<Record<string, Tallies>>;
  readonly policy: BackoffPolicy;
  /** The process node ends and takes its pods along. */
  readonly shuttingDown: boolean;
}

export type Action =
  | { readonly do: 'start'; readonly container: string }
  | { readonly do: 'probe'; readonly container: string; readonly kind: ProbeKind }
  | {
      readonly do: 'stop';
      readonly container: string;
      readonly reason: string;
      /** When SIGKILL follows. */
      readonly deadline: number;
    }
  | { readonly do: 'kill'; readonly container: string }
  | { readonly do: 'give up'; readonly verdict: Verdict }
  | { readonly do: 'remove' };

export interface Decision {
  readonly actions: readonly Action[];
  /** When to decide again if nothing happens before. */
  readonly checkAt?: number;
}

/** Grace of pods that were deleted by force, and least grace of a sidecar: milliseconds. */
const SHORT_GRACE = 2_000;

/** What to do now, and when to look again. */
export function decide(view: PodView, now: number): Decision {
  if (isLeaving(view)) return leave(view, now);
  const deadline = activeDeadline(view);
  if (isOver(view.pod, view.record)) return merge([stopAll(view, now, 'the pod has ended')]);
  if (deadline !== undefined && now >= deadline) return giveUp();
  const waitForDeadline = deadline === undefined ? [] : [later(deadline)];
  return merge([...run(view, now), ...waitForDeadline]);
}

function isLeaving(view: PodView): boolean {
  return view.gone || view.shuttingDown || view.pod.metadata.deletionTimestamp !== undefined;
}

function activeDeadline(view: PodView): number | undefined {
  const seconds = view.pod.spec.activeDeadlineSeconds;
  return seconds === undefined ? undefined : view.record.startedAt + seconds * 1000;
}

function giveUp(): Decision {
  const message = 'Pod was active on the node longer than the specified deadline';
  return { actions: [{ do: 'give up', verdict: { reason: 'DeadlineExceeded', message } }] };
}

function leave(view: PodView, now: number): Decision {
  const stopping = stopAll(view, now, 'the pod is deleted');
  const busy = allContainers(view.pod).some((container) => isBusy(containerOf(view.record, container.name)));
  if (busy || view.shuttingDown) return stopping;
  return { actions: [...stopping.actions, { do: 'remove' }] };
}

function isBusy(container: ContainerRecord): boolean {
  return container.state.kind === 'running' || container.state.kind === 'starting';
}

/** Main containers end together; then sidecars, the last started first. */
function stopAll(view: PodView, now: number, reason: string): Decision {
  const busy = allContainers(view.pod).filter((one) => isBusy(containerOf(view.record, one.name)));
  const first = busy.filter((one) => !isSidecar(one));
  const targets = first.length > 0 ? first : busy.slice(-1);
  const grace = first.length > 0 ? fullGrace(view, now) : Math.max(SHORT_GRACE, remainingGrace(view, now));
  return merge(targets.map((one) => stop(view, one, { reason, deadline: now + grace }, now)));
}

function fullGrace(view: PodView, now: number): number {
  if (view.gone) return SHORT_GRACE;
  const { deletionTimestamp, deletionGracePeriodSeconds } = view.pod.metadata;
  if (deletionTimestamp === undefined) return (view.pod.spec.terminationGracePeriodSeconds ?? 30) * 1000;
  const asked = (deletionGracePeriodSeconds ?? 30) * 1000;
  const left = Date.parse(deletionTimestamp) - now;
  return left > 0 ? Math.min(asked, left + 1000) : asked;
}

function remainingGrace(view: PodView, now: number): number {
  const { deletionTimestamp } = view.pod.metadata;
  if (view.gone || deletionTimestamp === undefined) return fullGrace(view, now);
  return Date.parse(deletionTimestamp) - now;
}

interface StopOrder {
  readonly reason: string;
  readonly deadline: number;
}

/** A first order stops; a later one only shortens the grace; at the deadline the process is killed. */
function stop(view: PodView, container: Container, order: StopOrder, now: number): Decision {
  const { state } = containerOf(view.record, container.name);
  if (state.kind !== 'running') return NOTHING;
  if (state.stop === undefined) {
    return { actions: [{ do: 'stop', container: container.name, ...order }], checkAt: order.deadline };
  }
  if (state.stop.killed) return NOTHING;
  if (now >= state.stop.deadline) return { actions: [{ do: 'kill', container: container.name }] };
  if (order.deadline < state.stop.deadline - 1500) {
    return { actions: [{ do: 'stop', container: container.name, ...order }], checkAt: order.deadline };
  }
  return later(state.stop.deadline);
}

function run(view: PodView, now: number): readonly Decision[] {
  const steps: Decision[] = [];
  const initialized = wasInitialized(view.pod, view.record);
  for (const container of view.pod.spec.initContainers ?? []) {
    if (isDone(view, container)) continue;
    if (initialized && !isSidecar(container)) continue;
    steps.push(tend(view, container, now));
    if (!initialized && !hasStarted(view, container)) return steps;
  }
  return [...steps, ...view.pod.spec.containers.map((container) => tend(view, container, now))];
}

/** An ordinary init container that has done its work. */
function isDone(view: PodView, container: Container): boolean {
  const { state } = containerOf(view.record, container.name);
  return !isSidecar(container) && state.kind === 'exited' && state.exit.exitCode === 0;
}

function hasStarted(view: PodView, container: Container): boolean {
  const record = containerOf(view.record, container.name);
  return isSidecar(container) && record.state.kind === 'running' && record.started;
}

/** Starts, restarts, probes or stops one container that should run. */
function tend(view: PodView, container: Container, now: number): Decision {
  const record = containerOf(view.record, container.name);
  switch (record.state.kind) {
    case 'starting':
      return NOTHING;
    case 'running':
      return watch(view, container, record, now);
    case 'waiting':
      return startAt(view, container, record.state.tryAt, now);
    case 'exited': {
      if (!shouldRestart(view.pod, container, record.state.exit.exitCode)) return NOTHING;
      const at = mayStartAt(record.backoff, record.state.exit.finishedAt, view.policy);
      return startAt(view, container, at, now);
    }
    default:
      return record.state satisfies never;
  }
}

function startAt(view: PodView, container: Container, at: number, now: number): Decision {
  if (!view.volumesReady) return NOTHING;
  return now >= at ? { actions: [{ do: 'start', container: container.name }] } : later(at);
}

function watch(view: PodView, container: Container, record: ContainerRecord, now: number): Decision {
  if (record.state.kind !== 'running') return NOTHING;
  const tallies = view.tallies[container.name] ?? {};
  if (record.state.stop !== undefined) {
    return stop(view, container, { reason: '', deadline: record.state.stop.deadline }, now);
  }
  const failed = (['startup', 'liveness'] as const).find((kind) => tallies[kind]?.verdict === false);
  if (failed !== undefined) return stopUnhealthy(view, container, failed, now);
  const { startedAt } = record.state;
  const kinds = activeKinds(container, record.started);
  return merge(kinds.map((kind) => probeWhenDue(container, kind, tallies, { startedAt, now })));
}

function stopUnhealthy(view: PodView, container: Container, kind: ProbeKind, now: number): Decision {
  const own = probeOf(container, kind)?.terminationGracePeriodSeconds;
  const seconds = own ?? view.pod.spec.terminationGracePeriodSeconds ?? 30;
  const will = view.pod.spec.restartPolicy === 'Never' && !isSidecar(container) ? '' : ', will be restarted';
  const reason = `failed ${kind} probe${will}`;
  return stop(view, container, { reason, deadline: now + seconds * 1000 }, now);
}

function probeWhenDue(
  container: Container,
  kind: ProbeKind,
  tallies: Tallies,
  time: { readonly startedAt: number; readonly now: number },
): Decision {
  const probe = probeOf(container, kind);
  if (probe === undefined) return NOTHING;
  const tally = tallies[kind] ?? newTally(probe, time.startedAt);
  if (tally.inFlight) return NOTHING;
  if (time.now < tally.nextAt) return later(tally.nextAt);
  return { actions: [{ do: 'probe', container: container.name, kind }] };
}

const NOTHING: Decision = { actions: [] };

function later(at: number): Decision {
  return { actions: [], checkAt: at };
}

function merge(decisions: readonly Decision[]): Decision {
  const times = decisions.flatMap((one) => (one.checkAt === undefined ? [] : [one.checkAt]));
  const actions = decisions.flatMap((one) => one.actions);
  return times.length === 0 ? { actions } : { actions, checkAt: Math.min(...times) };
}
