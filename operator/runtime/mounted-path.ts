import { join } from 'node:path';

/**
 * Where a mounted path is found in this process: below `$CONTAINER_SANDBOX_MOUNT_POINT` when that is
 * set (the HostProcess convention, for processes without a mount namespace), else the path itself.
 */
export function mountedPath(path: string, env: NodeJS.ProcessEnv = process.env): string {
  const root = env['CONTAINER_SANDBOX_MOUNT_POINT'];
  return root === undefined || root === '' ? path : join(root, path);
}
