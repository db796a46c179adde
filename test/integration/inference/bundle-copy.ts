// A copy of the bundle in which everything may be changed.
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleFolder, fileSha256 } from './worker.ts';

export interface Manifest {
  files: { path: string; role: string; bytes: number; sha256: string; member?: number }[];
  readonly graph: { outcomes: number; events: number; members: number };
  readonly golden: { digests: Record<string, string>; relTolerance: number };
  apiVersion: string;
}

/** The graph of the first member. */
export const GRAPH = 'member-0/step.onnx';

/** A copy of the bundle in which everything may be changed; `seal` makes the manifest fit the files again. */
export class Copy {
  readonly folder = mkdtempSync(join(tmpdir(), 'twinward-bundle-'));

  constructor() {
    cpSync(bundleFolder, this.folder, { recursive: true });
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  manifest(): Manifest {
    return JSON.parse(readFileSync(this.path('manifest.json'), 'utf8'));
  }

  seal(change: (manifest: Manifest) => void = () => undefined): void {
    const manifest = this.manifest();
    for (const file of manifest.files) {
      const bytes = readFileSync(this.path(file.path));
      file.bytes = bytes.length;
      file.sha256 = fileSha256(this.path(file.path));
    }
    change(manifest);
    writeFileSync(this.path('manifest.json'), JSON.stringify(manifest));
  }

  /** Replaces the same number of bytes of the graph. */
  patchGraph(from: string, to: string, count = 1): void {
    assert.equal(from.length, to.length);
    let bytes = readFileSync(this.path(GRAPH));
    assert.ok(bytes.includes(from), `the graph has no ${from}`);
    for (let left = count; left > 0 && bytes.includes(from); left--) {
      const at = bytes.indexOf(from);
      bytes = Buffer.concat([bytes.subarray(0, at), Buffer.from(to), bytes.subarray(at + from.length)]);
    }
    writeFileSync(this.path(GRAPH), bytes);
    this.seal();
  }

  /** Leaves so many members, all of them with the graph of the first. */
  equalMembers(count: number): void {
    for (let member = 1; member < count; member++)
      cpSync(this.path('member-0'), this.path(`member-${member}`), { recursive: true });
    const manifest = this.manifest();
    const { files } = manifest;
    const [graph] = files.filter(({ role }) => role === 'graph');
    assert.ok(graph);
    const graphs = Array.from({ length: count }, (_, member) => ({
      ...graph,
      path: `member-${member}/step.onnx`,
      member,
    }));
    manifest.files = [...graphs, ...files.filter(({ role }) => role !== 'graph')];
    for (const { path } of files.filter(({ member = 0 }) => member >= count)) rmSync(this.path(path));
    manifest.graph.members = count;
    writeFileSync(this.path('manifest.json'), JSON.stringify(manifest));
  }

  editJson(name: string, change: (document: Record<string, never>) => void): void {
    const document = JSON.parse(readFileSync(this.path(name), 'utf8'));
    change(document);
    writeFileSync(this.path(name), JSON.stringify(document));
    this.seal();
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A new copy. */
export function aBundleCopy(): Copy {
  return new Copy();
}
