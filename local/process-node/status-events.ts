import type { ContainerStatus, PodStatus } from './pod.ts';
import type { PodEvent } from './recorder.ts';

/** The events that a change of status alone tells: a container that begins to back off. */
export function statusEvents(before: PodStatus | undefined, after: PodStatus): readonly PodEvent[] {
  const known = new Map(statuses(before).map((one) => [one.name, one]));
  return statuses(after).flatMap((status) => {
    const reason = status.state.waiting?.reason;
    const previous = known.get(status.name);
    const same = previous?.state.waiting?.reason === reason && previous?.restartCount === status.restartCount;
    if (reason !== 'CrashLoopBackOff' || same) return [];
    const message = `Back-off restarting failed container ${status.name}`;
    return [{ type: 'Warning', reason: 'BackOff', message, container: status.name }] as const;
  });
}

function statuses(status: PodStatus | undefined): readonly ContainerStatus[] {
  return [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
}
