import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { failureOf } from './failure.ts';
import type { Source } from './lint.ts';

const MANIFEST = /\.(ya?ml|json)$/i;
/** A manifest is far smaller; a file that is larger was named by mistake. */
const MOST_BYTES = 32 * 1024 * 1024;

/**
 * The texts behind the arguments: files as they are, folders with every manifest below them but in hidden folders and
 * node_modules, "-" for standard input. @throws LintFailure when one cannot be read or a folder has no manifest.
 */
export function readSources(paths: readonly string[], standardInput: () => string): readonly Source[] {
  return paths.flatMap((path) => (path === '-' ? [{ file: '-', text: standardInput() }] : readPath(path)));
}

function readPath(path: string): readonly Source[] {
  const about = trying(path, () => statSync(path));
  if (!about.isDirectory()) return [readFile(path)];
  const found = filesBelow(path);
  if (found.length === 0) throw failureOf(`${path} holds no .yaml, .yml or .json file; name another folder`);
  return found.map(readFile);
}

function filesBelow(folder: string): readonly string[] {
  const entries = trying(folder, () => readdirSync(folder, { withFileTypes: true }));
  return entries
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory())
        return entry.name.startsWith('.') || entry.name === 'node_modules' ? [] : filesBelow(path);
      return entry.isFile() && MANIFEST.test(entry.name) ? [path] : [];
    });
}

function readFile(file: string): Source {
  const { size } = trying(file, () => statSync(file));
  if (size > MOST_BYTES) throw failureOf(`${file} has ${size} bytes, which is no manifest; leave it out`);
  return { file, text: trying(file, () => readFileSync(file, 'utf8')) };
}

function trying<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'an error';
    throw failureOf(`${path} cannot be read (${code}); check the path and its permissions`, error);
  }
}
