import { fieldValue } from './downward.ts';
import type { Lookup } from './object-store.ts';
import type { DataObject, DownwardItem, KeyToPath, Pod, ProjectedSource, Volume } from './pod.ts';
import { resourceValue } from './quantity.ts';

/** One file of a volume; the path is relative to the volume. */
export interface VolumeFile {
  readonly path: string;
  readonly data: Buffer;
  readonly mode: number;
}

/** Where the content of a volume comes from. */
export interface FileSources {
  readonly pod: Pod;
  readonly podIp: string;
  readonly lookup: (kind: 'configmaps' | 'secrets', name: string) => Lookup;
  /** The current token of that audience and life (seconds). */
  readonly token: (audience: string, lifetime: number) => string;
}

/** A volume that cannot be set up yet; kubelet's FailedMount. */
export class MountError extends Error {
  override readonly name = 'MountError';
}

const DEFAULT_MODE = 0o644;
const DEFAULT_TOKEN_LIFETIME = 3600;

/**
 * The files of a ConfigMap, Secret, downward API or projected volume; undefined for the kinds that are folders.
 * @throws MountError naming the object or key that is missing.
 */
export function volumeFiles(volume: Volume, sources: FileSources): readonly VolumeFile[] | undefined {
  const single = asProjected(volume);
  if (single === undefined) return undefined;
  const mode = single.mode ?? DEFAULT_MODE;
  return single.sources.flatMap((source) => sourceFiles(source, mode, sources));
}

interface Projected {
  readonly sources: readonly ProjectedSource[];
  readonly mode: number | undefined;
}

/** Every kind of volume that holds files of API objects is a projection of one source or more. */
export function asProjected(volume: Volume): Projected | undefined {
  if (volume.projected !== undefined) {
    return { sources: volume.projected.sources ?? [], mode: volume.projected.defaultMode };
  }
  if (volume.configMap !== undefined) {
    return { sources: [{ configMap: volume.configMap }], mode: volume.configMap.defaultMode };
  }
  if (volume.secret !== undefined) {
    const { secretName, defaultMode, ...rest } = volume.secret;
    return { sources: [{ secret: { ...rest, name: secretName } }], mode: defaultMode };
  }
  if (volume.downwardAPI !== undefined) {
    return { sources: [{ downwardAPI: volume.downwardAPI }], mode: volume.downwardAPI.defaultMode };
  }
  return undefined;
}

function sourceFiles(source: ProjectedSource, mode: number, sources: FileSources): readonly VolumeFile[] {
  if (source.configMap !== undefined) {
    const object = found('configmap', source.configMap, sources.lookup('configmaps', source.configMap.name));
    return select('configmap', source.configMap, configMapContent(object), mode);
  }
  if (source.secret !== undefined) {
    const object = found('secret', source.secret, sources.lookup('secrets', source.secret.name));
    return select('secret', source.secret, secretContent(object), mode).map(ownerOnly);
  }
  if (source.serviceAccountToken !== undefined) {
    const { path, audience, expirationSeconds } = source.serviceAccountToken;
    const token = sources.token(audience ?? '', expirationSeconds ?? DEFAULT_TOKEN_LIFETIME);
    return [{ path, data: Buffer.from(token), mode: 0o600 }];
  }
  return (source.downwardAPI?.items ?? []).map((item) => ({
    path: item.path,
    data: Buffer.from(downwardValue(item, sources)),
    mode,
  }));
}

function ownerOnly(file: VolumeFile): VolumeFile {
  return { ...file, mode: file.mode & 0o700 };
}

interface Named {
  readonly name: string;
  readonly optional?: boolean;
  readonly items?: readonly KeyToPath[];
}

function found(kind: string, source: Named, lookup: Lookup): DataObject | undefined {
  if (lookup.state === 'found') return lookup.object;
  if (lookup.state === 'missing' && source.optional === true) return undefined;
  throw new MountError(lookup.state === 'missing' ? `${kind} "${source.name}" not found` : lookup.message);
}

type Content = ReadonlyMap<string, Buffer>;

function configMapContent(object: DataObject | undefined): Content {
  const text = Object.entries(object?.data ?? {}).map(([key, value]) => [key, Buffer.from(value)] as const);
  return new Map([...text, ...base64Entries(object?.binaryData)]);
}

function secretContent(object: DataObject | undefined): Content {
  return new Map(base64Entries(object?.data));
}

function base64Entries(
  data: Readonly<Record<string, string>> | undefined,
): readonly (readonly [string, Buffer])[] {
  return Object.entries(data ?? {}).map(([key, value]) => [key, Buffer.from(value, 'base64')] as const);
}

function select(kind: string, source: Named, content: Content, mode: number): readonly VolumeFile[] {
  if (source.items === undefined) return [...content].map(([path, data]) => ({ path, data, mode }));
  return source.items.flatMap((item) => {
    const data = content.get(item.key);
    if (data !== undefined) return [{ path: item.path, data, mode: item.mode ?? mode }];
    if (source.optional === true) return [];
    throw new MountError(`${kind} "${source.name}" has no key "${item.key}"`);
  });
}

function downwardValue(item: DownwardItem, sources: FileSources): string {
  if (item.resourceFieldRef !== undefined) return resourceValue(sources.pod, item.resourceFieldRef);
  return fieldValue(sources.pod, sources.podIp, item.fieldRef?.fieldPath ?? '') ?? '';
}
