import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { before, describe, it } from 'node:test';
import { z } from 'zod';
import { renderChart } from '../../network/policies.ts';
import { type Series, seriesOfProcesses } from './processes.ts';
import { checkRules } from './promtool.ts';
import { isShown, selectorsOf } from './selectors.ts';

const folder = join(import.meta.dirname, '../../../charts/twinward/dashboards');
const schema = z.object({
  uid: z.string().regex(/^[a-z-]{1,40}$/),
  title: z.string(),
  panels: z.array(
    z.object({
      id: z.int(),
      title: z.string(),
      type: z.string(),
      description: z.string().optional(),
      targets: z.array(z.object({ expr: z.string() })).default([]),
    }),
  ),
});
const files = globSync('*.json', { cwd: folder }).sort();
const dashboards = files.map((file) => ({
  file,
  ...schema.parse(JSON.parse(readFileSync(join(folder, file), 'utf8'))),
}));
const expressions = dashboards.flatMap(({ file, panels }) =>
  panels.flatMap(({ title, targets }) =>
    targets.map(({ expr }) => ({ where: `${file}: ${title}`, expression: plain(expr) })),
  ),
);

/** The expression as Grafana sends it. */
function plain(expression: string): string {
  return expression.replaceAll('$__rate_interval', '2m').replaceAll('$namespace', '.*');
}

describe('dashboards', () => {
  let processes: ReadonlyMap<string, readonly Series[]>;
  before(async () => {
    processes = await seriesOfProcesses();
  });

  it('are three, each panel says what it shows', () => {
    assert.deepEqual(files, ['data-plane.json', 'inference-simulation.json', 'operator.json']);
    assert.ok(expressions.length >= 45);
    for (const { file, panels } of dashboards) {
      assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length, `${file}: an id is used twice`);
      for (const { type, title, description } of panels) {
        assert.ok(
          type === 'row' || (description ?? '').length > 10,
          `${file}: ${title} does not say what it shows`,
        );
      }
    }
  });

  it('ask what Prometheus can read', async () => {
    const { ok, text } = await checkRules(
      expressions.map(({ expression }, at) => ({ record: `twinward:check:${at}`, expr: expression })),
    );
    assert.ok(ok, text);
  });

  it('ask for series that a process shows, with labels that it has', () => {
    const missing = expressions.flatMap(({ where, expression }) =>
      selectorsOf(expression)
        .filter((selector) => !isShown(selector, processes))
        .map((selector) => `${where}: ${selector.name} ${JSON.stringify(selector.matchers)}`),
    );
    assert.deepEqual(missing, []);
  });

  it('come as ConfigMaps for the sidecar of Grafana, whole, and only when asked for', async () => {
    const wanted = '--set=monitoring.dashboards.enabled=true';
    const maps = (await renderChart(wanted)).filter(({ metadata }) =>
      metadata.name.startsWith('twinward-dashboard-'),
    );
    assert.deepEqual(
      maps.map(({ metadata }) => metadata.name).sort(),
      files.map((file) => `twinward-dashboard-${basename(file, '.json')}`),
    );
    for (const map of maps) {
      const [[file, text] = ['', '']] = Object.entries(
        (map as unknown as { data: Record<string, string> }).data,
      );
      assert.deepEqual(JSON.parse(text), JSON.parse(readFileSync(join(folder, file), 'utf8')));
      assert.equal((map.metadata as { labels?: Record<string, string> }).labels?.['grafana_dashboard'], '1');
    }
    assert.ok(!(await renderChart()).some(({ metadata }) => metadata.name.startsWith('twinward-dashboard-')));
  });
});
