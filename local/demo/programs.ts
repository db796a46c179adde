import { accessSync, constants, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Layout, ROOT } from './layout.ts';

/**
 * Makes a folder for the PATH: `kubectl-twin`, which kubectl runs as `kubectl twin`, and kubectl itself unless
 * the machine has one.
 */
export function linkPrograms(layout: Layout, kubectl: string): void {
  mkdirSync(layout.programs, { recursive: true });
  const twin = join(layout.programs, 'kubectl-twin');
  const command = [process.execPath, join(ROOT, 'workers/plugin/main.ts')].map(quote).join(' ');
  writeFileSync(twin, `#!/bin/sh\nexec ${command} "$@"\n`, { mode: 0o755 });
  const link = join(layout.programs, 'kubectl');
  rmSync(link, { force: true });
  if (!isOnPath('kubectl', layout.programs)) {
    symlinkSync(kubectl, link);
  }
}

/** Whether the shell would find the program, our own folder aside. */
function isOnPath(program: string, except: string): boolean {
  return (process.env['PATH'] ?? '')
    .split(delimiter)
    .filter((folder) => folder !== '' && folder !== except)
    .some((folder) => isExecutable(join(folder, program)));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
