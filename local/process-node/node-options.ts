import { join, normalize } from 'node:path';
import type { Container } from './pod.ts';

/** Folders that mounted volumes have on this machine. */
export type VolumePath = (volume: string) => string | undefined;

/**
 * `NODE_OPTIONS` of a container: the name resolver first, then what the container asks for, and a stand-in for a
 * read-only root: Node's permission model, which lets it write to its writable mounts and nowhere else.
 */
export function nodeOptions(
  resolver: string,
  container: Container,
  root: string,
  volumePath: VolumePath,
  own: string | undefined,
): string {
  const readOnly = container.securityContext?.readOnlyRootFilesystem === true;
  const permissions = readOnly ? permissionsOf(container, root, volumePath) : [];
  return [`--import=${resolver}`, ...permissions, ...(own === undefined ? [] : [own])].join(' ');
}

const ALL_BUT_WRITING = [
  '--permission',
  '--allow-fs-read=*',
  '--allow-addons',
  '--allow-child-process',
  '--allow-wasi',
  '--allow-worker',
  '--disable-warning=SecurityWarning',
];

function permissionsOf(container: Container, root: string, volumePath: VolumePath): readonly string[] {
  const mounts = (container.volumeMounts ?? []).filter((mount) => mount.readOnly !== true);
  const folders = mounts.flatMap((mount) => {
    const folder = volumePath(mount.name);
    const link = join(root, normalize(`/${mount.mountPath}`));
    return folder === undefined ? [link] : [link, folder];
  });
  const writable = [join(root, 'dev'), ...folders].flatMap((folder) => [folder, join(folder, '*')]);
  return [...ALL_BUT_WRITING, ...writable.map((path) => `--allow-fs-write=${quoted(path)}`)];
}

/** NODE_OPTIONS is split at blanks; a value that has some is put in quotation marks. */
function quoted(path: string): string {
  return /[\s"\\]/.test(path) ? `"${path.replace(/["\\]/g, '\\$&')}"` : path;
}
