import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { createLocalFolder } from './local-folder.ts';

describe('a folder', () => {
  it('follows the links of a mount and none that leaves it', async (test) => {
    const base = mkdtempSync(join(tmpdir(), 'twinward-folder-'));
    test.after(() => rmSync(base, { recursive: true }));
    const root = join(base, 'data');
    mkdirSync(join(root, '..version'), { recursive: true });
    mkdirSync(join(base, 'data-of-others'));
    writeFileSync(join(base, 'token'), 'secret');
    writeFileSync(join(base, 'data-of-others/a.json'), '{}');
    writeFileSync(join(root, '..version/mounted.json'), '{}');
    writeFileSync(join(root, 'plain.json'), '{}');
    symlinkSync('..version', join(root, '..data'));
    symlinkSync('..data/mounted.json', join(root, 'mounted.json'));
    symlinkSync('../token', join(root, 'token.json'));
    symlinkSync(join(base, 'data-of-others/a.json'), join(root, 'other.json'));
    symlinkSync('/proc/self/environ', join(root, 'environ.json'));
    symlinkSync('nowhere', join(root, 'dangling.json'));
    symlinkSync('loop.json', join(root, 'loop.json'));
    symlinkSync(base, join(root, 'up'));
    const files = await createLocalFolder(root).list();
    assert.deepEqual(files.map(({ path }) => path).sort(), ['mounted.json', 'plain.json']);
  });
});
