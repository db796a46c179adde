import { createHash } from 'node:crypto';
import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isNotFound, type KubeApi } from './api.ts';
import { writeAtomically } from './atomic-folder.ts';
import { type ObjectStore, storeKey } from './object-store.ts';
import type { Pod, Volume } from './pod.ts';
import type { Tokens } from './tokens.ts';
import { asProjected, MountError, type VolumeFile, volumeFiles } from './volume-files.ts';

/** The volumes of one pod: folders by volume name, kept up to date by `sync`. */
export interface PodVolumes {
  /** Sets up or updates all volumes. @throws MountError naming the volume that cannot be set up. */
  sync(pod: Pod): Promise<void>;
  /** The folder (or file) of a volume that `sync` has set up. */
  path(volume: string): string | undefined;
}

export interface VolumeSetting {
  readonly api: KubeApi;
  readonly objects: ObjectStore;
  readonly tokens: Tokens;
}

interface Claim {
  readonly spec?: { readonly volumeName?: string };
  readonly status?: { readonly phase?: string };
}

interface PersistentVolume {
  readonly spec?: {
    readonly hostPath?: { readonly path: string };
    readonly local?: { readonly path: string };
  };
}

/** Volumes below `folder` for a pod whose address is `podIp`. */
export function createPodVolumes(setting: VolumeSetting, folder: string, podIp: string): PodVolumes {
  const paths = new Map<string, string>();
  const written = new Map<string, string>();
  const syncOne = async (pod: Pod, volume: Volume): Promise<void> => {
    const own = join(folder, volume.name);
    await renewTokens(setting, pod, volume);
    await waitForAnswers(setting, pod, volume);
    const files = volumeFiles(volume, {
      pod,
      podIp,
      lookup: (kind, name) => setting.objects.lookup(kind, pod.metadata.namespace ?? 'default', name),
      token: (audience, lifetime) => setting.tokens.token(pod, audience, lifetime),
    });
    if (files === undefined) {
      if (!paths.has(volume.name)) paths.set(volume.name, await folderOf(setting.api, pod, volume, own));
      return;
    }
    const print = fingerprint(files);
    if (written.get(volume.name) !== print) await writeAtomically(own, files);
    written.set(volume.name, print);
    paths.set(volume.name, own);
  };
  return {
    sync: async (pod) => {
      for (const volume of pod.spec.volumes ?? []) {
        await syncOne(pod, volume).catch((error: unknown) => {
          throw mountError(volume, error);
        });
      }
    },
    path: (volume) => paths.get(volume),
  };
}

/** The keys of all ConfigMaps and Secrets that a pod refers to in its volumes. */
export function volumeKeys(pod: Pod): readonly string[] {
  const namespace = pod.metadata.namespace ?? 'default';
  return (pod.spec.volumes ?? []).flatMap((volume) =>
    (asProjected(volume)?.sources ?? []).flatMap((source) => [
      ...(source.configMap === undefined ? [] : [storeKey('configmaps', namespace, source.configMap.name)]),
      ...(source.secret === undefined ? [] : [storeKey('secrets', namespace, source.secret.name)]),
    ]),
  );
}

function mountError(volume: Volume, error: unknown): MountError {
  const message = error instanceof Error ? error.message : String(error);
  return new MountError(`MountVolume.SetUp failed for volume "${volume.name}" : ${message}`, {
    cause: error,
  });
}

async function renewTokens(setting: VolumeSetting, pod: Pod, volume: Volume): Promise<void> {
  for (const { serviceAccountToken: source } of asProjected(volume)?.sources ?? []) {
    if (source === undefined) continue;
    await setting.tokens.refresh(pod, source.audience ?? '', source.expirationSeconds ?? 3600);
  }
}

async function waitForAnswers(setting: VolumeSetting, pod: Pod, volume: Volume): Promise<void> {
  const namespace = pod.metadata.namespace ?? 'default';
  for (const { configMap, secret } of asProjected(volume)?.sources ?? []) {
    if (configMap !== undefined) await setting.objects.answered('configmaps', namespace, configMap.name);
    if (secret !== undefined) await setting.objects.answered('secrets', namespace, secret.name);
  }
}

function fingerprint(files: readonly VolumeFile[]): string {
  const hash = createHash('sha256');
  for (const file of files)
    hash.update(`${file.path}\0${file.mode}\0${file.data.length}\0`).update(file.data);
  return hash.digest('hex');
}

async function folderOf(api: KubeApi, pod: Pod, volume: Volume, own: string): Promise<string> {
  if (volume.emptyDir !== undefined) {
    await mkdir(own, { recursive: true, mode: 0o700 });
    return own;
  }
  if (volume.hostPath !== undefined) return hostFolder(volume.hostPath.path, volume.hostPath.type ?? '');
  if (volume.persistentVolumeClaim !== undefined) {
    return claimedFolder(api, pod.metadata.namespace ?? 'default', volume.persistentVolumeClaim.claimName);
  }
  throw new MountError(
    'a process node has no such kind of volume: use configMap, secret, projected, emptyDir, hostPath or a claim bound to a hostPath volume',
  );
}

async function hostFolder(path: string, type: string): Promise<string> {
  if (type === 'DirectoryOrCreate') await mkdir(path, { recursive: true });
  if (type === '' || type === 'FileOrCreate') return path;
  const found = await stat(path).catch(() => undefined);
  const fits = type.startsWith('Directory') ? found?.isDirectory() : found !== undefined;
  if (fits !== true)
    throw new MountError(`hostPath type check failed: ${path} is not a ${type.toLowerCase()}`);
  return path;
}

async function claimedFolder(api: KubeApi, namespace: string, name: string): Promise<string> {
  const claim = await api
    .get<Claim>(`/api/v1/namespaces/${namespace}/persistentvolumeclaims/${name}`)
    .catch((error: unknown) => {
      throw isNotFound(error) ? new MountError(`persistentvolumeclaim "${name}" not found`) : error;
    });
  const volumeName = claim.spec?.volumeName;
  if (claim.status?.phase !== 'Bound' || volumeName === undefined) {
    throw new MountError(
      `persistentvolumeclaim "${name}" is not bound: create a hostPath PersistentVolume for it`,
    );
  }
  const { spec } = await api.get<PersistentVolume>(`/api/v1/persistentvolumes/${volumeName}`);
  const path = spec?.hostPath?.path ?? spec?.local?.path;
  if (path === undefined) throw new MountError(`persistentvolume "${volumeName}" is no hostPath volume`);
  await mkdir(path, { recursive: true });
  return path;
}
