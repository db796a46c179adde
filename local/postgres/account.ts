import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { basename, join } from 'node:path';
import { LocalFailure } from '../failure.ts';
import type { Progress } from '../progress.ts';

/** The user that PostgreSQL runs as when we are root, which it refuses; undefined: it runs as we do. */
export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** Where a user other than root may read what root's own home hides. */
const SHARED_ROOT = '/var/lib/twinward';
const CANDIDATES = ['postgres', 'nobody'];

/**
 * The account for the database.
 * @throws LocalFailure when we are root and the machine has none of the known unprivileged users.
 */
export function databaseAccount(): Account | undefined {
  if (process.getuid?.() !== 0) {
    return undefined;
  }
  const users = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  for (const name of CANDIDATES) {
    const [, , uid, gid] = users.find((fields) => fields[0] === name) ?? [];
    if (uid !== undefined && gid !== undefined && uid !== '0') {
      return { name, uid: Number(uid), gid: Number(gid) };
    }
  }
  throw new LocalFailure(
    'PostgreSQL does not run as root, and this machine has neither a user "postgres" nor "nobody".',
    'Create one (useradd --system postgres), or run the same command as an ordinary user.',
  );
}

/** Whether the account can enter this folder: every folder above it counts. */
export function canEnter(account: Account | undefined, folder: string): boolean {
  if (account === undefined) {
    return true;
  }
  const { uid, gid } = account;
  return spawnSync('/bin/sh', ['-c', 'cd -- "$1"', 'sh', folder], { uid, gid, cwd: '/' }).status === 0;
}

/**
 * The folder that holds the database of a state folder: inside it, or, when the account cannot enter that
 * (a repository below /root), a folder of its own below /var/lib/twinward.
 */
export function databaseFolder(account: Account | undefined, inside: string, progress: Progress): string {
  if (canEnter(account, inside)) {
    return inside;
  }
  const key = createHash('sha256').update(inside).digest('hex').slice(0, 12);
  const folder = join(SHARED_ROOT, `database-${key}`);
  mkdirSync(folder, { recursive: true, mode: 0o711 });
  progress.say(`  The user ${account?.name} cannot enter ${inside}: the database is kept in ${folder}`);
  return folder;
}

/** The folder of the programs, copied to where the account can run them if it cannot run them in place. */
export function programsFor(account: Account | undefined, native: string, version: string): string {
  if (canEnter(account, join(native, 'bin'))) {
    return native;
  }
  const folder = join(SHARED_ROOT, `postgresql-${version}`);
  if (!existsSync(folder)) {
    mkdirSync(SHARED_ROOT, { recursive: true, mode: 0o711 });
    const next = join(SHARED_ROOT, `.${basename(folder)}.${process.pid}`);
    cpSync(native, next, { recursive: true, verbatimSymlinks: true });
    renameSync(next, folder);
  }
  return folder;
}
