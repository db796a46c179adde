import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { resolveTool } from '../../../local/binaries/tools.ts';
import { type ApiServer, type Kubectl, startApiServer } from '../../integration/crds/api-server.ts';
import { type Rendered, releaseNamespace, renderChart } from '../../network/policies.ts';

/** The module that holds the definitions of the Prometheus operator's kinds. */
const operatorModule = 'github.com/prometheus-operator/prometheus-operator@v0.85.0';
const root = join(import.meta.dirname, '../../..');
const monitored = ['podmonitors', 'servicemonitors', 'prometheusrules'];
const everything = [
  '--values',
  join(import.meta.dirname, '../../network/values.yaml'),
  ...['podMonitor', 'serviceMonitor', 'prometheusRule', 'dashboards'].map(
    (name) => `--set=monitoring.${name}.enabled=true`,
  ),
];
const kinds = ['PodMonitor', 'ServiceMonitor', 'PrometheusRule', 'NetworkPolicy', 'ConfigMap', 'Service'];

/** The folder of a Go module, fetched once into Go's own cache. */
function moduleFolder(name: string): string {
  const done = spawnSync('go', ['mod', 'download', '-json', name], { encoding: 'utf8', cwd: '/' });
  assert.equal(done.status, 0, `${done.stdout}${done.stderr}`);
  return (JSON.parse(done.stdout) as { readonly Dir: string }).Dir;
}

describe('monitors, alerts, dashboards and policies on a real API server', { timeout: 300_000 }, () => {
  let server: ApiServer;
  let folder: string;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'twinward-monitors-'));
    const definitions = join(moduleFolder(operatorModule), 'example/prometheus-operator-crd');
    server = await startApiServer();
    const files = monitored.map(
      (kind) => `--filename=${join(definitions, `monitoring.coreos.com_${kind}.yaml`)}`,
    );
    for (const [action, ...args] of [
      ['create', ...files],
      [
        'wait',
        '--for=condition=Established',
        '--timeout=60s',
        ...monitored.map((kind) => `crd/${kind}.monitoring.coreos.com`),
      ],
      ...[releaseNamespace, 'ward-a', 'ward-b'].map((name) => ['create', 'namespace', name]),
    ]) {
      const done = server.kubectl(action ?? '', ...args);
      assert.equal(done.status, 0, done.stderr);
    }
  });
  after(async () => {
    await server?.stop();
    rmSync(folder, { recursive: true });
  });

  const dryRun = (items: readonly object[]): Kubectl => {
    const file = join(folder, 'objects.json');
    writeFileSync(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
    return server.kubectl('apply', '--server-side', '--dry-run=server', '--validate=strict', '-f', file);
  };

  it('are taken, every field known', async () => {
    const objects = (await renderChart(...everything)).filter(({ kind }) => kinds.includes(kind));
    assert.deepEqual([...new Set(objects.map(({ kind }) => kind))].sort(), [...kinds].sort());
    const done = dryRun(objects);
    assert.equal(done.status, 0, done.stderr);
    assert.equal(done.stdout.trim().split('\n').length, objects.length);
  });

  it('come for one namespace by the command of the security page', async () => {
    const page = readFileSync(join(root, 'docs/security.md'), 'utf8');
    const [, command = ''] = /```sh\n(helm template [\s\S]*?) \| kubectl apply -f -\n```/.exec(page) ?? [];
    const helm = await resolveTool('helm');
    const env = { ...process.env, PATH: `${dirname(helm)}:${process.env['PATH'] ?? ''}` };
    const rendered = spawnSync('/bin/sh', ['-ec', command], { cwd: root, encoding: 'utf8', env });
    assert.equal(rendered.status, 0, rendered.stderr);
    const file = join(folder, 'tenant.yaml');
    writeFileSync(file, rendered.stdout);
    const done = server.kubectl('apply', '-f', file);
    assert.equal(done.status, 0, done.stderr);
    const listed = server.kubectl(
      'get',
      'networkpolicies',
      '-A',
      '-o',
      'jsonpath={.items[*].metadata.namespace}',
    );
    assert.equal(listed.stdout, 'ward-a ward-a ward-a ward-a');
  });

  it('would be refused with a field that nobody knows', async () => {
    const objects = (await renderChart(...everything)).filter(({ kind }) => kind === 'PodMonitor');
    const wrong = objects.map((object) => ({
      ...object,
      spec: { ...(object as Rendered & { readonly spec: object }).spec, selektor: {} },
    }));
    const done = dryRun(wrong);
    assert.notEqual(done.status, 0);
    assert.match(done.stderr, /selektor/);
  });

  it('scrape each process once: a port of the chart and of the operator is in one monitor', async () => {
    const monitors = (await renderChart(...everything)).filter(({ kind }) => kind.endsWith('Monitor'));
    assert.deepEqual(monitors.map(({ metadata }) => metadata.name).sort(), [
      'twinward',
      'twinward-inference',
      'twinward-ingest',
      'twinward-simulate',
    ]);
    const alone = await renderChart('--set=monitoring.podMonitor.enabled=true');
    assert.deepEqual(
      alone
        .filter(({ kind }) => kind === 'PodMonitor')
        .map(({ metadata }) => metadata.name)
        .sort(),
      ['inference', 'ingest', 'operator', 'simulate', 'twins'].map((name) => `twinward-${name}`),
    );
    const google = await renderChart('--set=monitoring.googlePodMonitoring.enabled=true');
    assert.deepEqual(
      google
        .filter(({ kind }) => kind.endsWith('PodMonitoring'))
        .map(({ kind, metadata }) => `${kind} ${metadata.name}`)
        .sort(),
      [
        ...['inference', 'ingest', 'simulate', 'simulate-engine'].map(
          (name) => `ClusterPodMonitoring twinward-${name}`,
        ),
        ...['operator', 'twins'].map((name) => `PodMonitoring twinward-${name}`),
      ],
    );
  });
});
