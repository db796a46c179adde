import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { layoutOf } from './layout.ts';
import { linkPrograms } from './programs.ts';

describe('the folder of programs for people', () => {
  const path = process.env['PATH'];
  let folder: string;
  let cached: string;

  const aProgram = (file: string): string => {
    writeFileSync(file, '#!/bin/sh\n');
    chmodSync(file, 0o755);
    return file;
  };

  beforeEach(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'twinward-programs-')));
    cached = aProgram(join(folder, 'cached-kubectl'));
    mkdirSync(join(folder, 'on-path'));
    process.env['PATH'] = join(folder, 'on-path');
  });
  afterEach(() => {
    process.env['PATH'] = path;
    rmSync(folder, { recursive: true });
  });

  it('has kubectl where the machine has none, in a second run too', () => {
    const layout = layoutOf(folder);
    linkPrograms(layout, cached);
    process.env['PATH'] = `${layout.programs}:${process.env['PATH']}`;
    linkPrograms(layout, cached);
    assert.equal(realpathSync(join(layout.programs, 'kubectl')), cached);
  });

  it("leaves the machine's own kubectl in force", () => {
    aProgram(join(folder, 'on-path/kubectl'));
    const layout = layoutOf(folder);
    linkPrograms(layout, cached);
    assert.equal(existsSync(join(layout.programs, 'kubectl')), false);
  });

  it('has kubectl-twin, which runs the plugin', () => {
    const layout = layoutOf(folder);
    linkPrograms(layout, cached);
    const help = execFileSync(join(layout.programs, 'kubectl-twin'), ['--help'], { encoding: 'utf8' });
    assert.match(help, /kubectl twin/);
  });
});
