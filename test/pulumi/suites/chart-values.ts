// Values that the stacks put out are taken by the chart: its schema is strict, and Helm checks it.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { parseAllDocuments } from 'yaml';
import { resolveTool } from '../../../local/binaries/tools.ts';
import { lineProgress } from '../../../local/progress.ts';
import { committedRuns, environments, type Runs } from '../stand/runs.ts';
import { at, type Value } from '../stand/values.ts';

const chart = join(import.meta.dirname, '../../../charts/twinward');
const scratch = mkdtempSync(join(tmpdir(), 'twinward-chart-values-'));
let helm = '';
let runs: Runs;

before(async () => {
  helm = await resolveTool(
    'helm',
    lineProgress((line) => process.stderr.write(`${line}\n`)),
  );
  runs = await committedRuns();
});
after(() => rmSync(scratch, { recursive: true, force: true }));

function render(...values: readonly (Value | undefined)[]): {
  readonly status: number | null;
  readonly text: string;
} {
  const files = values.map((value, index) => {
    const file = join(scratch, `${index}.json`);
    writeFileSync(file, JSON.stringify(value));
    return ['--values', file];
  });
  const args = ['template', 'twinward', chart, '--namespace', 'twinward-system', ...files.flat()];
  const done = spawnSync(helm, args, { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  return { status: done.status, text: done.status === 0 ? done.stdout : done.stderr };
}

function objects(text: string): readonly Value[] {
  return parseAllDocuments(text).flatMap((document) => (document.toJS() as Value) ?? []);
}

function only(list: readonly Value[], kind: string, name: RegExp): Value {
  const found = list.filter((one) => at(one, 'kind') === kind && name.test(String(at(one, 'metadata.name'))));
  assert.equal(found.length, 1, `${found.length} of ${kind} ${name}`);
  return found[0] ?? null;
}

describe('chart values', () => {
  for (const environment of environments) {
    test(`those of ${environment} are valid, apart and together, and two renders are equal`, () => {
      const data = runs[environment].data.stack.outputs['chartValues'];
      const cluster = runs[environment].cluster.stack.outputs['chartValues'];
      for (const values of [[data], [cluster], [data, cluster]]) {
        const { status, text } = render(...values);
        assert.equal(status, 0, text);
      }
      assert.equal(render(data, cluster).text, render(data, cluster).text);
    });
  }

  test('a key that the chart does not know would be refused', () => {
    const { status, text } = render({ databse: { existingSecret: 'x' } });
    assert.notEqual(status, 0);
    assert.match(text, /databse/);
  });

  test('they arrive where they belong', () => {
    const { data, cluster } = runs.prod;
    const list = objects(
      render(data.stack.outputs['chartValues'], cluster.stack.outputs['chartValues']).text,
    );
    const account = only(list, 'ServiceAccount', /^twinward-twins$/);
    assert.deepEqual(at(account, 'metadata.annotations'), {
      'iam.gke.io/gcp-service-account': 'twinward-prod-twins@hospital-twinward-prod.iam.gserviceaccount.com',
    });
    for (const [kind, name] of [
      ['Deployment', /^twinward-twins$/],
      ['Job', /^twinward-migrate-/],
    ] as const) {
      const pod = at(only(list, kind, name), 'spec.template.spec');
      const sidecars = at(pod, 'initContainers') as readonly Value[];
      assert.deepEqual(
        sidecars.map((one) => [at(one, 'name'), at(one, 'restartPolicy'), at(one, 'args[9]')]),
        [
          ['cloud-sql-proxy', 'Always', '--port=5432'],
          ['cloud-sql-proxy-keyring', 'Always', '--port=5433'],
        ],
      );
      assert.deepEqual(at(pod, 'nodeSelector'), { 'twinward.io/pool': 'cpu' });
      assert.match(
        String(at(pod, 'containers[0].image')),
        /^europe-west4-docker\.pkg\.dev\/hospital-twinward-prod\/twinward-prod\/twins:/,
      );
    }
    const policies = JSON.stringify(list.filter((one) => at(one, 'kind') === 'NetworkPolicy'));
    for (const cidr of ['10.0.0.53/32', '10.0.0.0/20', '199.36.153.4/30'])
      assert.ok(policies.includes(cidr), cidr);
    assert.ok(!policies.includes('0.0.0.0/0'), 'some flow is open to everywhere');
    assert.ok(policies.includes('cardiology') && policies.includes('oncology'));
    assert.equal(at(only(list, 'PersistentVolumeClaim', /ledger/), 'spec.storageClassName'), 'standard-rwx');
  });

  test('connection strings name the users of the database and the ports of the proxies', () => {
    const { outputs } = runs.prod.data.stack;
    const users = outputs['databaseUsers'];
    const args = JSON.stringify(at(outputs['chartValues'], 'database.sidecars'));
    for (const [key, user] of [
      ['service-url', 'twins'],
      ['keyring-url', 'keyring'],
      ['migrate-url', 'migrate'],
    ] as const) {
      const url = new URL(String(at(outputs['databaseSecret'], key)));
      assert.equal(decodeURIComponent(url.username), at(users, user));
      assert.equal(url.password, '');
      assert.ok(args.includes(`--port=${url.port}`));
    }
  });
});
