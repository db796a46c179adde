// The programs import packages that the rest of the repository has not installed; therefore they are checked here.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { installPulumiPackages, pulumiFolder } from './stand/install.ts';
import { projects } from './stand/program.ts';

before(installPulumiPackages);

test('the programs are well typed', () => {
  const compiler = join(pulumiFolder, '../node_modules/.bin/tsc');
  const { status, stdout } = spawnSync(compiler, ['-p', pulumiFolder], { encoding: 'utf8' });
  assert.equal(status, 0, stdout);
});

test('every project is run by Node as it is, without a compiler', () => {
  for (const project of projects) {
    const text = readFileSync(join(pulumiFolder, project, 'Pulumi.yaml'), 'utf8');
    assert.match(text, new RegExp(`^name: twinward-${project}$`, 'm'));
    assert.match(text, /^ {4}typescript: false$/m);
    assert.ok(existsSync(join(pulumiFolder, project, 'index.ts')));
  }
});

test('the programs import their own files and their own packages, and nothing else of ours', () => {
  const { dependencies } = JSON.parse(readFileSync(join(pulumiFolder, 'package.json'), 'utf8'));
  const files = globSync('{components,foundation,data,cluster,bootstrap}/**/*.ts', { cwd: pulumiFolder });
  assert.ok(files.length > 25);
  for (const file of files) {
    const text = readFileSync(join(pulumiFolder, file), 'utf8');
    for (const [, from = ''] of text.matchAll(/\bfrom '([^']+)';$/gm)) {
      const isOwn = from.startsWith('.') && join(pulumiFolder, file, '..', from).startsWith(pulumiFolder);
      assert.ok(isOwn || from in dependencies, `${file} imports ${from}`);
    }
  }
});

test('the lock file names no registry and pins what package.json pins', () => {
  const lock = readFileSync(join(pulumiFolder, 'package-lock.json'), 'utf8');
  assert.doesNotMatch(lock, /"resolved"|registry\./);
  const { packages } = JSON.parse(lock);
  const wanted = JSON.parse(readFileSync(join(pulumiFolder, 'package.json'), 'utf8'));
  for (const [name, version] of Object.entries({ ...wanted.dependencies, ...wanted.devDependencies })) {
    assert.match(String(version), /^\d+\.\d+\.\d+$/, name);
    assert.equal(packages[`node_modules/${name}`].version, version, name);
  }
});
