// Installs what the Pulumi programs need, from their own lock file, into pulumi/node_modules; only when the lock changed.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withLock } from '../../../local/processes/lock.ts';
import { runProgram } from '../../../local/processes/run.ts';
import { lineProgress } from '../../../local/progress.ts';

/** Folder of the programs. */
export const pulumiFolder: string = join(import.meta.dirname, '../../../pulumi');

const stamp = join(pulumiFolder, 'node_modules/.twinward-stamp');

function wanted(): string {
  const hash = createHash('sha256');
  for (const file of ['package.json', 'package-lock.json'])
    hash.update(readFileSync(join(pulumiFolder, file)));
  return hash.digest('hex');
}

function isInstalled(): boolean {
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted();
}

/** Installs the packages if need be, and says so. Two runs at once install once. */
export async function installPulumiPackages(): Promise<void> {
  if (isInstalled()) return;
  const progress = lineProgress((line) => process.stderr.write(`${line}\n`));
  await progress.step('packages of pulumi/: npm ci, about 230 MB the first time', (detail) =>
    withLock(
      join(pulumiFolder, '../node_modules/.pulumi-install.lock'),
      (pid) => detail(`waiting for process ${pid}, which is installing them`),
      async () => {
        if (isInstalled()) return;
        await runProgram('npm', ['ci', '--no-progress', '--ignore-scripts'], { cwd: pulumiFolder });
        writeFileSync(stamp, wanted());
      },
    ),
  );
}
