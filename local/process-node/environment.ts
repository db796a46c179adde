import { fieldValue } from './downward.ts';
import type { Container, DataObject, EnvVar, KeyRef, Pod } from './pod.ts';
import { resourceValue } from './quantity.ts';

/** ConfigMaps and Secrets that a container's environment refers to, by name; undefined: it does not exist. */
export interface Sources {
  readonly configMap: (name: string) => DataObject | undefined;
  readonly secret: (name: string) => DataObject | undefined;
}

/** A container cannot be started before somebody changes something; kubelet's CreateContainerConfigError. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

type Variables = Record<string, string>;

/**
 * The environment of a container: image, envFrom, env with `$(VAR)` expanded; later ones win.
 * @throws ConfigError naming the object and key that is missing.
 */
export function environmentOf(
  pod: Pod,
  container: Container,
  podIp: string,
  base: Readonly<Variables>,
  sources: Sources,
): Readonly<Variables> {
  const found: Variables = { ...base };
  for (const from of container.envFrom ?? []) {
    const prefix = from.prefix ?? '';
    for (const [key, value] of Object.entries(fromObject(from, pod, sources))) found[prefix + key] = value;
  }
  for (const variable of container.env ?? []) {
    const value = variableValue(variable, { pod, container, podIp, sources, found });
    if (value !== undefined) found[variable.name] = value;
  }
  return found;
}

function fromObject(
  from: NonNullable<Container['envFrom']>[number],
  pod: Pod,
  sources: Sources,
): Readonly<Variables> {
  if (from.configMapRef !== undefined) {
    const { name, optional } = from.configMapRef;
    const object = required('configmap', name, optional, sources.configMap(name), pod);
    return object?.data ?? {};
  }
  if (from.secretRef !== undefined) {
    const { name, optional } = from.secretRef;
    const object = required('secret', name, optional, sources.secret(name), pod);
    const entries = Object.entries(object?.data ?? {});
    return Object.fromEntries(entries.map(([key, value]) => [key, decoded(value)]));
  }
  return {};
}

interface Scope {
  readonly pod: Pod;
  readonly container: Container;
  readonly podIp: string;
  readonly sources: Sources;
  readonly found: Readonly<Variables>;
}

function variableValue(variable: EnvVar, scope: Scope): string | undefined {
  const from = variable.valueFrom;
  if (from === undefined) return expand(variable.value ?? '', scope.found);
  if (from.fieldRef !== undefined) return fieldValue(scope.pod, scope.podIp, from.fieldRef.fieldPath) ?? '';
  if (from.resourceFieldRef !== undefined)
    return resourceValue(scope.pod, from.resourceFieldRef, scope.container);
  if (from.configMapKeyRef !== undefined) {
    const ref = from.configMapKeyRef;
    const { name, optional } = ref;
    const object = required('configmap', name, optional, scope.sources.configMap(name), scope.pod);
    return keyOf('configmap', ref, object?.data, scope.pod);
  }
  if (from.secretKeyRef !== undefined) {
    const ref = from.secretKeyRef;
    const object = required('secret', ref.name, ref.optional, scope.sources.secret(ref.name), scope.pod);
    const value = keyOf('secret', ref, object?.data, scope.pod);
    return value === undefined ? undefined : decoded(value);
  }
  return '';
}

function required(
  kind: string,
  name: string,
  optional: boolean | undefined,
  object: DataObject | undefined,
  pod: Pod,
): DataObject | undefined {
  if (object === undefined && optional !== true) {
    throw new ConfigError(`${kind} "${name}" not found in namespace ${pod.metadata.namespace ?? 'default'}`);
  }
  return object;
}

function keyOf(
  kind: string,
  ref: KeyRef,
  data: Readonly<Variables> | undefined,
  pod: Pod,
): string | undefined {
  const value = data?.[ref.key];
  if (value === undefined && ref.optional !== true) {
    throw new ConfigError(
      `couldn't find key ${ref.key} in ${kind} ${pod.metadata.namespace ?? 'default'}/${ref.name}`,
    );
  }
  return value;
}

function decoded(base64: string): string {
  return Buffer.from(base64, 'base64').toString('utf8');
}

/** Kubernetes' `$(NAME)`: replaced when known, kept when not; `$$(NAME)` stands for itself. */
export function expand(text: string, variables: Readonly<Variables>): string {
  return text.replace(/\$\$|\$\(([^()\s]+)\)/g, (match, name: string | undefined) =>
    name === undefined ? '$' : (variables[name] ?? match),
  );
}
