import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { BINARIES, type Binary, cacheFolder, pinnedVersion, pinnedVersions } from './catalogue.ts';
import { resolveBinaries } from './resolve.ts';

/** A program that prints a version as the real one does. */
function writeProgram(folder: string, binary: Binary, version: string): string {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, binary);
  const printed: Readonly<Partial<Record<Binary, string>>> = {
    etcd: `etcd Version: ${version.slice(1)}`,
    kubectl: JSON.stringify({ clientVersion: { gitVersion: version } }),
  };
  writeFileSync(path, `#!/bin/sh\ncat <<'END'\n${printed[binary] ?? `Kubernetes ${version}`}\nEND\n`);
  chmodSync(path, 0o755);
  return path;
}

describe('finding the programs of the control plane', () => {
  const versions = pinnedVersions();
  const kept = { cache: process.env['XDG_CACHE_HOME'], assets: process.env['KUBEBUILDER_ASSETS'] };
  let folder: string;
  let assets: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'twinward-binaries-'));
    assets = join(folder, 'assets');
    process.env['XDG_CACHE_HOME'] = join(folder, 'cache');
    process.env['KUBEBUILDER_ASSETS'] = assets;
    for (const binary of BINARIES) {
      writeProgram(cacheFolder(versions), binary, pinnedVersion(binary, versions));
    }
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
    for (const [name, value] of [
      ['XDG_CACHE_HOME', kept.cache],
      ['KUBEBUILDER_ASSETS', kept.assets],
    ] as const) {
      if (value === undefined) {
        delete process.env[name];
      } else {
        process.env[name] = value;
      }
    }
  });

  it('takes all from the cache of an earlier run', async () => {
    const found = await resolveBinaries();
    assert.deepEqual(
      Object.values(found),
      BINARIES.map((binary) => join(cacheFolder(versions), binary)),
    );
  });

  it('prefers KUBEBUILDER_ASSETS, each program on its own', async () => {
    const etcd = writeProgram(assets, 'etcd', 'v3.6.1');
    const found = await resolveBinaries();
    assert.equal(found.etcd, etcd);
    assert.equal(found['kube-apiserver'], join(cacheFolder(versions), 'kube-apiserver'));
  });

  it('passes over a program of another minor version, and says so', async () => {
    writeProgram(assets, 'kube-apiserver', 'v1.30.0');
    const said: string[] = [];
    const found = await resolveBinaries({
      say: (line) => said.push(line),
      step: (_, work) => work(() => undefined),
    });
    assert.equal(found['kube-apiserver'], join(cacheFolder(versions), 'kube-apiserver'));
    assert.match(said.join('\n'), /kube-apiserver is v1\.30\.0, v1\.36\.\d+ is needed/);
  });
});
