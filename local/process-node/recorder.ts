import { randomBytes } from 'node:crypto';
import { isNotFound, type KubeApi, PatchType } from './api.ts';
import type { Pod } from './pod.ts';
import { iso } from './status.ts';

export type EventType = 'Normal' | 'Warning';

/** What happened to a pod; `container` when it happened to one of them. */
export interface PodEvent {
  readonly type: EventType;
  readonly reason: string;
  readonly message: string;
  readonly container?: string;
}

/** Writes events about pods; a repeated one only raises its count. Never throws. */
export interface Recorder {
  record(pod: Pod, event: PodEvent): void;
}

interface Written {
  readonly name: string;
  count: number;
}

/** Most events that are remembered, so that repeats can be counted. */
const MEMORY = 2_000;

/** A recorder that writes core/v1 events as node `node`; `onError` hears of what could not be written. */
export function createRecorder(
  api: KubeApi,
  node: string,
  now: () => number,
  onError: (error: unknown) => void,
): Recorder {
  const known = new Map<string, Promise<Written | undefined>>();
  return {
    record: (pod, event) => {
      const key = [pod.metadata.uid, event.container, event.reason, event.message].join('\0');
      const before = known.get(key) ?? Promise.resolve(undefined);
      const next = before.then((written) => write(api, { pod, event, node, now: now() }, written));
      known.delete(key);
      known.set(
        key,
        next.catch((error: unknown) => {
          onError(error);
          return undefined;
        }),
      );
      const oldest = known.keys().next().value;
      if (known.size > MEMORY && oldest !== undefined) known.delete(oldest);
    },
  };
}

interface Occurrence {
  readonly pod: Pod;
  readonly event: PodEvent;
  readonly node: string;
  readonly now: number;
}

async function write(api: KubeApi, it: Occurrence, written: Written | undefined): Promise<Written> {
  const path = `/api/v1/namespaces/${it.pod.metadata.namespace ?? 'default'}/events`;
  if (written !== undefined) {
    written.count += 1;
    const body = { count: written.count, lastTimestamp: iso(it.now) };
    try {
      await api.patch(`${path}/${written.name}`, PatchType.StrategicMerge, body);
      return written;
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }
  const name = `${it.pod.metadata.name}.${randomBytes(8).toString('hex')}`;
  await api.send('POST', path, eventObject(it, name));
  return { name, count: 1 };
}

function eventObject(it: Occurrence, name: string): object {
  const { pod, event, node, now } = it;
  const isInit = (pod.spec.initContainers ?? []).some((one) => one.name === event.container);
  const list = isInit ? 'spec.initContainers' : 'spec.containers';
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name, namespace: pod.metadata.namespace },
    involvedObject: {
      apiVersion: 'v1',
      kind: 'Pod',
      name: pod.metadata.name,
      namespace: pod.metadata.namespace,
      uid: pod.metadata.uid,
      resourceVersion: pod.metadata.resourceVersion,
      ...(event.container === undefined ? {} : { fieldPath: `${list}{${event.container}}` }),
    },
    type: event.type,
    reason: event.reason,
    message: event.message.slice(0, 1000),
    source: { component: 'process-node', host: node },
    reportingComponent: 'process-node',
    reportingInstance: node,
    count: 1,
    firstTimestamp: iso(now),
    lastTimestamp: iso(now),
  };
}
