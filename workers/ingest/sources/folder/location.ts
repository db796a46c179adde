import { TerminalError } from '#runtime/errors.ts';

/** Where a folder source is. */
export type Location =
  | { readonly kind: 'builtin'; readonly name: string }
  /** `path` below the mounted claim, without a leading slash. */
  | { readonly kind: 'pvc'; readonly path: string }
  /** `prefix` without a leading slash; empty = the whole bucket. */
  | { readonly kind: 'gs'; readonly bucket: string; readonly prefix: string };

const BUILTIN = /^builtin:([a-z0-9][a-z0-9-]{0,62})$/;
const PVC = /^pvc:\/\/[a-z0-9][a-z0-9.-]{0,252}(?:\/(.*))?$/;
const GS = /^gs:\/\/([a-z0-9][a-z0-9._-]{1,221})(?:\/(.*))?$/;

/** Reads `builtin:<name>`, `pvc://<claim>/<path>` or `gs://<bucket>/<prefix>`. Throws TerminalError InvalidSourceUri. */
export function readLocation(uri: string): Location {
  const builtin = BUILTIN.exec(uri)?.[1];
  if (builtin !== undefined) return { kind: 'builtin', name: builtin };
  const pvc = PVC.exec(uri);
  if (pvc !== null) return { kind: 'pvc', path: below(pvc[1] ?? '') };
  const [, bucket, prefix = ''] = GS.exec(uri) ?? [];
  if (bucket !== undefined) return { kind: 'gs', bucket, prefix };
  throw invalid();
}

function below(path: string): string {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) throw invalid();
  return parts.join('/');
}

function invalid(): TerminalError {
  return new TerminalError(
    'InvalidSourceUri',
    'TWINWARD_SOURCE_URI must be builtin:<name>, pvc://<claim>/<path> (without ..) or gs://<bucket>/<prefix>: correct spec.folder.uri of the DataSource',
  );
}
