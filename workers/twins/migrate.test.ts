import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { migrations, schemaWindow } from './migrate.ts';

describe('migrations', () => {
  it('are numbered without gaps, and the newest lies in the window', () => {
    assert.equal(migrations().at(-1)?.version, schemaWindow.newest);
  });
  it('refuse a gap and a number used twice', () => {
    for (const files of [
      ['0001_a.sql', '0003_b.sql'],
      ['0001_a.sql', '0001_b.sql'],
    ]) {
      assert.throws(
        () => migrations(files),
        (error: Error) => 'code' in error && error.code === 'BadMigration',
      );
    }
  });
});
