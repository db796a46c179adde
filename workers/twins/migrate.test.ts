import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fitsSchema, migrations, neededSchema } from './migrate.ts';

describe('migrations', () => {
  it('are numbered without gaps, and this code needs the newest', () => {
    assert.equal(migrations().at(-1)?.version, neededSchema);
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

describe('fitsSchema', () => {
  const cases = [
    { name: 'the same', given: { version: 6, serves: 1 }, want: true },
    { name: 'older: this code waits for the migration', given: { version: 5, serves: 1 }, want: false },
    {
      name: 'newer and expanded only: both versions run side by side',
      given: { version: 8, serves: 6 },
      want: true,
    },
    { name: 'newer and contracted: this code must go', given: { version: 8, serves: 7 }, want: false },
  ];
  for (const { name, given, want } of cases) it(name, () => assert.equal(fitsSchema(given, 6), want));
});
