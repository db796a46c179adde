// The life of a release on the real control plane with processes for pods: install the first version, work, upgrade, hand
// over the replicas, roll back, uninstall, install again. One story: each test goes on from the one before.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { followSamples } from '../../local/demo/follow.ts';
import { applySamples } from '../../local/demo/install.ts';
import { eventually, type Json } from '../e2e/stack.ts';
import { CHART, FIRST, helmOf, identityOf, objectsIn, podTemplates, SYSTEM, set } from './helm.ts';
import { type Release, startCluster } from './release.ts';

const values = join(import.meta.dirname, 'release.values.yaml');
const wait = ['--wait', '--timeout', '180s'];

describe('a release', { timeout: 480_000 }, () => {
  let release: Release;
  let first: Json;
  before(async () => {
    release = await startCluster('lifecycle');
  });
  after(() => release.stop());

  const converge = async (): Promise<void> => {
    const objects = await followSamples(release.cluster, release.progress);
    assert.ok(objects.length > 0);
    const open = objects.filter(({ verdict }) => verdict !== 'Converged');
    assert.deepEqual(
      open.map(
        ({ kind, object }) => `${kind}/${object.metadata.name} ${JSON.stringify(object.status.conditions)}`,
      ),
      [],
    );
  };
  /** What must survive: our objects by uid, results of simulations, records. */
  const possessions = async (): Promise<Json> => {
    const { items } = await release.get('tmodel,dsrc,ptwin,sim', '-A');
    const [count] = await release.sql(
      'SELECT (SELECT count(*) FROM tw.subject) AS subjects, (SELECT count(*) FROM tw.event) AS events',
    );
    return {
      objects: items.map((item: Json) => `${identityOf(item)} ${item.metadata.uid}`).sort(),
      results: items
        .filter(({ kind }: Json) => kind === 'Simulation')
        .map(({ status }: Json) => status.results),
      count,
    };
  };
  const upgrade = (...more: readonly string[]): Promise<string> =>
    release.helm('upgrade', 'twinward', CHART, '-n', SYSTEM, '-f', values, ...wait, ...more);
  const manifest = async (): Promise<string> => release.helm('get', 'manifest', 'twinward', '-n', SYSTEM);
  /**
   * Version of every object of the release; of a policy its generation, since the API server itself sorts the field
   * managers of a policy anew when its status was written within the same second.
   */
  const versions = async (): Promise<Readonly<Record<string, string>>> => {
    const list = await release.kubectl(['get', '-f', '-', '-o', 'json'], await manifest());
    return Object.fromEntries(
      JSON.parse(list).items.map((item: Json) => [
        identityOf(item),
        item.kind === 'ValidatingAdmissionPolicy' ? item.metadata.generation : item.metadata.resourceVersion,
      ]),
    );
  };
  const migrations = async (): Promise<readonly Json[]> =>
    (await release.get('jobs', '-n', SYSTEM, '-l', 'app.kubernetes.io/component=migrate')).items;
  const settled = async (): Promise<void> => {
    let seen = '';
    await eventually('objects of the release at rest', 60, async () => {
      const next = JSON.stringify(await versions());
      const rests = next === seen;
      seen = next;
      await delay(1_000);
      return rests;
    });
  };

  it('of the first version installs, and the samples converge', async () => {
    await release.helm('install', 'twinward', FIRST, '-n', SYSTEM, '-f', values, ...wait);
    await applySamples(release.cluster, release.progress);
    await converge();
    first = await possessions();
    assert.ok(first.results.some((each: Json) => each?.length > 0));
    assert.ok(Number(first.count.events) > 0);
  });

  it('upgrades to this version: new pods, a new migration, the same twins, results and records', async () => {
    const [old] = await migrations();
    await upgrade();
    const deployments = (await release.get('deploy', '-n', SYSTEM)).items;
    assert.deepEqual(deployments.map(identityOf), [
      'Deployment/twinward-operator',
      'Deployment/twinward-twins',
    ]);
    for (const { spec, status } of deployments) {
      assert.equal(status.updatedReplicas, spec.replicas);
      assert.deepEqual(spec.template.spec.containers[0].envFrom, [
        { configMapRef: { name: 'twinward-config' } },
      ]);
    }
    const [made, ...others] = await migrations();
    assert.deepEqual(others, []);
    assert.notEqual(made.metadata.name, old.metadata.name);
    await eventually('the migration', 60, async () => (await migrations())[0].status.succeeded === 1);
    await converge();
    assert.deepEqual(await possessions(), first);
  });

  it('works after the upgrade: a question that is asked now is answered', async () => {
    const { items } = await release.get('sim', '-A');
    const { metadata, spec } = items.find(({ spec: { subjects } }: Json) => subjects.cohort !== undefined);
    const again = {
      apiVersion: 'twinward.io/v1alpha1',
      kind: 'Simulation',
      metadata: { name: 'after-upgrade', namespace: metadata.namespace },
      spec: { ...spec, seed: 77 },
    };
    await release.kubectl(['apply', '--server-side', '-f', '-'], JSON.stringify(again));
    await release.kubectl([
      'wait',
      '-n',
      metadata.namespace,
      'sim/after-upgrade',
      '--for=condition=Succeeded',
      '--timeout=120s',
    ]);
    await release.kubectl(['delete', '-n', metadata.namespace, 'sim/after-upgrade']);
  });

  it('writes nothing when the same is installed again, by server-side and by client-side apply', async () => {
    await settled();
    const before = await versions();
    assert.ok(Object.keys(before).length > 25);
    await upgrade('--server-side=true');
    assert.deepEqual(await versions(), before);
    await upgrade('--server-side=false');
    assert.deepEqual(await versions(), before);
    await upgrade('--server-side=true');
    assert.deepEqual(await versions(), before);
  });

  it('writes nothing when kubectl applies the rendered objects, which helm then upgrades without a conflict', async () => {
    const rendered = await manifest();
    await release.kubectl(['apply', '--server-side', '--field-manager=helm', '-f', '-'], rendered);
    await settled();
    const before = await versions();
    await release.kubectl(['apply', '--server-side', '--field-manager=helm', '-f', '-'], rendered);
    assert.deepEqual(await versions(), before);
    await upgrade('--server-side=true');
  });

  describe('whose twin service is scaled automatically', () => {
    const autoscaled = { 'twins.autoscaling.enabled': 'true', 'twins.autoscaling.maxReplicas': '6' };
    const replicas = async (): Promise<number> =>
      (await release.get('deploy', 'twinward-twins', '-n', SYSTEM)).spec.replicas;

    it('keeps 5 replicas that somebody scaled to', async () => {
      await release.kubectl(['scale', '-n', SYSTEM, 'deploy/twinward-twins', '--replicas=5']);
      await upgrade(...set(autoscaled), '--server-side=true');
      assert.equal(await replicas(), 5);
    });

    /** Replicas that an apply of the autoscaled chart would leave, without applying it. */
    const foreseen = async (): Promise<number> => {
      const args = ['template', 'twinward', CHART, '-n', SYSTEM, '-f', values, ...set(autoscaled)];
      const rendered = objectsIn(await release.helm(...args));
      const wanted = rendered.find((each) => identityOf(each) === 'Deployment/twinward-twins');
      const dry = [
        'apply',
        '--server-side',
        '--field-manager=helm',
        '--dry-run=server',
        '-o',
        'json',
        '-f',
        '-',
      ];
      return JSON.parse(await release.kubectl(dry, JSON.stringify(wanted))).spec.replicas;
    };

    it('would fall to 1 when 5 replicas of the values are dropped without a handover', async () => {
      await release.kubectl(['scale', '-n', SYSTEM, 'deploy/twinward-twins', '--replicas=2']);
      await upgrade(...set({ 'twins.replicas': '5' }), '--server-side=true', '--force-conflicts');
      assert.equal(await replicas(), 5);
      assert.equal(await foreseen(), 1);
    });

    it('keeps 5 replicas of the values after the handover of docs/upgrade.md', async () => {
      const live = {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'twinward-twins', namespace: SYSTEM },
        spec: { replicas: await replicas() },
      };
      const hand = ['apply', '--server-side', '--field-manager=handover', '-f', '-'];
      await release.kubectl(hand, JSON.stringify(live));
      assert.equal(await foreseen(), 5);
      await upgrade(...set(autoscaled), '--server-side=true');
      assert.equal(await replicas(), 5);
      await upgrade(...set({ ...autoscaled, logLevel: 'warn' }), '--server-side=true');
      assert.equal(await replicas(), 5);
    });
  });

  it('rolls back to the first version, with the same twins, results and records', async () => {
    // The first version names the replicas again, which another manager owns since the handover.
    await release.helm('rollback', 'twinward', '1', '-n', SYSTEM, '--force-conflicts', ...wait);
    const { spec } = await release.get('deploy', 'twinward-twins', '-n', SYSTEM);
    assert.equal(spec.template.spec.containers[0].envFrom, undefined);
    assert.equal((await release.get('hpa', '-n', SYSTEM)).items.length, 0);
    await eventually(
      'the first migration again',
      60,
      async () => (await migrations())[0].status.succeeded === 1,
    );
    await converge();
    assert.deepEqual(await possessions(), first);
  });

  it('has pods that the restricted profile admits, those of the operator included', async () => {
    const owners = (await release.get('deploy,job,cronjob', '-A')).items;
    const pods = podTemplates(owners);
    assert.ok(pods.length >= 5, `only ${pods.length}`);
    for (const { owner, template } of pods) {
      const { name: _, ...metadata } = template.metadata ?? {};
      const pod = {
        apiVersion: 'v1',
        kind: 'Pod',
        spec: template.spec,
        metadata: { ...metadata, name: 'as-pod' },
      };
      const namespace = owners.find((each: Json) => identityOf(each) === owner).metadata.namespace;
      const dry = ['create', '--dry-run=server', '--warnings-as-errors', '-n', namespace, '-f', '-'];
      await release.kubectl(dry, JSON.stringify(pod));
    }
  });

  it('was never refused anything by the API server', () => {
    const entries = release.audit();
    assert.ok(entries.length > 100, `only ${entries.length} requests`);
    const refused = entries.filter(({ responseStatus }) => responseStatus?.code === 403);
    assert.deepEqual(
      [...new Set(refused.map(({ user, verb, requestURI }) => `${user.username} ${verb} ${requestURI}`))],
      [],
    );
  });

  it('leaves kinds, twins and records behind when it is uninstalled', async () => {
    const kept = await release.helm('uninstall', 'twinward', '-n', SYSTEM, '--wait', '--timeout', '120s');
    assert.match(kept, /CustomResourceDefinition.*patienttwins/s);
    assert.deepEqual(
      (
        await release.get(
          'deploy,hpa,pdb,svc,clusterrole',
          '-n',
          SYSTEM,
          '-l',
          'app.kubernetes.io/managed-by=Helm',
        )
      ).items,
      [],
    );
    assert.equal((await release.get('crd')).items.length, 4);
    assert.deepEqual(await possessions(), first);
  });

  it('finds them again when Helm 3 installs it again', async () => {
    const helm3 = await helmOf('helm3', release.layout.stateDir, release.plane.kubeconfig);
    await helm3('install', 'twinward', CHART, '-n', SYSTEM, '-f', values, ...wait);
    await converge();
    assert.deepEqual(await possessions(), first);
    await settled();
    const before = await versions();
    await helm3('upgrade', 'twinward', CHART, '-n', SYSTEM, '-f', values, ...wait);
    assert.deepEqual(await versions(), before);
  });
});
