// What an entrypoint loads at run time: files of the repository, and packages. Read from the sources, without running
// them; imports of types are gone before anything is looked for, as they are when Node runs the file.
import { existsSync, readFileSync } from 'node:fs';
import { isBuiltin, stripTypeScriptTypes } from 'node:module';
import { dirname, join, normalize } from 'node:path';
import { z } from 'zod';

/** Everything that is reached from one entrypoint. Paths are relative to the repository. */
export interface ImportGraph {
  readonly files: readonly string[];
  /** Names of packages, as in package.json. */
  readonly packages: readonly string[];
}

const packageFile = z.object({ imports: z.record(z.string(), z.string()) });

/** `import … from 'x'`, `export … from 'x'`, `import 'x'`, `import('x')`. */
const IMPORTS = /(?:^|[\s;}])(?:import|export)\s*(?:[\w$*{}\s,]*?\sfrom\s*)?\(?\s*(['"])([^'"\n]+)\1/g;
/** `new URL('x.ts', import.meta.url)`: how a thread is started. */
const ADDRESSES = /new URL\(\s*(['"])([^'"\n]+\.(?:ts|mjs|js))\1,\s*import\.meta\.url/g;

/**
 * Follows all imports from `entrypoint`.
 * @throws Error that names the file and the import when a file that is imported does not exist.
 */
export function readImportGraph(root: string, entrypoint: string): ImportGraph {
  const prefixes = importPrefixes(root);
  const files = new Set<string>();
  const packages = new Set<string>();
  const waiting = [entrypoint];
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (files.has(file)) continue;
    files.add(file);
    for (const specifier of specifiersOf(root, file)) {
      const target = targetOf(specifier, file, prefixes);
      if (target.kind === 'package') packages.add(target.name);
      if (target.kind !== 'file') continue;
      if (!existsSync(join(root, target.path))) throw new Error(`${file} imports ${specifier}: no such file`);
      waiting.push(target.path);
    }
  }
  return { files: [...files].sort(), packages: [...packages].sort() };
}

type Target =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'package'; readonly name: string }
  | { readonly kind: 'builtin' };

function targetOf(specifier: string, from: string, prefixes: ReadonlyMap<string, string>): Target {
  if (isBuiltin(specifier)) return { kind: 'builtin' };
  if (specifier.startsWith('.')) return { kind: 'file', path: normalize(join(dirname(from), specifier)) };
  for (const [prefix, folder] of prefixes) {
    if (specifier.startsWith(prefix)) {
      return { kind: 'file', path: normalize(join(folder, specifier.slice(prefix.length))) };
    }
  }
  const parts = specifier.split('/');
  return { kind: 'package', name: parts.slice(0, specifier.startsWith('@') ? 2 : 1).join('/') };
}

/** `#crds/` → `./crds/`, from the root's package.json. */
function importPrefixes(root: string): ReadonlyMap<string, string> {
  const { imports } = packageFile.parse(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')));
  const entries = Object.entries(imports);
  return new Map(entries.map(([from, to]) => [from.replace('*', ''), to.replace('*', '')]));
}

function specifiersOf(root: string, file: string): readonly string[] {
  const text = readFileSync(join(root, file), 'utf8');
  if (file.endsWith('.json')) return [];
  const code = withoutComments(file.endsWith('.ts') ? stripTypeScriptTypes(text) : text);
  const found = [...code.matchAll(IMPORTS), ...code.matchAll(ADDRESSES)];
  return found.map((match) => match[2] ?? '');
}

/** Only comments that fill their lines: what else looks like one may be text. */
function withoutComments(code: string): string {
  return code.replace(/^\s*\/\*[\s\S]*?\*\/\s*$/gm, '').replace(/^\s*\/\/.*$/gm, '');
}
