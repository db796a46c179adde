import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readConfig } from '#runtime/config.ts';
import { configSchema } from './config.ts';

const least = { TWINWARD_SOURCE: 'ehr', TWINWARD_SOURCE_URI: 'builtin:getting-started' };

describe('the environment of ingest', () => {
  it('needs a source and its place; the rest has defaults', () => {
    const config = readConfig(configSchema, least);
    assert.equal(config.TWINWARD_RECORD_TIME_ZONE, 'UTC');
    assert.equal(config.TWINWARD_SCAN_INTERVAL_SECONDS, undefined);
  });

  const wrong = [
    ['no source', { TWINWARD_SOURCE: '' }, 'TWINWARD_SOURCE'],
    [
      'a time zone that is none',
      { TWINWARD_RECORD_TIME_ZONE: 'Europe/Atlantis' },
      'TWINWARD_RECORD_TIME_ZONE',
    ],
    ['an interval of zero', { TWINWARD_SCAN_INTERVAL_SECONDS: '0' }, 'TWINWARD_SCAN_INTERVAL_SECONDS'],
    [
      'an interval that is no number',
      { TWINWARD_SCAN_INTERVAL_SECONDS: 'often' },
      'TWINWARD_SCAN_INTERVAL_SECONDS',
    ],
  ] as const;
  for (const [name, given, variable] of wrong) {
    it(`refuses ${name} by the name of the variable`, () => {
      assert.throws(() => readConfig(configSchema, { ...least, ...given }), new RegExp(variable));
    });
  }
});
