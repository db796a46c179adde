import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { readConfig } from './config.ts';

describe('configuration', () => {
  it('names every wrong variable and never its value', () => {
    const schema = z.object({ TWINWARD_A: z.string(), TWINWARD_B: z.coerce.number().default(3) });
    assert.deepEqual(readConfig(schema, { TWINWARD_A: 'a', TWINWARD_B: '' }), {
      TWINWARD_A: 'a',
      TWINWARD_B: 3,
    });
    assert.throws(
      () => readConfig(schema, { TWINWARD_B: 'secret' }),
      (error: Error) => {
        assert.match(error.message, /TWINWARD_A.*TWINWARD_B/);
        assert.doesNotMatch(error.message, /secret/);
        return true;
      },
    );
  });
});
