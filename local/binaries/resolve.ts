import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { failureText } from '../failure.ts';
import { withLock } from '../processes/lock.ts';
import { runProgram } from '../processes/run.ts';
import { type Progress, silentProgress } from '../progress.ts';
import { buildFromModules } from './build.ts';
import {
  BINARIES,
  type Binary,
  cacheFolder,
  isCompatible,
  parseVersion,
  pinnedVersion,
  pinnedVersions,
  type Versions,
  versionArguments,
} from './catalogue.ts';
import { downloadRelease } from './download.ts';

/** The path of each program. */
export type Binaries = Readonly<Record<Binary, string>>;

/**
 * Finds every program of the control plane, each on its own: KUBEBUILDER_ASSETS, the cache of an earlier
 * run, the official release, a build from the Go modules.
 * @throws LocalFailure when the last of these fails.
 */
export async function resolveBinaries(progress: Progress = silentProgress): Promise<Binaries> {
  const versions = pinnedVersions();
  const found = await Promise.all(
    BINARIES.map(async (binary) => [binary, await findBinary(binary, versions, progress)] as const),
  );
  const paths: [Binary, string][] = [];
  for (const [binary, path] of found) {
    paths.push([binary, path ?? (await obtain(binary, versions, progress))]);
  }
  return Object.fromEntries(paths) as Binaries;
}

/** The path of a usable program that is here already. */
async function findBinary(
  binary: Binary,
  versions: Versions,
  progress: Progress,
): Promise<string | undefined> {
  const pinned = pinnedVersion(binary, versions);
  const assets = process.env['KUBEBUILDER_ASSETS'];
  if (assets !== undefined && assets !== '' && existsSync(join(assets, binary))) {
    const path = join(assets, binary);
    const version = await versionOf(binary, path);
    if (version !== undefined && isCompatible(version, pinned)) {
      return path;
    }
    progress.say(`  ${path} is ${version ?? 'not usable'}, ${pinned} is needed: looking further`);
  }
  const cached = join(cacheFolder(versions), binary);
  return existsSync(cached) && (await versionOf(binary, cached)) === pinned ? cached : undefined;
}

async function obtain(binary: Binary, versions: Versions, progress: Progress): Promise<string> {
  const folder = cacheFolder(versions);
  mkdirSync(folder, { recursive: true });
  return progress.step(`${binary} ${pinnedVersion(binary, versions)}`, (detail) =>
    withLock(
      join(folder, `.${binary}.lock`),
      (pid) => detail(`waiting for process ${pid}, which is getting it`),
      async () => {
        const madeMeanwhile = await findBinary(binary, versions, silentProgress);
        return madeMeanwhile ?? (await downloadOrBuild(binary, versions, { progress, detail }));
      },
    ),
  );
}

async function downloadOrBuild(
  binary: Binary,
  versions: Versions,
  say: { readonly progress: Progress; readonly detail: (text: string) => void },
): Promise<string> {
  const target = join(cacheFolder(versions), binary);
  try {
    say.detail('asking for the official release');
    await downloadRelease(binary, versions, target, say.detail);
  } catch (error) {
    say.progress.say(`  no download (${failureText(error)}): building ${binary}, which takes minutes`);
    say.detail('starting the Go compiler');
    await buildFromModules(binary, versions, target, say.detail);
  }
  const version = await versionOf(binary, target);
  const pinned = pinnedVersion(binary, versions);
  if (version !== pinned) {
    throw new Error(`${target} says it is ${version ?? 'nothing'}, not ${pinned}; remove it and try again`);
  }
  return target;
}

async function versionOf(binary: Binary, path: string): Promise<string | undefined> {
  try {
    const output = await runProgram(path, versionArguments(binary), { timeoutMilliseconds: 20_000 });
    return parseVersion(binary, output);
  } catch {
    return undefined;
  }
}
