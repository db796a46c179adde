// Every policy holds for what the programs register, and is broken by the change that it brings along.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { accessPolicies } from '../policies/access.ts';
import { clusterPolicies } from '../policies/cluster.ts';
import { dataPolicies } from '../policies/data.ts';
import { kubernetesPolicies } from '../policies/kubernetes.ts';
import { networkPolicies } from '../policies/network.ts';
import type { World } from '../policies/policy.ts';
import { committedRuns, resourcesOf } from '../stand/runs.ts';

const policies = [
  ...networkPolicies,
  ...clusterPolicies,
  ...dataPolicies,
  ...accessPolicies,
  ...kubernetesPolicies,
];

let worlds: { readonly dev: World; readonly prod: World };

before(async () => {
  const runs = await committedRuns();
  worlds = { dev: resourcesOf(runs, 'dev'), prod: resourcesOf(runs, 'prod') };
});

test('there are many policies, each with a name of its own', () => {
  assert.ok(policies.length >= 30, `only ${policies.length}`);
  assert.equal(new Set(policies.map(({ name }) => name)).size, policies.length);
});

for (const policy of policies) {
  test(`${policy.name}${policy.prodOnly ? ' (production)' : ''}`, () => {
    assert.deepEqual(policy.check(worlds.prod), [], 'prod breaks it');
    if (!policy.prodOnly) assert.deepEqual(policy.check(worlds.dev), [], 'dev breaks it');
    assert.notDeepEqual(policy.check(policy.spoil(worlds.prod)), [], 'its own example does not break it');
  });
}
