import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { imageNamed, images, root } from './catalogue.ts';
import { imageFiles, LOCK_FILE, PACKAGE_FILE } from './image-lock.ts';
import { readImportGraph } from './import-graph.ts';

interface Lock {
  readonly packages: Readonly<Record<string, { readonly integrity?: string; readonly version?: string }>>;
}

const lockOf = (path: string): Lock => JSON.parse(readFileSync(path, 'utf8')) as Lock;
const nameOf = (path: string): string =>
  path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);

for (const image of images) {
  describe(`the packages of ${image.name}`, () => {
    it('are what its entrypoint imports', () => {
      const want = imageFiles(root, image);
      for (const [name, text] of [
        [PACKAGE_FILE, want.packageFile],
        [LOCK_FILE, want.lockFile],
      ] as const) {
        const path = join(image.lock, name);
        assert.equal(readFileSync(join(root, path), 'utf8'), text, `${path} is stale: run npm run generate`);
      }
    });

    it('are in the lock of the repository, with the same checksum', () => {
      const own = lockOf(join(root, 'package-lock.json'));
      for (const [path, entry] of Object.entries(lockOf(join(root, image.lock, LOCK_FILE)).packages)) {
        if (path === '') continue;
        assert.deepEqual(entry, own.packages[path], path);
        assert.match(entry.integrity ?? '', /^sha512-/, path);
      }
    });

    it(`do not hold ${image.without.join(', ')}`, () => {
      const names = Object.keys(lockOf(join(root, image.lock, LOCK_FILE)).packages).map(nameOf);
      for (const name of image.without) assert.ok(!names.includes(name), name);
    });
  });
}

describe('reading imports', () => {
  let folder: string;
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'twinward-imports-'));
    write('package.json', readFileSync(join(root, 'package.json'), 'utf8'));
    write('package-lock.json', readFileSync(join(root, 'package-lock.json'), 'utf8'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const cases: readonly [name: string, text: string, packages: readonly string[]][] = [
    ['a package', "import { a } from 'pg';", ['pg']],
    ['a part of a package with a scope', "import '@grpc/grpc-js/build/src/call.js';", ['@grpc/grpc-js']],
    ['several lines', "import {\n  a,\n  b as c,\n} from 'zod';", ['zod']],
    ['a re-export', "export { a } from 'zod';", ['zod']],
    ['a late import', "const load = () => import('yaml');", ['yaml']],
    ['types, which are gone at run time', "import type { a } from 'pg';\nimport { b } from 'zod';", ['zod']],
    ['a comment', "// import { a } from 'pg';\n/** import('yaml') */\n", []],
    ['a part of Node', "import { a } from 'node:fs';\nimport fs from 'fs';", []],
  ];
  for (const [name, text, want] of cases) {
    it(`sees ${name}`, () => {
      write('main.ts', text);
      assert.deepEqual(readImportGraph(folder, 'main.ts').packages, want);
    });
  }

  it('follows files, folders of other parts, and threads', () => {
    write(
      'main.ts',
      "import './a.ts';\nimport '#runtime/b.ts';\nnew Worker(new URL('./t.ts', import.meta.url));",
    );
    write('a.ts', "import './main.ts';");
    write('operator/runtime/b.ts', "import 'pino';");
    write('t.ts', "import 'onnxruntime-node';");
    const graph = readImportGraph(folder, 'main.ts');
    assert.deepEqual(graph.files, ['a.ts', 'main.ts', 'operator/runtime/b.ts', 't.ts']);
    assert.deepEqual(graph.packages, ['onnxruntime-node', 'pino']);
  });

  it('refuses a file that is not there', () => {
    write('main.ts', "import './gone.ts';");
    assert.throws(() => readImportGraph(folder, 'main.ts'), { message: /main\.ts imports \.\/gone\.ts/ });
  });

  it('refuses a package that only development installs', () => {
    write('operator/main.ts', "import 'fast-check';");
    assert.throws(() => imageFiles(folder, imageNamed('operator')), {
      message: /fast-check, which is no dependency/,
    });
  });

  it('adds a package to an image when its code begins to import it', () => {
    for (const part of ['operator', 'crds', 'proto', 'workers/simulate']) {
      cpSync(join(root, part), join(folder, part), { recursive: true });
    }
    const before = imageFiles(folder, imageNamed('simulate'));
    const main = readFileSync(join(folder, 'workers/simulate/main.ts'), 'utf8');
    write('workers/simulate/main.ts', `import 'pg';\n${main}`);
    const after = imageFiles(folder, imageNamed('simulate'));
    assert.ok(!before.lockFile.includes('node_modules/pg-protocol'));
    assert.ok(after.lockFile.includes('node_modules/pg-protocol'));
  });
});
