import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';

const entry = join(import.meta.dirname, 'main.ts');
const good =
  'apiVersion: twinward.io/v1alpha1\nkind: PatientTwin\nmetadata: {name: pt-jee0enq2t9vpdt8f}\nspec: {modelRefs: [{name: trajectory}]}\n';
const bad = good.replace('modelRefs', 'modelRef');
const foreign = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n';

let folder: string;
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'twinward-lint-'));
  mkdirSync(join(folder, 'tree/deep'), { recursive: true });
  mkdirSync(join(folder, 'tree/.git'));
  mkdirSync(join(folder, 'empty'));
  writeFileSync(join(folder, 'tree/good.yaml'), good);
  writeFileSync(join(folder, 'tree/deep/bad.yml'), bad);
  writeFileSync(join(folder, 'tree/foreign.json'), JSON.stringify({ apiVersion: 'v1', kind: 'Secret' }));
  writeFileSync(join(folder, 'tree/notes.txt'), bad);
  writeFileSync(join(folder, 'tree/.git/bad.yaml'), bad);
});
after(() => rmSync(folder, { recursive: true }));

const run = (args: readonly string[], input = ''): { code: number | null; out: string; error: string } => {
  const done = spawnSync(process.execPath, [entry, ...args], { cwd: folder, input, encoding: 'utf8' });
  return { code: done.status, out: done.stdout, error: done.stderr };
};

const unknown = 'there is no such field (did you mean modelRefs?)';

describe('twinward lint', () => {
  it('ends with 0 where nothing is wrong', () => {
    assert.deepEqual(run(['tree/good.yaml']), {
      code: 0,
      out: '1 object checked: nothing wrong\n',
      error: '',
    });
  });

  it('ends with 1 and names file, line and column where something is', () => {
    const { code, out } = run(['tree/deep/bad.yml']);
    assert.equal(code, 1);
    assert.match(
      out,
      new RegExp(
        `^tree/deep/bad\\.yml:4:8: PatientTwin/pt-jee0enq2t9vpdt8f spec\\.modelRef: ${unknown.replace(/[()?]/g, '\\$&')}$`,
        'm',
      ),
    );
    assert.match(out, /^1 object checked: 2 findings\n$/m);
  });

  it('reads folders, and leaves hidden ones and other files out', () => {
    const { code, out } = run(['tree']);
    assert.equal(code, 1);
    assert.match(out, /^2 objects checked, 1 object of other kinds left alone: 2 findings$/m);
    assert.doesNotMatch(out, /notes\.txt|\.git/);
  });

  it('reads standard input', () => {
    assert.equal(run(['-'], good).code, 0);
    assert.match(run(['-'], `${foreign}---\n${bad}`).out, /^-:8:8: /m);
  });

  it('writes annotations for GitHub', () => {
    const { code, out } = run(['--output', 'github', 'tree/deep/bad.yml']);
    assert.equal(code, 1);
    assert.match(
      out,
      /^::error file=tree\/deep\/bad\.yml,line=4,col=8,title=twinward UnknownField::PatientTwin\/pt-/m,
    );
  });

  it('escapes what GitHub would read as a command', () => {
    const { out } = run(['-o', 'github', '-'], good.replace('modelRefs', '"model%Refs\\nx, y"'));
    const lines = out.split('\n').filter((line) => line.includes('UnknownField'));
    assert.equal(lines.length, 1);
    assert.match(lines[0] ?? '', /model%25Refs\\nx, y/);
  });

  it('writes JSON', () => {
    const { code, out } = run(['-o', 'json', 'tree']);
    assert.equal(code, 1);
    const { findings, checked, skipped } = JSON.parse(out);
    assert.deepEqual([checked, skipped, findings.length], [2, 1, 2]);
    assert.deepEqual(
      findings.find((each: { rule: string }) => each.rule === 'UnknownField'),
      {
        ...{ file: 'tree/deep/bad.yml', line: 4, column: 8, object: 'PatientTwin/pt-jee0enq2t9vpdt8f' },
        ...{ path: 'spec.modelRef', rule: 'UnknownField', message: unknown },
      },
    );
  });

  const impossible: Readonly<Record<string, { args: readonly string[]; says: RegExp }>> = {
    'no file': { args: [], says: /names no file; give files, folders or -/ },
    'a file that is not there': { args: ['nowhere.yaml'], says: /nowhere\.yaml cannot be read \(ENOENT\)/ },
    'a folder without manifests': { args: ['empty'], says: /empty holds no \.yaml, \.yml or \.json file/ },
    'a form that there is not': {
      args: ['-o', 'xml', 'tree'],
      says: /--output must be one of text, github, json/,
    },
    'a flag that there is not': { args: ['--fix', 'tree'], says: /'--fix'/ },
  };
  for (const [name, { args, says }] of Object.entries(impossible)) {
    it(`ends with 2 for ${name}`, () => {
      const { code, out, error } = run(args);
      assert.deepEqual([code, out], [2, '']);
      assert.match(error, says);
    });
  }

  it('is a command of kubectl twin too', () => {
    const plugin = join(import.meta.dirname, '../main.ts');
    const args = ['--disable-warning=ExperimentalWarning', plugin, 'lint', '-o', 'json', 'tree/deep/bad.yml'];
    const done = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' });
    assert.equal(done.status, 1, done.stderr);
    assert.equal(JSON.parse(done.stdout).findings.length, 2);
  });
});
