// The life of a release on the real control plane with processes for pods: install the first version, work, upgrade, hand
// over the replicas, roll back, uninstall, install again. One story: each test goes on from the one before.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { followSamples } from '../../local/demo/follow.ts';
import { applySamples } from '../../local/demo/install.ts';
import type { Authority } from '../../operator/authority/certificates.ts';
import { eventually, type Json } from '../e2e/stack.ts';
import { foreignAuthority, isTrusted, pemOf, servingData } from './authority.ts';
import { CHART, FIRST, helmOf, identityOf, objectsIn, podTemplates, SYSTEM, set } from './helm.ts';
import { type Release, startCluster } from './release.ts';

const values = join(import.meta.dirname, 'release.values.yaml');
const wait = ['--wait', '--timeout', '180s'];
// More revisions than Helm keeps by itself.
const history = ['--history-max', '40'];

describe('a release', { timeout: 880_000 }, () => {
  let release: Release;
  let first: Json;
  let asked = 100;
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
  /** Upgrades without waiting for the pods. */
  const write = (...more: readonly string[]): Promise<string> =>
    release.helm('upgrade', 'twinward', CHART, '-n', SYSTEM, '-f', values, ...history, ...more);
  const upgrade = (...more: readonly string[]): Promise<string> => write(...wait, ...more);
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

  /** Asks a question of its own, which needs every process, and takes it away again. */
  const ask = async (name: string, engine: 'Dedicated' | 'Shared'): Promise<void> => {
    asked += 1;
    const { items } = await release.get('sim', '-A');
    const { metadata, spec } = items.find(({ spec: { subjects } }: Json) => subjects.cohort !== undefined);
    const question = {
      apiVersion: 'twinward.io/v1alpha1',
      kind: 'Simulation',
      metadata: { name, namespace: metadata.namespace },
      // Of a seed of its own, so that no stored answer serves, and small.
      spec: { ...spec, engine, seed: asked, trajectories: 64, parallelism: 1 },
    };
    await release.kubectl(['apply', '--server-side', '-f', '-'], JSON.stringify(question));
    const args = ['-n', metadata.namespace, `sim/${name}`];
    await release.kubectl(['wait', ...args, '--for=condition=Succeeded', '--timeout=240s']);
    await release.kubectl(['delete', ...args]);
  };

  it('works after the upgrade: questions that are asked now are answered, by either engine', async () => {
    await ask('after-upgrade', 'Dedicated');
    await ask('after-upgrade-shared', 'Shared');
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
      await write(...set(autoscaled), '--server-side=true');
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
      await write(...set({ 'twins.replicas': '5' }), '--server-side=true', '--force-conflicts');
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
      await write(...set(autoscaled), '--server-side=true');
      assert.equal(await replicas(), 5);
      await write(...set({ ...autoscaled, logLevel: 'warn' }), '--server-side=true');
      assert.equal(await replicas(), 5);
    });

    it('says who owns the replicas when the chart names them again, and takes them when it is told to', async () => {
      const refused = await release.helm.try(
        'upgrade',
        'twinward',
        CHART,
        '-n',
        SYSTEM,
        '-f',
        values,
        ...history,
      );
      assert.notEqual(refused.code, 0);
      assert.match(refused.err, /conflict with "handover": \.spec\.replicas/);
      await upgrade('--force-conflicts');
      assert.equal(await replicas(), 2);
    });
  });

  describe('with a certificate of somebody else', () => {
    const name = `twinward-twins.${SYSTEM}.svc`;
    const names = [name, `twinward-twins-client.${SYSTEM}.svc`];
    const proves = async (authority: Authority): Promise<boolean> => {
      const { spec } = await release.get('svc', 'twinward-twins-client', '-n', SYSTEM);
      return isTrusted(spec.clusterIP, 8443, name, authority);
    };
    const bundle = async (): Promise<string> =>
      (await release.get('cm', 'twinward-ca', '-n', 'default')).data['ca.crt'];
    const keep = async (secret: string, stringData: Readonly<Record<string, string>>): Promise<void> => {
      const object = {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: secret, namespace: SYSTEM },
        type: 'kubernetes.io/tls',
        stringData,
      };
      const apply = ['apply', '--server-side', '--force-conflicts', '--field-manager=hospital', '-f', '-'];
      await release.kubectl(apply, JSON.stringify(object));
    };
    const trusts = (authority: Authority): Promise<unknown> =>
      eventually('trust of the tenant', 60, async () => (await bundle()).startsWith(pemOf(authority)));

    it('serves by a Secret of yours, and follows when authority and certificate are exchanged', async () => {
      const [hospital, successor] = [await foreignAuthority('hospital'), await foreignAuthority('successor')];
      assert.equal(await proves(hospital), false);
      await keep('hospital-tls', await servingData(hospital, names));
      await upgrade(...set({ 'tls.mode': 'Existing', 'tls.existingSecret': 'hospital-tls' }));
      await trusts(hospital);
      assert.equal(await proves(hospital), true);
      await ask('existing-certificate', 'Shared');
      await keep('hospital-tls', await servingData(successor, names));
      await trusts(successor);
      assert.doesNotMatch(await bundle(), new RegExp(pemOf(hospital).slice(60, 120).replaceAll('+', '\\+')));
      await eventually('the new certificate', 60, () => proves(successor));
      await ask('exchanged-certificate', 'Shared');
    });

    it('serves by what cert-manager makes of the Certificate in the chart', async () => {
      await release.kubectl(['apply', '-f', join(import.meta.dirname, 'certificates.crd.yaml')]);
      await release.kubectl(['wait', '--for=condition=Established', 'crd/certificates.cert-manager.io']);
      const args = [
        '-n',
        SYSTEM,
        '-f',
        values,
        ...set({ 'tls.mode': 'CertManager', 'tls.certManager.issuerRef.name': 'internal' }),
      ];
      await release.helm('upgrade', 'twinward', CHART, ...args, ...history);
      const certificate = await release.get(
        'certificate.cert-manager.io',
        'twinward-twins-tls',
        '-n',
        SYSTEM,
      );
      assert.deepEqual(certificate.spec.issuerRef, {
        name: 'internal',
        kind: 'Issuer',
        group: 'cert-manager.io',
      });
      const issuer = await foreignAuthority('internal');
      await keep(certificate.spec.secretName, await servingData(issuer, certificate.spec.dnsNames));
      for (const deployment of ['twinward-operator', 'twinward-twins']) {
        await release.kubectl(['rollout', 'status', '-n', SYSTEM, `deploy/${deployment}`, '--timeout=120s']);
      }
      await trusts(issuer);
      await eventually('the certificate of cert-manager', 60, () => proves(issuer));
      await ask('certificate-of-cert-manager', 'Shared');
    });

    it('goes back to the authority of the operator', async () => {
      await upgrade();
      await eventually('a certificate of the operator', 60, async () => {
        const data = (await release.get('secret', 'twinward-twins-tls', '-n', SYSTEM)).data;
        return Buffer.from(data['tls.crt'], 'base64').toString().length > 0 && (await bundle()).length > 0;
      });
      await ask('own-certificate', 'Shared');
    });
  });

  it('rolls back to the first version, with the same twins, results and records', async () => {
    await release.helm('rollback', 'twinward', '1', '-n', SYSTEM, ...wait);
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
    const kinds = (await release.get('crd')).items.map(({ spec }: Json) => spec.group);
    assert.equal(kinds.filter((group: string) => group === 'twinward.io').length, 4);
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
