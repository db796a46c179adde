import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { after, before, describe, it } from 'node:test';

const ROOT = join(import.meta.dirname, '..');

describe('the set-up step', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'twinward-setup-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  /** Runs a TypeScript program through the set-up; `signal` is sent when it has printed a line. */
  function run(source: string, args: readonly string[] = [], signal?: NodeJS.Signals) {
    const script = join(folder, 'script.ts');
    writeFileSync(script, source);
    const child = spawn(process.execPath, ['local/setup.mjs', relative(ROOT, script), ...args], {
      cwd: ROOT,
    });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      if (signal !== undefined) {
        child.kill(signal);
      }
    });
    return new Promise<{ readonly code: number | null; readonly output: string }>((resolve) => {
      child.once('close', (code) => resolve({ code, output }));
    });
  }

  it('hands its arguments and the packages on, and the exit code back', async () => {
    const source = `const said: readonly string[] = process.argv.slice(2);
console.log(JSON.stringify(said), process.env['PATH']?.split(':')[0]);
process.exit(7);`;
    const { code, output } = await run(source, ['status', '--help', 'a b']);
    assert.equal(code, 7);
    assert.equal(output.trim(), `["status","--help","a b"] ${join(ROOT, 'node_modules/.bin')}`);
  });

  it('passes a signal on and lets the script end as it likes', async () => {
    const source = `process.on('SIGTERM', () => { console.log('asked to end'); process.exit(3); });
console.log('up');
setInterval(() => undefined, 1_000);`;
    assert.deepEqual(await run(source, [], 'SIGTERM'), { code: 3, output: 'up\nasked to end\n' });
  });

  it('says what is missing when no script is named', async () => {
    const child = spawn(process.execPath, ['local/setup.mjs'], { cwd: ROOT });
    let errors = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      errors += text;
    });
    const code = await new Promise((resolve) => child.once('close', resolve));
    assert.equal(code, 1);
    assert.match(errors, /No script was named\.\nWhat to do: node local\/setup\.mjs/);
  });
});
