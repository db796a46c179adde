import { spawnSync } from 'node:child_process';
import { chownSync, existsSync, readFileSync, renameSync, rmSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { LocalFailure } from '../failure.ts';
import { privateFolder, writePrivateFile } from '../private-files.ts';
import { endProcess } from '../processes/daemon.ts';
import { findByWorkingDirectory, identify } from '../processes/identity.ts';
import type { Account } from './account.ts';
import type { PostgresPrograms } from './programs.ts';

/** The name of the database's superuser. */
export const SUPERUSER = 'twinward_admin';

/**
 * Creates the data directory unless it exists. It gets its name only when it is complete, so that an
 * interrupted run leaves nothing that looks like a database.
 */
export function createCluster(
  programs: PostgresPrograms,
  folder: string,
  password: string,
  account: Account | undefined,
): string {
  const data = join(folder, 'data');
  if (existsSync(join(data, 'PG_VERSION'))) {
    refuseOtherMajorVersion(data, programs.version);
    return data;
  }
  // The account must be able to create the directory, and to read the password once.
  const making = privateFolder(join(folder, 'making'));
  const passwordFile = join(making, 'password');
  rmSync(join(making, 'data'), { recursive: true, force: true });
  writePrivateFile(passwordFile, password);
  if (account !== undefined) {
    chownSync(making, account.uid, account.gid);
    chownSync(passwordFile, account.uid, account.gid);
  }
  const made = spawnSync(
    programs.initdb,
    [
      `--pgdata=${join(making, 'data')}`,
      `--username=${SUPERUSER}`,
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--locale=C.UTF-8',
      '--encoding=UTF8',
      '--no-instructions',
    ],
    { encoding: 'utf8', cwd: folder, ...ids(account) },
  );
  unlinkSync(passwordFile);
  if (made.status !== 0) {
    throw new LocalFailure(
      `initdb failed: ${(made.stderr ?? made.error?.message ?? '').trim()}`,
      `Is there space in ${folder}, and a locale C.UTF-8?`,
    );
  }
  renameSync(join(making, 'data'), data);
  rmSync(making, { recursive: true, force: true });
  return data;
}

/**
 * Clears what a killed server left: its backends, which hold the shared memory until they notice, and a
 * postmaster.pid whose number may belong to somebody else by now. Whoever works in this data directory is
 * part of a server of ours: the lock file that names another would have kept it from starting.
 */
export async function clearRemains(data: string): Promise<void> {
  const remains = findByWorkingDirectory(data)
    .map(identify)
    .filter((identity) => identity !== undefined);
  await Promise.all(remains.map((identity) => endProcess(identity, 'SIGINT', 5_000)));
  rmSync(join(data, 'postmaster.pid'), { force: true });
}

function ids(account: Account | undefined): { readonly uid?: number; readonly gid?: number } {
  return account === undefined ? {} : { uid: account.uid, gid: account.gid };
}

function refuseOtherMajorVersion(data: string, version: string): void {
  const kept = readFileSync(join(data, 'PG_VERSION'), 'utf8').trim();
  const [major] = version.split('.');
  if (kept !== major) {
    throw new LocalFailure(
      `The database in ${data} belongs to PostgreSQL ${kept}, but the programs are ${version}.`,
      'Delete the local state (npm run demo -- delete), or check out the version that made it.',
    );
  }
}
