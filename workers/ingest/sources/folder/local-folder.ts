import { createReadStream, type Dirent } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { SourceError } from '../../errors.ts';
import type { FileStore, SourceFile } from '../../ports.ts';
import { ScanFailure } from '../../reasons.ts';

const CHUNK_BYTES = 256 * 1024;

/**
 * Files below a folder of this machine. Links to files that are below it too are followed (mounts of Kubernetes have
 * such), links elsewhere and links to folders are not; hidden names are passed over.
 */
export function createLocalFolder(root: string): FileStore {
  return {
    list: async () => {
      const found: SourceFile[] = [];
      await collect(root, '', found);
      return found;
    },
    open: (file) => createReadStream(join(root, file.path), { highWaterMark: CHUNK_BYTES }),
  };
}

async function collect(root: string, below: string, found: SourceFile[]): Promise<void> {
  for (const entry of await entriesOf(join(root, below))) {
    if (entry.name.startsWith('.')) continue;
    const path = below === '' ? entry.name : `${below}/${entry.name}`;
    if (entry.isDirectory()) await collect(root, path, found);
    else if (await isRead(root, path, entry)) await collectFile(root, path, found);
  }
}

async function isRead(root: string, path: string, entry: Entry): Promise<boolean> {
  return entry.isFile() || (entry.isSymbolicLink() && (await staysBelow(root, path)));
}

/** Whether a link ends below the root: who may write into a volume may not have the rest of the pod's files read. */
async function staysBelow(root: string, path: string): Promise<boolean> {
  try {
    return (await realpath(join(root, path))).startsWith((await realpath(root)) + sep);
  } catch {
    return false;
  }
}

type Entry = Pick<Dirent, 'name' | 'isDirectory' | 'isFile' | 'isSymbolicLink'>;

async function entriesOf(folder: string): Promise<readonly Entry[]> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    throw unreadable(error);
  }
}

async function collectFile(root: string, path: string, found: SourceFile[]): Promise<void> {
  const about = await stat(join(root, path)).catch(() => undefined);
  // A file that went away between listing and looking is one of the next scan.
  if (about === undefined || !about.isFile()) return;
  const modifiedAt = about.mtimeMs;
  found.push({ path, size: about.size, version: String(modifiedAt), modifiedAt });
}

/** Says why without the path, which may hold a name. */
function unreadable(error: unknown): SourceError {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new SourceError(
      ScanFailure.sourceMissing,
      'the folder of the source does not exist: create it in the volume, or correct spec.folder.uri of the DataSource',
    );
  }
  if (code === 'EACCES' || code === 'EPERM') {
    return new SourceError(
      ScanFailure.sourceDenied,
      'the folder of the source may not be read: give the pod read permission on the volume',
    );
  }
  return new SourceError(
    ScanFailure.sourceUnreadable,
    'the folder of the source cannot be read: look at the volume of the claim',
  );
}
