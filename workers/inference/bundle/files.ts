// The files of a bundle against its manifest: the digest names the manifest, the manifest names every file.
import { createHash } from 'node:crypto';
import { type Dirent, existsSync, lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { BundleError } from '../errors.ts';
import { type Manifest, manifestSchema } from './manifest.ts';

/** Name of the manifest in the folder of a bundle. */
export const MANIFEST_FILE = 'manifest.json';

/** Files read and verified; nothing is read a second time. */
export interface BundleFiles {
  readonly digest: string;
  readonly manifest: Manifest;
  /** Content by path. */
  readonly contents: ReadonlyMap<string, Buffer>;
}

/** Lower-case hex sha256. */
export function sha256Hex(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/**
 * Reads a bundle. Throws BundleError FetchFailed when it cannot be read, DigestMismatch when the manifest or a file
 * has another sha256 than expected, ContractViolation when the manifest does not parse, or a file is missing,
 * unlisted, a link, or outside the folder.
 */
export function readBundle(folder: string, expectedSha256: string): BundleFiles {
  const bytes = readManifestBytes(folder);
  const digest = sha256Hex(bytes);
  if (digest !== expectedSha256.replace(/^sha256:/, '')) {
    throw new BundleError(
      'DigestMismatch',
      `spec.artifact.sha256 is not the digest of the manifest, which is ${digest}; correct one of them`,
    );
  }
  const manifest = parseManifest(bytes);
  checkPaths(manifest);
  checkListing(folder, manifest);
  return { digest, manifest, contents: readContents(folder, manifest) };
}

function readManifestBytes(folder: string): Buffer {
  const path = join(folder, MANIFEST_FILE);
  try {
    if (!lstatSync(path).isFile())
      throw new BundleError('ContractViolation', 'manifest.json is not a plain file');
    return readFileSync(path);
  } catch (cause) {
    if (cause instanceof BundleError) throw cause;
    throw new BundleError(
      'FetchFailed',
      'manifest.json of the bundle cannot be read; check spec.artifact.uri and the volume behind it',
      { cause },
    );
  }
}

function parseManifest(bytes: Buffer): Manifest {
  const parsed = manifestSchema.safeParse(jsonOf(bytes, MANIFEST_FILE));
  if (parsed.success) return parsed.data;
  const fields = parsed.error.issues.map(({ path }) => path.join('.')).slice(0, 5);
  throw new BundleError('ContractViolation', `manifest.json does not fit bundle/v1 at ${fields.join(', ')}`);
}

/** Parses JSON of a bundle file. Throws BundleError ContractViolation naming the file. */
export function jsonOf(bytes: Uint8Array, path: string): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch (cause) {
    throw new BundleError('ContractViolation', `${path} is not JSON; export the bundle again`, { cause });
  }
}

function checkPaths(manifest: Manifest): void {
  const paths = manifest.files.map(({ path }) => path);
  const isPlain = (path: string): boolean =>
    !path.startsWith('/') &&
    !path.includes('\\') &&
    path.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
  if (!paths.every(isPlain)) {
    throw new BundleError('ContractViolation', 'manifest.json lists a path that leaves the bundle');
  }
  if (new Set(paths).size !== paths.length || paths.includes(MANIFEST_FILE)) {
    throw new BundleError('ContractViolation', 'manifest.json lists a path twice, or itself');
  }
}

function checkListing(folder: string, manifest: Manifest): void {
  const listed = new Set([MANIFEST_FILE, ...manifest.files.map(({ path }) => path)]);
  for (const entry of walk(folder)) {
    const path = relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/');
    if (entry.isDirectory()) continue;
    if (!entry.isFile())
      throw new BundleError('ContractViolation', 'the bundle holds a link or a special file');
    if (!listed.has(path)) {
      throw new BundleError('ContractViolation', 'the bundle holds a file that manifest.json does not list');
    }
  }
}

function walk(folder: string): readonly Dirent[] {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true });
  } catch (cause) {
    throw new BundleError('FetchFailed', 'the folder of the bundle cannot be listed', { cause });
  }
}

function readContents(folder: string, manifest: Manifest): ReadonlyMap<string, Buffer> {
  return new Map(
    manifest.files.map((file) => {
      const path = join(folder, file.path);
      if (!existsSync(path)) {
        throw new BundleError(
          'ContractViolation',
          `${file.path} is listed in manifest.json but is not there`,
        );
      }
      const bytes = readFileSync(path);
      if (sha256Hex(bytes) !== file.sha256 || (file.bytes ?? bytes.length) !== bytes.length) {
        throw new BundleError('DigestMismatch', `${file.path} differs from its sha256 in manifest.json`);
      }
      return [file.path, bytes] as const;
    }),
  );
}
