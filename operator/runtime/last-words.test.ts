import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';

/** A process that is guarded and then does `deed`; everything that it printed. */
function dying(deed: string): { readonly said: string; readonly status: number | null } {
  const program = `
    import { createLog } from '#runtime/log.ts';
    import { guardLastWords } from '#runtime/last-words.ts';
    guardLastWords(createLog({ name: 'test' }));
    const canary = Object.assign(new TypeError('canary', { cause: new Error('canary') }), { detail: 'canary' });
    ${deed}`;
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    ['--input-type=module-typescript', '--eval', program],
    { cwd: import.meta.dirname, encoding: 'utf8' },
  );
  return { said: stdout + stderr, status };
}

describe('the last words of a process', () => {
  const deeds = [
    { name: 'an exception', deed: 'setTimeout(() => { throw canary; });' },
    { name: 'a rejection', deed: 'void Promise.reject(canary); setTimeout(() => undefined, 5_000);' },
    { name: 'a value that is no error', deed: `setTimeout(() => { throw 'canary'; });` },
    { name: 'a rejection while the module is read', deed: 'await Promise.reject(canary);' },
    {
      name: 'an event that nobody listens to',
      deed: `(await import('node:events')).EventEmitter.prototype.emit.call(process.stdin, 'error', canary);`,
    },
  ];
  for (const { name, deed } of deeds) {
    it(`name what went wrong and nothing of its content: ${name}`, () => {
      const { said, status } = dying(deed);
      assert.equal(status, 1, said);
      assert.match(said, /"message":"the process ends by an error that nobody caught"/);
      assert.doesNotMatch(said, /canary/);
    });
  }

  it('end with 78 and the message, which is ours, for what no retry mends', () => {
    const { said, status } = dying(`
      const { TerminalError } = await import('#runtime/errors.ts');
      throw new TerminalError('Missing', 'set the variable', { cause: canary });`);
    assert.equal(status, 78, said);
    assert.match(said, /set the variable/);
    assert.doesNotMatch(said, /canary/);
  });
});
