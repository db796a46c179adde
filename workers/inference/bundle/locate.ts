// Where the files of a bundle lie, given its address.
import { isAbsolute, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { mountedPath } from '#runtime/mounted-path.ts';
import { BundleError } from '../errors.ts';

const BUILTIN_ROOT = fileURLToPath(new URL('../../../models/bundles/', import.meta.url));
const MOUNT = '/bundle';

/**
 * Folder of a bundle: `builtin:<name>` lies in the image; `pvc://<claim>/<path>` at `<path>` below the mounted claim;
 * `oci://`, `gs://` and `https://` at the mount itself, where kubelet or an init container put it; an absolute path
 * or `file://` is taken as it is. Throws BundleError FetchFailed for anything else.
 */
export function locateBundle(uri: string): string {
  const builtin = /^builtin:([a-z0-9][a-z0-9-]*)$/.exec(uri)?.[1];
  if (builtin !== undefined) return join(BUILTIN_ROOT, builtin);
  const claim = /^pvc:\/\/[^/]+(\/.*)?$/.exec(uri);
  if (claim !== null) return belowMount(claim[1] ?? '/');
  if (/^(oci|gs|https):\/\//.test(uri)) return mountedPath(MOUNT);
  if (uri.startsWith('file://')) return fileURLToPath(uri);
  if (isAbsolute(uri)) return normalize(uri);
  throw new BundleError(
    'FetchFailed',
    'the artifact uri has no known scheme; use builtin:, pvc://, oci://, gs:// or https://',
  );
}

function belowMount(path: string): string {
  if (path.split('/').includes('..')) {
    throw new BundleError('FetchFailed', 'the artifact uri leaves its volume; remove ".." from the path');
  }
  return mountedPath(join(MOUNT, path));
}
