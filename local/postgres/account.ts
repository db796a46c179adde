import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { basename, join } from 'node:path';
import { LocalFailure } from '../failure.ts';
import { keptSecret, randomToken } from '../private-files.ts';
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
 * The folder that holds the database of a state folder: the state folder itself, or, when the account cannot
 * enter that (a repository below /root), one of its own below /var/lib/twinward. The state folder remembers
 * which; a new state folder never meets the data of one that was removed by hand.
 */
export function databaseFolder(account: Account | undefined, stateDir: string, progress: Progress): string {
  const note = join(stateDir, 'database-folder');
  if (!existsSync(note) && canEnter(account, stateDir)) {
    return stateDir;
  }
  const folder = keptSecret(note, () => join(SHARED_ROOT, `database-${randomToken()}`));
  if (!existsSync(folder)) {
    progress.say(`  The user ${account?.name} cannot enter ${stateDir}: the database is kept in ${folder}`);
    mkdirSync(SHARED_ROOT, { recursive: true, mode: 0o711 });
    mkdirSync(folder, { mode: 0o711 });
  }
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
