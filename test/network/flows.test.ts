import assert from 'node:assert/strict';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { allowed, type Denied, denied, type Party, untouched } from './flows.ts';
import { partiesOf, trafficOf, wordsOf } from './parties.ts';
import {
  type End,
  judge,
  type Policy,
  policiesOf,
  type Rendered,
  type Rule,
  renderChart,
} from './policies.ts';

const values = join(import.meta.dirname, 'values.yaml');

async function openAmong(
  policies: readonly Policy[],
  flows: readonly Denied[],
  parties: Readonly<Record<Party, End>>,
): Promise<readonly string[]> {
  const verdicts = await judge(
    policies,
    flows.map((flow) => trafficOf(flow, parties)),
  );
  return flows.filter((_, at) => verdicts[at] === true).map(wordsOf);
}

describe('NetworkPolicies with every peer named', () => {
  let objects: readonly Rendered[];
  let policies: readonly Policy[];
  let parties: Readonly<Record<Party, End>>;
  before(async () => {
    objects = await renderChart('--values', values);
    policies = policiesOf(objects);
    parties = partiesOf(objects);
  });

  it('let every listed flow through', async () => {
    assert.deepEqual(await openAmong(policies, allowed, parties), allowed.map(wordsOf));
  });

  it('deny everything else that was thought of', async () => {
    assert.ok(denied.length >= 60);
    assert.deepEqual(await openAmong(policies, denied, parties), []);
  });

  it("leave a tenant's own pods, and pods elsewhere, as they are", async () => {
    assert.deepEqual(await openAmong(policies, untouched, parties), untouched.map(wordsOf));
  });

  it('allow nothing twice and deny nothing that is allowed', () => {
    const rows = [...allowed, ...denied, ...untouched].map(wordsOf);
    assert.deepEqual(
      rows.filter((row, at) => rows.indexOf(row) !== at),
      [],
    );
  });

  it('have no policy without which the table would still hold', async () => {
    const idle: string[] = [];
    for (const policy of policies.filter(({ metadata }) => metadata.namespace !== 'ward-b')) {
      const rest = policies.filter((each) => each !== policy);
      const lost = (await openAmong(rest, allowed, parties)).length < allowed.length;
      const gained = (await openAmong(rest, denied, parties)).length > 0;
      if (!lost && !gained) idle.push(`${policy.metadata.namespace}/${policy.metadata.name}`);
    }
    assert.deepEqual(idle, []);
  });

  it('open nothing that the table does not need: each peer and each port of each rule is used', async () => {
    const idle: string[] = [];
    for (const { name, without } of narrower(
      policies.filter(({ metadata }) => metadata.namespace !== 'ward-b'),
    )) {
      const others = policies.filter(({ metadata }) => metadata.namespace === 'ward-b');
      const open = await openAmong([...without, ...others], allowed, parties);
      if (open.length === allowed.length) idle.push(name);
    }
    assert.deepEqual(idle, []);
  });
});

describe('NetworkPolicies as they are by default', () => {
  it('let every flow through that needs no value, wherever API server and database are', async () => {
    const tenants = '--set=networkPolicy.tenantNamespaces={ward-a,ward-b}';
    const objects = await renderChart(tenants, '--set=dashboard.enabled=true');
    const plain = allowed.filter(({ value }) => value === undefined);
    const parties = partiesOf(objects);
    const elsewhere = {
      ...parties,
      PostgreSQL: { ip: '10.244.9.9', pod: { namespace: 'databases', labels: {} } },
    };
    for (const each of [parties, elsewhere]) {
      assert.deepEqual(await openAmong(policiesOf(objects), plain, each), plain.map(wordsOf));
    }
    const closed = allowed.filter(({ value }) => value !== undefined && !/^(google)/.test(value));
    assert.deepEqual(
      (await openAmong(policiesOf(objects), closed, parties)).filter((row) => row.startsWith('ingest')),
      [],
      'ingest reaches no source that is not named',
    );
  });

  it('name the API server as an entity where Cilium asks for it, for those who may reach it and nobody else', async () => {
    const objects = await renderChart('--set=networkPolicy.apiServer.cilium=true');
    const [policy] = objects.filter(({ kind }) => kind === 'CiliumNetworkPolicy');
    assert.deepEqual((policy as { readonly spec?: unknown } | undefined)?.spec, {
      endpointSelector: {
        matchLabels: { 'app.kubernetes.io/name': 'twinward' },
        matchExpressions: [
          { key: 'app.kubernetes.io/component', operator: 'In', values: ['operator', 'twins'] },
        ],
      },
      egress: [
        {
          toEntities: ['kube-apiserver'],
          toPorts: [
            {
              ports: [
                { port: '443', protocol: 'TCP' },
                { port: '6443', protocol: 'TCP' },
              ],
            },
          ],
        },
      ],
    });
    assert.ok(!(await renderChart()).some(({ kind }) => kind === 'CiliumNetworkPolicy'));
  });

  it('are none when they are turned off, and spare neighbours when only the release is denied', async () => {
    assert.deepEqual(policiesOf(await renderChart('--set=networkPolicy.enabled=false')), []);
    const objects = await renderChart('--values', values, '--set=networkPolicy.scope=Release');
    const neighbour: Denied = { from: 'stray pod beside the operator', to: 'PostgreSQL', port: 5432 };
    assert.deepEqual(await openAmong(policiesOf(objects), [neighbour], partiesOf(objects)), [
      wordsOf(neighbour),
    ]);
    const rest = denied.filter(({ from, to }) => ![from, to].includes('stray pod beside the operator'));
    assert.deepEqual(await openAmong(policiesOf(objects), rest, partiesOf(objects)), []);
  });
});

interface Narrower {
  readonly name: string;
  readonly without: readonly Policy[];
}

/** The policies, each time with one peer or one port less. */
function narrower(policies: readonly Policy[]): readonly Narrower[] {
  return policies.flatMap((policy) =>
    (['ingress', 'egress'] as const).flatMap((direction) =>
      (policy.spec[direction] ?? []).flatMap((rule, at) =>
        narrowerRules(rule).map(({ name, rule: less }) => {
          const rules = (policy.spec[direction] ?? []).flatMap((each, index) =>
            index !== at ? [each] : less === undefined ? [] : [less],
          );
          const changed = { ...policy, spec: { ...policy.spec, [direction]: rules } };
          return {
            name: `${policy.metadata.namespace}/${policy.metadata.name} ${direction}[${at}] ${name}`,
            without: policies.map((each) => (each === policy ? changed : each)),
          };
        }),
      ),
    ),
  );
}

/** A rule with one peer or port less; undefined where nothing is left, for an empty list would open everything. */
function narrowerRules(rule: Rule): readonly { readonly name: string; readonly rule: Rule | undefined }[] {
  return (['from', 'to', 'ports'] as const).flatMap((part) =>
    (rule[part] ?? []).map((item, at) => {
      const rest = (rule[part] ?? []).filter((_, index) => index !== at);
      return {
        name: `without ${part} ${JSON.stringify(item)}`,
        rule: rest.length === 0 ? undefined : { ...rule, [part]: rest },
      };
    }),
  );
}
