import { allContainers, type Pod, type Service, type ServicePort } from './pod.ts';

/** Where a port of a Service leads. */
export interface Backend {
  readonly address: string;
  readonly port: number;
}

export interface ForwardedPort {
  readonly address: string;
  readonly port: number;
  readonly backends: readonly Backend[];
}

/** All names and cluster IPs of a cluster, resolved without EndpointSlices. */
export interface ServiceTable {
  /** Addresses by `name.namespace` of a Service, and by `hostname.name.namespace` of a pod behind it. */
  readonly names: Readonly<Record<string, readonly string[]>>;
  readonly ports: readonly ForwardedPort[];
}

/** Resolves Services by their selectors and the ready pods, as the endpoint controllers and DNS would. */
export function serviceTable(services: Iterable<Service>, pods: Iterable<Pod>): ServiceTable {
  const names: Record<string, readonly string[]> = {};
  const ports: ForwardedPort[] = [];
  const all = [...pods];
  for (const service of services) {
    const selector = service.spec?.selector;
    if (selector === undefined || Object.keys(selector).length === 0) continue;
    const backing = backingPods(service, selector, all);
    const key = `${service.metadata.name}.${service.metadata.namespace ?? 'default'}`;
    const address = service.spec?.clusterIP ?? '';
    if (address === 'None' || address === '') {
      names[key] = backing.map(addressOf).sort();
      Object.assign(names, podNames(service, key, backing));
    } else {
      names[key] = [address];
      ports.push(...forwardedPorts(service, address, backing));
    }
  }
  return { names, ports };
}

function backingPods(
  service: Service,
  selector: Readonly<Record<string, string>>,
  pods: readonly Pod[],
): readonly Pod[] {
  const publishAll = service.spec?.publishNotReadyAddresses === true;
  return pods.filter(
    (pod) =>
      pod.metadata.namespace === service.metadata.namespace &&
      matches(selector, pod.metadata.labels ?? {}) &&
      addressOf(pod) !== '' &&
      !hasEnded(pod) &&
      (publishAll || (isReady(pod) && pod.metadata.deletionTimestamp === undefined)),
  );
}

function matches(
  selector: Readonly<Record<string, string>>,
  labels: Readonly<Record<string, string>>,
): boolean {
  return Object.entries(selector).every(([key, value]) => labels[key] === value);
}

function hasEnded(pod: Pod): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
}

function isReady(pod: Pod): boolean {
  return (pod.status?.conditions ?? []).some((one) => one.type === 'Ready' && one.status === 'True');
}

function addressOf(pod: Pod): string {
  return pod.status?.podIP ?? '';
}

function podNames(
  service: Service,
  key: string,
  pods: readonly Pod[],
): Readonly<Record<string, readonly string[]>> {
  const named = pods.filter(
    (pod) => pod.spec.subdomain === service.metadata.name && pod.spec.hostname !== undefined,
  );
  return Object.fromEntries(named.map((pod) => [`${pod.spec.hostname}.${key}`, [addressOf(pod)]]));
}

function forwardedPorts(service: Service, address: string, pods: readonly Pod[]): readonly ForwardedPort[] {
  const tcp = (service.spec?.ports ?? []).filter((one) => (one.protocol ?? 'TCP') === 'TCP');
  return tcp.map((port) => ({
    address,
    port: port.port,
    backends: pods
      .flatMap((pod) => {
        const target = targetPort(pod, port);
        return target === undefined ? [] : [{ address: addressOf(pod), port: target }];
      })
      .sort((left, right) => (left.address < right.address ? -1 : 1)),
  }));
}

function targetPort(pod: Pod, port: ServicePort): number | undefined {
  const target = port.targetPort ?? port.port;
  if (typeof target === 'number') return target;
  const ports = allContainers(pod).flatMap((container) => container.ports ?? []);
  return ports.find((one) => one.name === target)?.containerPort;
}
