import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { SourceError } from '../../errors.ts';
import type { FileStore, SourceFile } from '../../ports.ts';
import { ScanFailure } from '../../reasons.ts';

const CHUNK_BYTES = 256 * 1024;

/** Files below a folder of this machine. Links to files are followed, links to folders are not; hidden names are passed over. */
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
    else if (entry.isFile() || entry.isSymbolicLink()) await collectFile(root, path, found);
  }
}

async function entriesOf(
  folder: string,
): Promise<
  readonly { name: string; isDirectory(): boolean; isFile(): boolean; isSymbolicLink(): boolean }[]
> {
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
