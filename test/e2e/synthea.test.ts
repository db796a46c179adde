// Twenty patients of a public generator: every resource is accounted for, and a second run stores nothing.
import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { ROOT } from '../../local/demo/layout.ts';
import { eventually, folderClaim, type Stack, startStack } from './stack.ts';

const data = join(ROOT, '../shared/data/synthea-r4');
const skip = existsSync(data) ? false : `the Synthea bundles are not at ${data}`;

describe('the Synthea bundles', { timeout: 600_000, skip }, () => {
  let stack: Stack;
  let entries = 0;
  const files = skip === false ? readdirSync(data).filter((file) => file.endsWith('.json')) : [];

  before(async () => {
    stack = await startStack('synthea');
    const folder = join(stack.layout.stateDir, 'synthea');
    mkdirSync(folder);
    for (const file of files) {
      cpSync(join(data, file), join(folder, file));
      entries += JSON.parse(readFileSync(join(data, file), 'utf8')).entry.length;
    }
    await stack.apply(...folderClaim('synthea', folder), {
      apiVersion: 'twinward.io/v1alpha1',
      kind: 'DataSource',
      metadata: { name: 'synthea' },
      spec: {
        type: 'Folder',
        folder: { uri: 'pvc://synthea/', scanIntervalSeconds: 3 },
        enrolment: { mode: 'All' },
      },
    });
    await stack.until('dsrc', 'synthea', 'Synced', 'True/SyncSucceeded', 240);
  });
  after(() => stack.stop());

  it('are received as a whole: stored + unchanged + quarantined = the number in the files', async () => {
    const { received, stored, unchanged, quarantined } = (await stack.get('dsrc', 'synthea')).status.totals;
    assert.equal(received, entries);
    assert.equal(stored + unchanged + quarantined, entries);
    assert.equal(quarantined, 0);
    const [row] = await stack.sql('SELECT count(*) AS n FROM tw.resource');
    assert.equal(Number(row.n), stored);
  });

  it('make twenty twins in the store', async () => {
    const [row] = await stack.sql('SELECT count(*) AS n FROM tw.twin');
    assert.equal(Number(row.n), files.length);
  });

  it('store nothing when they are read a second time from the start', async () => {
    const [before] = await stack.sql(
      'SELECT count(*) AS n, sum(revision) AS revisions FROM tw.resource CROSS JOIN (SELECT sum(revision) AS revision FROM tw.subject) AS s',
    );
    await stack.sql('UPDATE tw.source SET cursor = NULL');
    await stack.kubectl(['delete', 'pod', '-l', 'twinward.io/source=synthea', '--wait=false']);
    await eventually(
      'the second reading',
      180,
      async () => (await stack.get('dsrc', 'synthea')).status.totals.received >= 2 * entries,
    );
    const { stored } = (await stack.get('dsrc', 'synthea')).status.totals;
    const [after] = await stack.sql(
      'SELECT count(*) AS n, sum(revision) AS revisions FROM tw.resource CROSS JOIN (SELECT sum(revision) AS revision FROM tw.subject) AS s',
    );
    assert.deepEqual(after, before);
    assert.equal(stored, Number(after.n));
  });
});
