// A Python environment of its own for tests, in the user's cache folder: packages by hash from a requirements file.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { cacheRoot } from '../../../local/binaries/catalogue.ts';

const MINUTES = 10;

/**
 * The Python of an environment that holds exactly what a requirements file pins; made when there is none yet.
 * @throws Error that says what failed and what to do.
 */
export function pythonWith(requirements: string, say: (line: string) => void = console.log): string {
  const key = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 16);
  const root = join(dirname(cacheRoot()), 'python');
  const folder = join(root, key);
  const stamp = join(folder, '.complete');
  const python = join(folder, 'bin/python');
  if (existsSync(stamp)) return python;
  say(`… Python packages of ${requirements} into ${folder}`);
  mkdirSync(root, { recursive: true });
  // An environment names its own path and cannot be moved, so a second run that comes meanwhile waits for its turn.
  const lock = `${folder}.lock`;
  takeLock(lock, stamp);
  if (existsSync(stamp)) return python;
  try {
    rmSync(folder, { recursive: true, force: true });
    step('python3', ['-m', 'venv', folder]);
    step(python, ['-m', 'pip', 'install', '--quiet', '--require-hashes', '-r', requirements]);
    writeFileSync(`${stamp}.new`, '');
    renameSync(`${stamp}.new`, stamp);
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
  say('✓ Python packages');
  return python;
}

function takeLock(lock: string, stamp: string): void {
  const end = Date.now() + MINUTES * 60_000;
  for (;;) {
    try {
      mkdirSync(lock);
      return;
    } catch (cause) {
      if (existsSync(stamp)) return;
      if (Date.now() > end) {
        throw new Error(`another run holds ${lock}; remove that folder if none is under way`, { cause });
      }
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);
    }
  }
}

function step(program: string, args: readonly string[]): void {
  const done = spawnSync(program, args, { encoding: 'utf8', timeout: MINUTES * 60_000 });
  if (done.status !== 0) {
    const why = (done.error?.message ?? done.stderr).slice(-2_000);
    throw new Error(
      `${program} ${args[0]} failed; is the Python package index reachable, and venv installed?\n${why}`,
    );
  }
}
