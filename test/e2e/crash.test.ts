// kill -9 of each part in the middle of the thread: it completes after the restart, nothing is lost, nothing is there twice.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { ROOT } from '../../local/demo/layout.ts';
import { postgresDaemon, startPostgres } from '../../local/postgres/start.ts';
import { eventually, type Json, type Stack, startStack } from './stack.ts';

const records = join(ROOT, 'samples/getting-started/records');
const entries = readdirSync(records)
  .filter((file) => file.endsWith('.json'))
  .map((file) => JSON.parse(readFileSync(join(records, file), 'utf8')).entry.length)
  .reduce((total: number, count: number) => total + count, 0);

describe('a crash in the middle', { timeout: 1_500_000 }, () => {
  let stack: Stack;
  before(async () => {
    stack = await startStack('crash');
  });
  after(() => stack.stop());

  const kill = (part: string): void => {
    const pids = stack.podProcesses(part);
    assert.ok(pids.length > 0, `no process of ${part}`);
    for (const pid of pids) process.kill(pid, 'SIGKILL');
  };

  const crashes: Record<string, () => Promise<void>> = {
    'the twin service': async () => kill('workers/twins/main.ts'),
    'the operator': async () => kill('operator/main.ts'),
    PostgreSQL: async () => {
      const { pid } = postgresDaemon(stack.layout.postgres) ?? assert.fail('PostgreSQL does not run');
      process.kill(pid, 'SIGKILL');
      await startPostgres({ stateDir: stack.layout.postgres, durable: false });
    },
    'the API server': async () => {
      await stack.plane.kill('kube-apiserver', 'SIGKILL');
      await stack.plane.restart();
    },
  };

  const stored = async (namespace: string): Promise<number> => {
    const [row] = await stack.sql(
      'SELECT count(*) AS n FROM tw.resource JOIN tw.tenant USING (tenant_id) WHERE namespace = $1',
      [namespace],
    );
    return Number(row.n);
  };

  for (const [index, [part, crash]] of Object.entries(crashes).entries()) {
    it(`of ${part} loses nothing and does nothing twice`, async () => {
      const namespace = `crash-${index}`;
      await stack.kubectl(['create', 'namespace', namespace]);
      await stack.kubectl(['apply', '-n', namespace, '-f', join(ROOT, 'samples/getting-started')]);
      await eventually('the first records', 120, async () => (await stored(namespace)) > 0);
      await crash();
      const twins = (await eventually('the API server', 60, () => stack.get('ptwin', '-n', namespace))).items;
      for (const { metadata } of twins)
        await stack.until('ptwin', metadata.name, 'UpToDate', 'True/Current', 240, namespace);
      for (const run of ['statin-for-one', 'statin-vs-usual-care']) {
        await stack.until('sim', run, 'Succeeded', /^True/, 300, namespace);
      }
      assert.equal(await stored(namespace), entries);
      const { totals } = (await stack.get('dsrc', 'ehr', '-n', namespace)).status;
      assert.equal(totals.stored, entries);
      assert.equal(totals.quarantined, 0);
      const doubled = await stack.sql(
        `SELECT count(*) AS n FROM (
           SELECT subject_id, resource_key, ordinal FROM tw.event JOIN tw.tenant USING (tenant_id)
           WHERE namespace = $1 AND rev_to = 2147483647 GROUP BY 1, 2, 3 HAVING count(*) > 1) AS twice`,
        [namespace],
      );
      assert.equal(Number(doubled[0].n), 0);
      const jobs = (await stack.get('jobs', '-n', namespace)).items
        .map(({ metadata }: Json) => metadata.name)
        .sort();
      assert.deepEqual(jobs, ['statin-for-one-1', 'statin-vs-usual-care-1']);
      await stack.kubectl(['delete', 'namespace', namespace, '--wait=false']);
    });
  }
});
