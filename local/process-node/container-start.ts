import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ProcessIdentity } from '../processes/identity.ts';
import { type AttemptFolder, launch, StartError } from './container-process.ts';
import { ConfigError, environmentOf, expand } from './environment.ts';
import { type Command, commandOf, resolveImage } from './image.ts';
import { nodeOptions } from './node-options.ts';
import type { Lookup } from './object-store.ts';
import type { Container, DataObject, Pod } from './pod.ts';
import { layOutSandbox } from './sandbox.ts';
import type { Setting } from './setting.ts';

/** An image that cannot be resolved; kubelet's ErrImagePull. */
export class ImageError extends Error {
  override readonly name = 'ImageError';
}

export interface StartRequest {
  readonly pod: Pod;
  readonly container: Container;
  readonly podIp: string;
  readonly place: AttemptFolder;
  readonly volumePath: (volume: string) => string | undefined;
  readonly onExit: () => void;
}

const RESOLVER = pathToFileURL(`${import.meta.dirname}/resolve.mjs`).href;

/**
 * Starts one container.
 * @throws ImageError | ConfigError | MountError | StartError for what its owner must mend.
 */
export async function startContainer(setting: Setting, request: StartRequest): Promise<ProcessIdentity> {
  const { pod, container, place, podIp } = request;
  const image = await resolveImage(container.image, setting.repositoryRoot).catch((error: unknown) => {
    throw new ImageError(error instanceof Error ? error.message : String(error), { cause: error });
  });
  const command = commandOf(container, image, {
    repositoryRoot: setting.repositoryRoot,
    node: process.execPath,
  });
  const sources = await fetchSources(setting, pod, container);
  const base = { ...setting.baseEnvironment, POD_IP: podIp, HOSTNAME: hostname(pod), ...command.environment };
  const own = environmentOf(pod, container, podIp, base, sources);
  const { NODE_OPTIONS } = own;
  const environment: Readonly<Record<string, string>> = {
    HOME: place.root,
    ...own,
    NODE_OPTIONS: nodeOptions(RESOLVER, container, place.root, request.volumePath, NODE_OPTIONS),
  };
  await rm(place.folder, { recursive: true, force: true });
  await layOutSandbox(container, place.root, request.volumePath, environment);
  const expanded = { ...command, argv: expandedArguments(command, container, environment) };
  return launch(expanded, environment, place, request.onExit);
}

/** Only what the pod itself gives is expanded, as in a cluster; the image's words stay as they are. */
function expandedArguments(
  command: Command,
  container: Container,
  environment: Readonly<Record<string, string>>,
): readonly string[] {
  const own = (container.command?.length ?? 0) + (container.args?.length ?? 0);
  const start = command.argv.length - own;
  return command.argv.map((word, index) => (index < start ? word : expand(word, environment)));
}

function hostname(pod: Pod): string {
  return pod.spec.hostname ?? pod.metadata.name;
}

type Kind = 'configmaps' | 'secrets';

async function fetchSources(setting: Setting, pod: Pod, container: Container) {
  const namespace = pod.metadata.namespace ?? 'default';
  const found = new Map<string, DataObject | undefined>();
  for (const [kind, name] of references(container)) {
    const lookup = await setting.objects.fetch(kind, namespace, name);
    found.set(`${kind}/${name}`, objectOf(lookup));
  }
  return {
    configMap: (name: string) => found.get(`configmaps/${name}`),
    secret: (name: string) => found.get(`secrets/${name}`),
  };
}

function objectOf(lookup: Lookup): DataObject | undefined {
  if (lookup.state === 'unknown') throw new ConfigError(lookup.message);
  return lookup.state === 'found' ? lookup.object : undefined;
}

/** The ConfigMaps and Secrets that a container's environment names. */
export function references(container: Container): readonly (readonly [Kind, string])[] {
  const names: (readonly [Kind, string | undefined])[] = [];
  for (const from of container.envFrom ?? []) {
    names.push(['configmaps', from.configMapRef?.name], ['secrets', from.secretRef?.name]);
  }
  for (const { valueFrom } of container.env ?? []) {
    names.push(['configmaps', valueFrom?.configMapKeyRef?.name], ['secrets', valueFrom?.secretKeyRef?.name]);
  }
  return names.flatMap(([kind, name]) => (name === undefined ? [] : [[kind, name] as const]));
}

/** The variables that every container of a node gets: where the API server is, and a search path with Node. */
export function baseEnvironment(server: URL, servicesFile: string): Readonly<Record<string, string>> {
  const port = server.port === '' ? '443' : server.port;
  const passed = ['LANG', 'LD_LIBRARY_PATH', 'TZ'].flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return {
    ...Object.fromEntries(passed),
    PATH: `${dirname(process.execPath)}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`,
    KUBERNETES_SERVICE_HOST: server.hostname,
    KUBERNETES_SERVICE_PORT: port,
    KUBERNETES_SERVICE_PORT_HTTPS: port,
    PROCESS_NODE_SERVICES: servicesFile,
  };
}

export { StartError };
