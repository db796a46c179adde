// The package file and the lock of one image, cut from those of the repository: the packages that its entrypoint
// reaches, in the versions and with the checksums that the whole repository has.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Image } from './catalogue.ts';
import { readImportGraph } from './import-graph.ts';

const names = z.record(z.string(), z.string());
const rootFile = z.object({
  version: z.string(),
  license: z.string(),
  engines: names,
  imports: names,
  dependencies: names,
});
const entry = z.looseObject({
  dependencies: names.optional(),
  optionalDependencies: names.optional(),
  peerDependencies: names.optional(),
});
const lockFile = z.object({ lockfileVersion: z.literal(3), packages: z.record(z.string(), entry) });

type Entries = Readonly<Record<string, z.output<typeof entry>>>;

/** The two files of an image, as texts. */
export interface ImageFiles {
  readonly packageFile: string;
  readonly lockFile: string;
}

/** File names in the folder of an image. */
export const PACKAGE_FILE = 'package.gen.json';
export const LOCK_FILE = 'package-lock.gen.json';

/**
 * What the lock folder of `image` should hold.
 * @throws Error when the entrypoint imports a package that is no production dependency of the repository.
 */
export function imageFiles(root: string, image: Image): ImageFiles {
  const own = rootFile.parse(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')));
  const lock = lockFile.parse(JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')));
  const dependencies: Record<string, string> = {};
  for (const name of readImportGraph(root, image.entrypoint).packages) {
    const version = own.dependencies[name];
    if (version === undefined) {
      throw new Error(`${image.entrypoint} imports ${name}, which is no dependency in package.json: add it`);
    }
    dependencies[name] = version;
  }
  const identity = { name: `twinward-${image.name}`, version: own.version, license: own.license };
  const { engines, imports } = own;
  const packages: Record<string, unknown> = { '': { ...identity, dependencies, engines } };
  for (const path of reached(lock.packages, Object.keys(dependencies))) packages[path] = lock.packages[path];
  return {
    packageFile: text({ ...identity, private: true, type: 'module', engines, imports, dependencies }),
    lockFile: text({ ...identity, lockfileVersion: lock.lockfileVersion, requires: true, packages }),
  };
}

/** Writes both files of an image. */
export function writeImageFiles(root: string, image: Image): void {
  const files = imageFiles(root, image);
  writeFileSync(join(root, image.lock, PACKAGE_FILE), files.packageFile);
  writeFileSync(join(root, image.lock, LOCK_FILE), files.lockFile);
}

function text(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** Paths of the packages that are reached from the root's `direct` ones, in order. */
function reached(entries: Entries, direct: readonly string[]): readonly string[] {
  const found = new Set<string>();
  const visit = (from: string, name: string, isNeeded: boolean): void => {
    const path = resolvedPath(entries, from, name);
    if (path === undefined && isNeeded) throw new Error(`package-lock.json has no ${name} for ${from}`);
    if (path === undefined || found.has(path)) return;
    found.add(path);
    const { dependencies = {}, optionalDependencies = {}, peerDependencies = {} } = entries[path] ?? {};
    for (const next of Object.keys(dependencies)) visit(path, next, !(next in optionalDependencies));
    for (const next of Object.keys({ ...optionalDependencies, ...peerDependencies }))
      visit(path, next, false);
  };
  for (const name of direct) visit('', name, true);
  return [...found].sort();
}

/** As Node looks a package up: in the importer's own node_modules, then in those of the folders above. */
function resolvedPath(entries: Entries, from: string, name: string): string | undefined {
  for (let folder: string | undefined = from; folder !== undefined; folder = parent(folder)) {
    const path = folder === '' ? `node_modules/${name}` : `${folder}/node_modules/${name}`;
    if (path in entries) return path;
  }
  return undefined;
}

function parent(path: string): string | undefined {
  if (path === '') return undefined;
  const end = path.lastIndexOf('/node_modules/');
  return end === -1 ? '' : path.slice(0, end);
}
