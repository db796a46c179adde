import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { before, describe, it } from 'node:test';
import { z } from 'zod';
import { renderChart } from '../../network/policies.ts';
import type { AlertCase } from './alert-case.ts';
import { cases } from './cases.ts';
import { type Series, seriesOfProcesses } from './processes.ts';
import { checkRules, type RuleTest, testRules } from './promtool.ts';
import { isShown, selectorsOf } from './selectors.ts';

const runbooks = join(import.meta.dirname, '../../../docs/runbooks');
const base = 'https://runbooks.example/twinward';

const ruleSchema = z.object({
  alert: z.string(),
  expr: z.string(),
  for: z.string().optional(),
  labels: z.record(z.string(), z.string()),
  annotations: z.record(z.string(), z.string()),
});
type Rule = z.output<typeof ruleSchema>;
const objectSchema = z.object({
  kind: z.enum(['PrometheusRule', 'ClusterRules']),
  spec: z.object({
    groups: z.array(
      z.object({ name: z.string(), interval: z.string().optional(), rules: z.array(ruleSchema) }),
    ),
  }),
});

type Groups = z.output<typeof objectSchema>['spec']['groups'];

async function groupsOf(kind: 'prometheusRule' | 'googleRules', ...args: readonly string[]): Promise<Groups> {
  const objects = await renderChart(
    `--set=monitoring.${kind}.enabled=true`,
    `--set=monitoring.rules.runbookUrl=${base}/`,
    ...args,
  );
  const wanted = kind === 'googleRules' ? 'ClusterRules' : 'PrometheusRule';
  return objects
    .filter((object) => object.kind === wanted)
    .flatMap((object) => objectSchema.parse(object).spec.groups);
}

const rulesOf = (groups: Groups): readonly Rule[] => groups.flatMap(({ rules }) => rules);

function promtoolTest(
  alert: string,
  side: AlertCase['fires'] | AlertCase['quiet'],
  expected: readonly object[],
): RuleTest {
  return {
    name: `${alert} ${expected.length === 0 ? 'quiet' : 'fires'}`,
    interval: side.at > 600 ? '15m' : '1m',
    input_series: Object.entries(side.inputs).map(([series, values]) => ({ series, values })),
    alert_rule_test: [{ eval_time: `${side.at}m`, alertname: alert, exp_alerts: expected }],
  };
}

function expectedOf(alert: string, { severity, fires }: AlertCase): object {
  return {
    exp_labels: { severity, ...fires.labels },
    exp_annotations: { summary: fires.says, runbook_url: `${base}/${alert}.md` },
  };
}

describe('alerts', () => {
  let groups: Groups;
  let processes: ReadonlyMap<string, readonly Series[]>;
  before(async () => {
    [groups, processes] = await Promise.all([groupsOf('prometheusRule'), seriesOfProcesses()]);
  });

  it('are read by Prometheus', async () => {
    const { ok, text } = await checkRules(rulesOf(groups));
    assert.ok(ok, text);
  });

  it('are each tested, and each test has an alert', () => {
    const names = rulesOf(groups).map(({ alert }) => alert);
    assert.equal(new Set(names).size, names.length);
    assert.ok(names.length >= 15);
    assert.deepEqual([...names].sort(), Object.keys(cases).sort());
  });

  it('say how bad it is, what is wrong and what to read, and the page is there and named after them', () => {
    for (const { alert, labels, annotations } of rulesOf(groups)) {
      assert.equal(labels['severity'], cases[alert]?.severity, `${alert}: severity`);
      assert.match(annotations['summary'] ?? '', /^.{20,}\.$/, `${alert}: summary`);
      assert.equal(annotations['runbook_url'], `${base}/${alert}.md`);
      const page = join(runbooks, `${alert}.md`);
      assert.ok(existsSync(page), `docs/runbooks/${alert}.md is missing`);
      const text = readFileSync(page, 'utf8');
      assert.ok(text.startsWith(`# ${alert}\n`), `${alert}.md: title`);
      for (const heading of ['## Means', '## Look', '## Mend'])
        assert.ok(text.includes(`\n${heading}\n`), `${alert}.md: ${heading}`);
    }
    const pages = globSync('Twinward*.md', { cwd: runbooks }).map((file) => basename(file, '.md'));
    assert.deepEqual(
      pages.filter((page) => cases[page] === undefined),
      [],
      'pages without an alert',
    );
    const index = readFileSync(join(runbooks, 'README.md'), 'utf8');
    assert.deepEqual(
      Object.keys(cases).filter((alert) => !index.includes(`](${alert}.md)`)),
      [],
      'alerts that the index leaves out',
    );
  });

  it('ask for series that a process shows, with labels that it has', () => {
    const missing = rulesOf(groups).flatMap(({ alert, expr }) =>
      selectorsOf(expr)
        .filter((selector) => !isShown(selector, processes))
        .map(({ name, matchers }) => `${alert}: ${name} ${JSON.stringify(matchers)}`),
    );
    assert.deepEqual(missing, []);
  });

  it('fire when they should and say what is wrong, and are quiet when they should be', async () => {
    const tests = Object.entries(cases).flatMap(([alert, each]) => [
      promtoolTest(alert, each.fires, [expectedOf(alert, each)]),
      promtoolTest(alert, each.quiet, []),
    ]);
    const { ok, text } = await testRules(groups, tests);
    assert.ok(ok, text);
  });

  it('are the same for Google, each group with an interval', async () => {
    const google = await groupsOf('googleRules');
    assert.deepEqual(rulesOf(google), rulesOf(groups));
    assert.ok(google.every(({ interval }) => interval === '30s'));
  });

  it('take labels for routing, and can be left out one by one', async () => {
    const changed = rulesOf(
      await groupsOf(
        'prometheusRule',
        '--set=monitoring.rules.labels.team=twins',
        '--set=monitoring.rules.disabled={TwinwardNoLeader}',
      ),
    );
    assert.ok(changed.every(({ labels }) => labels['team'] === 'twins' && labels['severity'] !== undefined));
    assert.equal(changed.length, rulesOf(groups).length - 1);
  });
});

describe('what a selector finds', () => {
  const shown = new Map([['twinward-twins', [{ name: 'a_total', labels: { outcome: 'ok' } }]]]);
  const isFound = (expression: string): boolean =>
    selectorsOf(expression).every((each) => isShown(each, shown));

  it('is a series of that name with those labels', () => {
    assert.ok(
      isFound('sum by (outcome) (rate(a_total{outcome="ok",namespace="x"}[5m])) > 0 and on (pod) a_total'),
    );
    assert.ok(isFound('a_total{job="twinward-twins",outcome=~"ok|failed"}'));
    assert.equal(isFound('rate(b_total[5m])'), false, 'another name');
    assert.equal(isFound('a_total{outcome="fine"}'), false, 'a value that it never has');
    assert.equal(isFound('a_total{result="ok"}'), false, 'a label that it does not have');
    assert.equal(isFound('a_total{job="twinward-operator"}'), false, 'another process');
    assert.equal(isFound('a_total - a_totl'), false, 'misspelt on one side');
  });
});
