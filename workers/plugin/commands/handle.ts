import { isHandle } from '#crds/patient-twin/handle.ts';
import { usageError } from '../failure.ts';

/** The one word of a command that is a handle. Throws PluginError Usage. */
export function oneHandle(words: readonly string[], command: string): string {
  const [handle, ...rest] = words;
  if (handle === undefined || rest.length > 0) throw usageError(`${command} takes one HANDLE`);
  return checkedHandle(handle);
}

/** The handle, if its form and checksum are right. Throws PluginError Usage. */
export function checkedHandle(handle: string): string {
  if (!isHandle(handle)) {
    throw usageError(
      'that is no handle (pt- and 16 characters, the last a checksum): look for a typing error',
    );
  }
  return handle;
}
