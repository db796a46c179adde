import { lstat, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, normalize } from 'node:path';
import { expand } from './environment.ts';
import type { Container, VolumeMount } from './pod.ts';
import { MountError } from './volume-files.ts';

const DEFAULT_TERMINATION_LOG = '/dev/termination-log';

/** Where a container's termination message lies below its sandbox folder. */
export function terminationLog(container: Container, root: string): string {
  return join(root, normalize(`/${container.terminationMessagePath ?? DEFAULT_TERMINATION_LOG}`));
}

/**
 * Lays out the folder that `$CONTAINER_SANDBOX_MOUNT_POINT` names: one link per mount, at the path where the
 * container would see the mount, and an empty termination log.
 * @throws MountError when a mount has no volume or lies within another one.
 */
export async function layOutSandbox(
  container: Container,
  root: string,
  volumePath: (volume: string) => string | undefined,
  variables: Readonly<Record<string, string>>,
): Promise<void> {
  await mkdir(root, { recursive: true, mode: 0o700 });
  const mounts = [...(container.volumeMounts ?? [])].sort((a, b) => a.mountPath.length - b.mountPath.length);
  for (const mount of mounts) await link(root, mount, volumePath, variables);
  const log = terminationLog(container, root);
  await mkdir(dirname(log), { recursive: true, mode: 0o700 });
  await writeFile(log, '', { mode: 0o600 });
}

async function link(
  root: string,
  mount: VolumeMount,
  volumePath: (volume: string) => string | undefined,
  variables: Readonly<Record<string, string>>,
): Promise<void> {
  const base = volumePath(mount.name);
  if (base === undefined)
    throw new MountError(`mount ${mount.mountPath} names volume "${mount.name}", which is not there`);
  const path = join(root, normalize(`/${mount.mountPath}`)).replace(/\/$/, '');
  if (path === root)
    throw new MountError(`mountPath ${mount.mountPath} of volume "${mount.name}" must not be the root`);
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  if (await exists(path)) {
    if (!(await lstat(path)).isSymbolicLink())
      throw new MountError(`mountPath ${mount.mountPath} holds another mount`);
    await rm(path);
  }
  await symlink(await subfolder(base, mount, variables), path);
}

async function subfolder(
  base: string,
  mount: VolumeMount,
  variables: Readonly<Record<string, string>>,
): Promise<string> {
  const sub = mount.subPathExpr === undefined ? mount.subPath : expand(mount.subPathExpr, variables);
  if (sub === undefined || sub === '') return base;
  const path = join(base, normalize(`/${sub}`));
  if (!(await exists(path))) await mkdir(path, { recursive: true });
  return path;
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
