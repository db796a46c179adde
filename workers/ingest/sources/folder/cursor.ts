// Where a scan stopped, file by file. Opaque to the service, which seals it and commits it with each batch.
import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { z } from 'zod';
import type { SourceFile } from '../../ports.ts';

/** State of one file: what it was when it was read, and how far reading came. */
export interface FileState {
  readonly size: number;
  readonly version: string;
  /** First half of the sha256 of the bytes; empty while the file is not complete. */
  readonly sha256: string;
  /** Items that are committed; -1 = all. */
  readonly offset: number;
}

/** State of all files by the hash of their path. */
export type FileStates = ReadonlyMap<string, FileState>;

/** Offset of a file that is complete. */
export const COMPLETE = -1;

const cursorSchema = z.object({
  v: z.literal(1),
  /** What records depend on beside the bytes: another one makes every file new. */
  fingerprint: z.string(),
  files: z.record(z.string(), z.tuple([z.number(), z.string(), z.string(), z.number()])),
});

/** Hash of a path: the key of its state, and the position that quarantine shows instead of a name. */
export function pathHash(path: string): string {
  return createHash('sha256').update(path).digest('hex').slice(0, 24);
}

/** Reads a cursor; empty when there is none, or when it was written under another fingerprint. */
export function decodeCursor(bytes: Buffer, fingerprint: string): FileStates {
  const cursor = cursorSchema.safeParse(unpack(bytes));
  if (!cursor.success || cursor.data.fingerprint !== fingerprint) return new Map();
  return new Map(
    Object.entries(cursor.data.files).map(([hash, [size, version, sha256, offset]]) => [
      hash,
      { size, version, sha256, offset },
    ]),
  );
}

/** Writes a cursor. */
export function encodeCursor(states: FileStates, fingerprint: string): Buffer {
  const files = Object.fromEntries(
    [...states].map(([hash, state]) => [hash, [state.size, state.version, state.sha256, state.offset]]),
  );
  return gzipSync(JSON.stringify({ v: 1, fingerprint, files }), { level: 1 });
}

function unpack(bytes: Buffer): unknown {
  if (bytes.length === 0) return undefined;
  try {
    return JSON.parse(gunzipSync(bytes).toString());
  } catch {
    return undefined;
  }
}

/** What is to be done with a file. */
export type FilePlan = 'skip' | 'compare' | { readonly from: number };

/**
 * Skips what is complete and unchanged, resumes what was begun and is unchanged, and reads what is new. A complete
 * file of the same size that was touched is compared by its hash before it is read again.
 */
export function planFile(file: SourceFile, state: FileState | undefined): FilePlan {
  if (state === undefined || state.size !== file.size) return { from: 0 };
  if (state.version === file.version) return state.offset === COMPLETE ? 'skip' : { from: state.offset };
  return state.offset === COMPLETE && state.sha256 !== '' ? 'compare' : { from: 0 };
}
