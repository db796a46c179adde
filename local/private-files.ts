import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** Creates a folder that only its owner may enter; an existing one gets this mode. */
export function privateFolder(path: string, mode = 0o700): string {
  mkdirSync(path, { recursive: true });
  chmodSync(path, mode);
  return path;
}

/** Writes a file that only its owner may read, whole or not at all. */
export function writePrivateFile(path: string, content: string): void {
  mkdirSync(dirname(path), { recursive: true });
  const next = `${path}.${process.pid}.new`;
  writeFileSync(next, content, { mode: 0o600 });
  renameSync(next, path);
}

/** The content of a private file, made by `create` the first time. */
export function keptSecret(path: string, create: () => string = randomToken): string {
  if (!existsSync(path)) {
    writePrivateFile(path, create());
  }
  return readFileSync(path, 'utf8');
}

/** 192 random bits, usable in a URL and in a CSV field. */
export function randomToken(): string {
  return randomBytes(24).toString('base64url');
}
