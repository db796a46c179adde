import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { renderChart } from './policies.ts';
import { withTables } from './security-page.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/security.md'), 'utf8');

it('docs/security.md lists every flow and every permission as they are (npm run generate writes it)', async () => {
  assert.equal(page, withTables(page, await renderChart('--set=dashboard.enabled=true')));
});

it('the operator can read no Secret, and no account of ours may act on all of anything', async () => {
  const shown = withTables(page, await renderChart('--set=dashboard.enabled=true'));
  const rows = shown.split('\n').filter((line) => line.startsWith('| `twinward-'));
  assert.ok(rows.length > 15);
  assert.deepEqual(
    rows.filter((line) => line.includes('`secrets`') && /\b(get|list|watch)\b/.test(line)),
    [],
  );
  assert.deepEqual(
    rows.filter((line) => line.includes('*')),
    [],
  );
});

it('the dashboard alone may speak for people, where it is enabled, and nobody may impersonate users or groups', async () => {
  const speakers = (objects: Awaited<ReturnType<typeof renderChart>>): readonly string[] =>
    withTables(page, objects)
      .split('\n')
      .filter((line) => line.startsWith('| `') && line.includes('impersonate'));
  assert.deepEqual(speakers(await renderChart('--set=dashboard.enabled=true')), [
    '| `twinward-dashboard` | every namespace | twinward.io | `people` | impersonate |',
  ]);
  assert.deepEqual(speakers(await renderChart()), []);
});
