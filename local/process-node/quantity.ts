import { availableParallelism, totalmem } from 'node:os';
import { allContainers, type Container, type Pod, type ResourceFieldRef } from './pod.ts';

const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
};

/** A Kubernetes quantity as a number; NaN when it is none. */
export function quantity(text: string): number {
  const match = /^([0-9.]+(?:[eE][-+]?\d+)?)([A-Za-z]{0,2})$/.exec(text);
  return match === null ? Number.NaN : Number(match[1]) * (UNITS[match[2] ?? ''] ?? Number.NaN);
}

/** `limits.cpu` and the like in units of the divisor, rounded up; a missing limit is what the machine has. */
export function resourceValue(pod: Pod, ref: ResourceFieldRef, self?: Container): string {
  const owner = allContainers(pod).find((one) => one.name === ref.containerName) ?? self;
  const dot = ref.resource.indexOf('.');
  const name = ref.resource.slice(dot + 1);
  const group = ref.resource.slice(0, dot) === 'limits' ? 'limits' : 'requests';
  const given = owner?.resources?.[group]?.[name];
  const machine: Readonly<Record<string, number>> =
    group === 'limits' ? { cpu: availableParallelism(), memory: totalmem() } : {};
  const amount = given === undefined ? (machine[name] ?? 0) : quantity(given);
  const divisor = ref.divisor === undefined || ref.divisor === '0' ? 1 : quantity(ref.divisor);
  return String(Math.ceil(amount / divisor));
}
