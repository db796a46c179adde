import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseExportRequest } from './options.ts';

const today = '2026-11-24';

describe('arguments of an export', () => {
  it('the last day of the observation is today when none is given', () => {
    const request = parseExportRequest(['--namespace', 'ward', '--out', '/tmp/x'], today);
    assert.deepEqual(request, { namespace: 'ward', out: '/tmp/x', asOf: today });
  });

  for (const [title, args] of [
    ['no namespace', ['--out', 'x']],
    ['no folder', ['--namespace', 'ward']],
    ['a day that is none', ['--namespace', 'ward', '--out', 'x', '--as-of', '2026-02-30']],
    ['a day that is to come', ['--namespace', 'ward', '--out', 'x', '--as-of', '2026-11-25']],
    ['an unknown argument', ['--namespace', 'ward', '--out', 'x', '--all']],
  ] as const) {
    it(`refuses ${title}`, () => {
      assert.throws(() => parseExportRequest(args, today), { code: 'BadArguments' });
    });
  }
});
