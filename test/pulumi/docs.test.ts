// The pages on Google Cloud say what the programs do: every setting is explained, and the sums are sums.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { z } from 'zod';
import { bootstrapSettings } from '../../pulumi/bootstrap/settings.ts';
import { clusterSettings } from '../../pulumi/cluster/settings.ts';
import { dataSettings } from '../../pulumi/data/settings.ts';
import { foundationSettings } from '../../pulumi/foundation/settings.ts';
import { accessPolicies } from './policies/access.ts';
import { clusterPolicies } from './policies/cluster.ts';
import { dataPolicies } from './policies/data.ts';
import { kubernetesPolicies } from './policies/kubernetes.ts';
import { networkPolicies } from './policies/network.ts';

const page = (name: string): string => readFileSync(join(import.meta.dirname, '../../docs', name), 'utf8');

/** Paths of all settings below a schema, without those that only hold others. */
function paths(schema: unknown, path = ''): readonly string[] {
  if (schema instanceof z.ZodObject) {
    return Object.entries(schema.shape).flatMap(([key, field]) =>
      paths(field, path === '' ? key : `${path}.${key}`),
    );
  }
  if (schema instanceof z.ZodArray && schema.element instanceof z.ZodObject)
    return paths(schema.element, `${path}[]`);
  const { innerType } = (schema as { readonly def: { readonly innerType?: unknown } }).def;
  return innerType === undefined ? [path] : paths(innerType, path);
}

/** Cells of the first column of all tables, each with what is in backquotes. */
function explained(): ReadonlySet<string> {
  const cells = page('installation-gke.md').matchAll(/^\| ([^|]*`[^|]*) \|/gm);
  const keys = [...cells].flatMap(([, cell = '']) => {
    const names = [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name);
    const [first = ''] = names;
    const group = first.includes('.') ? first.slice(0, first.indexOf('.')) : '';
    return names.map((name) => (name.startsWith('.') ? `${group}${name}` : name));
  });
  return new Set(keys);
}

test('every setting is explained', () => {
  const known = explained();
  const all = [foundationSettings, dataSettings, clusterSettings, bootstrapSettings].flatMap((one) =>
    paths(one),
  );
  assert.ok(all.length > 50, `only ${all.length} settings were found`);
  const missing = all.filter((path) => !known.has(path.replace(/^gpuPools\[\]\./, '')));
  assert.deepEqual([...new Set(missing)], []);
});

test('the number of policies is the one that the page says', () => {
  const count = [networkPolicies, clusterPolicies, dataPolicies, accessPolicies, kubernetesPolicies].flat()
    .length;
  assert.ok(page('installation-gke.md').includes(`holds ${count} policies`), `there are ${count}`);
});

test('sums of the cost estimate are sums', () => {
  const rows = [
    ...page('cost.md').matchAll(/^\| ([^|]+) \| [^|]+ \| ([\d.]+) \| (\d+) \| (\d+) \| (\d+) \| (\d+) \|$/gm),
  ];
  assert.ok(rows.length > 10);
  let [small, large] = [0, 0];
  for (const [, item, ...figures] of rows) {
    const [rate = 0, smallQuantity = 0, smallCost = 0, largeQuantity = 0, largeCost = 0] =
      figures.map(Number);
    assert.ok(Math.abs(rate * smallQuantity - smallCost) <= 0.5, `${item}, small`);
    assert.ok(Math.abs(rate * largeQuantity - largeCost) <= 0.5, `${item}, large`);
    small += smallCost;
    large += largeCost;
  }
  assert.match(page('cost.md'), new RegExp(`\\*\\*${small}\\*\\* \\| \\| \\*\\*${large}\\*\\*`));
});
