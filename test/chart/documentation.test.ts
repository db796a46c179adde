// The commands of docs/installation.md and docs/upgrade.md, as they stand there, in an order in which a user might run
// them. A command that is added to these pages without being run here fails the last test.
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { parse } from 'yaml';
import { resolveTool } from '../../local/binaries/tools.ts';
import { eventually, run } from '../e2e/stack.ts';
import { CHART, ROOT, SYSTEM } from './helm.ts';
import { type Release, startCluster } from './release.ts';

const pages = ['installation.md', 'upgrade.md'];
const text = pages.map((page) => readFileSync(join(ROOT, 'docs', page), 'utf8')).join('\n');
const blocks = [...text.matchAll(/```sh\n(.*?)```/gs)].map(([, block = '']) => block);

describe('the documented commands', { timeout: 480_000 }, () => {
  let release: Release;
  let folder = '';
  let environment: NodeJS.ProcessEnv = {};
  const seen = new Set<string>();

  /** Runs the block that has `part` in it, from a folder with the charts, the samples and values. */
  const command = async (part: string): Promise<string> => {
    const found = blocks.filter((block) => `\n${block}`.includes(part));
    assert.equal(found.length, 1, `${found.length} blocks have ${part}`);
    const [block = ''] = found;
    seen.add(block);
    const script = `cd ${folder}\n${block}`;
    const ran = await run('bash', ['-euo', 'pipefail', '-c', script], { env: environment });
    assert.equal(ran.code, 0, `${block}\n${ran.out}\n${ran.err}`);
    return ran.out;
  };

  before(async () => {
    release = await startCluster('documentation', false);
    folder = join(release.layout.stateDir, 'checkout');
    mkdirSync(join(folder, 'bin'), { recursive: true });
    for (const name of ['charts', 'samples']) symlinkSync(join(ROOT, name), join(folder, name));
    symlinkSync(release.plane.binaries.kubectl, join(folder, 'bin/kubectl'));
    symlinkSync(await resolveTool('helm'), join(folder, 'bin/helm'));
    copyFileSync(join(import.meta.dirname, 'release.values.yaml'), join(folder, 'my-values.yaml'));
    environment = {
      PATH: `${join(folder, 'bin')}:${process.env['PATH']}`,
      KUBECONFIG: release.plane.kubeconfig,
      HELM_CACHE_HOME: join(folder, 'helm'),
      HELM_CONFIG_HOME: join(folder, 'helm'),
      HELM_DATA_HOME: join(folder, 'helm'),
      SERVICE_URL: release.urls['service-url'],
      KEYRING_URL: release.urls['keyring-url'],
      MIGRATE_URL: release.urls['migrate-url'],
    };
  });
  after(() => release.stop());

  it('make a namespace and Secrets, install with Helm, and look at it', async () => {
    await command('kubectl create namespace twinward-system');
    await command('create secret generic twinward-kek');
    await command('\nhelm install twinward charts/twinward --namespace twinward-system --values');
    assert.match(await command('kubectl apply -f samples/getting-started'), /ptwin|patienttwin|statin/);
  });

  it('upgrade, hand the replicas over to the autoscaler, and roll back', async () => {
    await command(
      'helm upgrade twinward charts/twinward --namespace twinward-system --values my-values.yaml --wait\n',
    );
    await command('--field-manager=handover');
    const { spec } = await release.get('hpa', 'twinward-twins', '-n', SYSTEM);
    assert.equal(spec.minReplicas, 2);
    assert.equal((await release.get('deploy', 'twinward-twins', '-n', SYSTEM)).spec.replicas, 2);
    await command('helm rollback twinward --namespace twinward-system --wait');
  });

  it('say how kinds become a release of their own', async () => {
    const values = ['--values', join(folder, 'my-values.yaml'), '--set', 'crds.install=false'];
    await release.helm('upgrade', 'twinward', CHART, '-n', SYSTEM, ...values);
    assert.equal((await release.get('crd')).items.length, 4);
    const chart = ['install', 'twinward-crds', join(ROOT, 'charts/twinward-crds'), '-n', SYSTEM];
    assert.match((await release.helm.try(...chart)).err, /invalid ownership metadata/);
    await release.helm(...chart, '--take-ownership');
  });

  it('uninstall, remove the kinds, and install these apart', async () => {
    await command('helm uninstall twinward --namespace twinward-system');
    await release.helm('uninstall', 'twinward-crds', '-n', SYSTEM, '--wait');
    assert.equal((await release.get('crd')).items.length, 4);
    await command('kubectl delete -f charts/manifests/crds.yaml');
    await eventually('the kinds are gone', 60, async () => (await release.get('crd')).items.length === 0);
    await command('helm install twinward-crds charts/twinward-crds');
    await release.helm('uninstall', 'twinward', '-n', SYSTEM, '--wait');
    await release.helm('uninstall', 'twinward-crds', '-n', SYSTEM, '--wait');
    assert.equal((await release.get('crd')).items.length, 4);
  });

  it('install with kubectl alone', async () => {
    await command('kubectl apply --server-side -f charts/manifests/install.yaml');
    await release.kubectl(['rollout', 'status', '-n', SYSTEM, 'deploy/twinward-twins', '--timeout=120s']);
  });

  it('have values for production that the chart takes', async () => {
    const example = [...text.matchAll(/```yaml\n(.*?)```/gs)]
      .map(([, yaml = '']) => yaml)
      .find((yaml) => yaml.includes('clusterId:'));
    assert.ok(example !== undefined);
    assert.ok(Object.keys(parse(example)).length > 3);
    writeFileSync(join(folder, 'production.yaml'), example);
    await release.helm('template', 'twinward', CHART, '-f', join(folder, 'production.yaml'));
  });

  it('were all run', () => {
    assert.deepEqual(
      blocks.filter((block) => !seen.has(block)),
      [],
    );
  });
});
