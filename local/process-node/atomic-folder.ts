import { randomBytes } from 'node:crypto';
import { lstat, mkdir, readdir, readlink, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import type { VolumeFile } from './volume-files.ts';

const DATA = '..data';

/**
 * Replaces the files of a volume at once, as kubelet does: each version is a folder of its own, `..data` is a
 * link to the current one, and each file is a link through `..data`.
 * @throws Error when a path leaves the volume.
 */
export async function writeAtomically(folder: string, files: readonly VolumeFile[]): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const version = `..${new Date().toISOString().replace(/[-:.]/g, '_')}_${randomBytes(4).toString('hex')}`;
  const target = join(folder, version);
  await mkdir(target, { mode: 0o700 });
  for (const file of files) await writeFileOf(target, file);
  const previous = await readlink(join(folder, DATA)).catch(() => undefined);
  await replaceLink(version, join(folder, DATA));
  await linkNames(folder, new Set(files.map((file) => file.path.split('/')[0] ?? '')));
  if (previous !== undefined) await rm(join(folder, previous), { recursive: true, force: true });
}

async function writeFileOf(target: string, file: VolumeFile): Promise<void> {
  const path = join(target, file.path);
  if (!path.startsWith(target + sep))
    throw new Error(`path ${file.path} leaves its volume: use a relative path`);
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeFile(path, file.data, { mode: file.mode });
}

async function linkNames(folder: string, names: ReadonlySet<string>): Promise<void> {
  for (const name of names) await replaceLink(join(DATA, name), join(folder, name));
  for (const name of await readdir(folder)) {
    if (name.startsWith('..') || names.has(name)) continue;
    const isLink = (await lstat(join(folder, name))).isSymbolicLink();
    if (isLink && (await readlink(join(folder, name))).startsWith(DATA)) await rm(join(folder, name));
  }
}

async function replaceLink(target: string, path: string): Promise<void> {
  if ((await readlink(path).catch(() => undefined)) === target) return;
  const next = `${path}_tmp_${randomBytes(4).toString('hex')}`;
  await symlink(target, next);
  await rename(next, path);
}
