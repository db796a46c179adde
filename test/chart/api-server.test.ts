// What the chart renders and the operator makes, before a real API server that enforces the restricted profile.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import * as source from '../../operator/data-source/children.ts';
import * as simulation from '../../operator/simulation/children.ts';
import { tenantObjects } from '../../operator/tenant/children.ts';
import * as model from '../../operator/twin-model/children.ts';
import { aModel, anInstallation, aSimulation, aSource, digest } from '../build.ts';
import type { Json } from '../e2e/stack.ts';
import {
  type ApiServer,
  installKinds,
  type Kubectl,
  startApiServer,
} from '../integration/crds/api-server.ts';
import { CHART, type Helm, helmOf, identityOf, objectsIn, podTemplates, SYSTEM } from './helm.ts';
import { restricted } from './release.ts';
import { variants } from './variants.ts';

const tenant = 'clinic';
/** Kinds of others that are not to be had here. */
const foreign = /^(monitoring\.(coreos|googleapis)\.com|cilium\.io)\//;

const secured = { ...anInstallation, sharedEngines: { twinsNamespace: SYSTEM } };
const models = {
  'in the image': aModel(),
  'on a volume': aModel({ artifact: { uri: 'pvc://models/trajectory', sha256: digest('a') } }),
  'in an image volume': aModel({
    artifact: { uri: 'oci://registry.example/trajectory:2', sha256: digest('a') },
  }),
  'on a GPU': aModel({
    accelerator: { resource: { name: 'nvidia.com/gpu', count: 1 } },
    pod: { nodeSelector: { gpu: 'l4' }, tolerations: [{ key: 'nvidia.com/gpu', operator: 'Exists' }] },
  }),
  'on a device by claim': aModel({ accelerator: { resourceClaimTemplateName: 'gpu' } }),
};

/** Everything that the operator makes pods by. */
function children(): Readonly<Record<string, Json>> {
  const job = (spec: Json, of: Json): Json =>
    simulation.job({
      simulation: aSimulation(spec),
      model: of,
      installation: secured,
      runKey: digest('b'),
      modelSha256: digest('a'),
      attempt: 1,
      units: 4,
    });
  return {
    ...Object.fromEntries(
      Object.entries(models).flatMap(([name, each]) => [
        [`a model ${name}`, model.deployment(each, 1, anInstallation)],
        [`a model ${name} that knows its callers`, model.deployment(each, 1, secured)],
        [`a run with an engine of its own ${name}`, job({ engine: 'Dedicated' }, each)],
      ]),
    ),
    'a run with the shared engine': job({ engine: 'Shared' }, aModel()),
    'a source in the image': source.deployment(aSource(), anInstallation),
    'a source on a volume': source.deployment(
      aSource({ folder: { uri: 'pvc://share/fhir' } }),
      anInstallation,
    ),
    'a source in a bucket': source.deployment(
      aSource({ folder: { uri: 'gs://export/fhir/' } }),
      anInstallation,
    ),
    'a source read on schedule': source.cronJob(aSource({ schedule: { cron: '0 2 * * *' } }), anInstallation),
  };
}

describe('on the API server', { timeout: 300_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'twinward-chart-api-'));
  let server: ApiServer;
  let helm: Helm;
  const attempt = (objects: readonly Json[], ...args: readonly string[]): Kubectl => {
    const file = join(folder, 'objects.json');
    writeFileSync(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }));
    return server.kubectl(...args, '-f', file);
  };
  const succeed = (objects: readonly Json[], ...args: readonly string[]): string => {
    const done = attempt(objects, ...args);
    assert.equal(done.status, 0, `kubectl ${args.join(' ')}: ${done.stderr}`);
    return done.stdout;
  };
  const dry = ['--dry-run=server', '--warnings-as-errors'];
  const render = async (values: Json): Promise<readonly Json[]> => {
    const file = join(folder, 'values.json');
    writeFileSync(file, JSON.stringify(values));
    return objectsIn(await helm('template', 'twinward', CHART, '-n', SYSTEM, '-f', file));
  };
  /** The same template as a Pod, which the restricted profile judges; of what makes pods it only warns. */
  const asPod = (template: Json, namespace: string): Json => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { ...template.metadata, name: 'as-pod', namespace },
    spec: template.spec,
  });

  before(async () => {
    server = await startApiServer();
    helm = await helmOf('helm', folder);
    installKinds(server);
    const crd = server.kubectl('apply', '-f', join(import.meta.dirname, 'certificates.crd.yaml'));
    assert.equal(crd.status, 0, crd.stderr);
    server.kubectl(
      'wait',
      '--for=condition=Established',
      'crd/certificates.cert-manager.io',
      '--timeout=60s',
    );
    const priority = {
      apiVersion: 'scheduling.k8s.io/v1',
      kind: 'PriorityClass',
      metadata: { name: 'clinical' },
      value: 1000,
    };
    succeed([restricted(SYSTEM), restricted(tenant), priority], 'apply', '--server-side');
    const accounts = (await render({ dashboard: { enabled: true } })).filter(
      ({ kind }) => kind === 'ServiceAccount',
    );
    assert.equal(accounts.length, 4);
    succeed([...accounts, ...tenantObjects(tenant, undefined, undefined)], 'apply', '--server-side');
  });
  after(async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  for (const [name, values] of Object.entries(variants)) {
    it(`every object of ${name} is accepted without a warning, by server-side and by client-side apply`, async () => {
      const objects = (await render(values)).filter(({ apiVersion }) => !foreign.test(apiVersion));
      assert.ok(objects.length > 15);
      succeed(objects, 'apply', '--server-side', ...dry, '--validate=strict');
      succeed(objects, 'apply', ...dry, '--validate=strict');
    });

    it(`every pod of ${name} fits the restricted profile`, async () => {
      const templates = podTemplates(await render(values));
      assert.ok(templates.length >= 3);
      for (const { template } of templates) succeed([asPod(template, SYSTEM)], 'create', ...dry);
    });
  }

  for (const [name, child] of Object.entries(children())) {
    it(`${name} is accepted, and its pods fit the restricted profile`, () => {
      // The owner is not there, and of an owner that is not there a dry run says so.
      const { ownerReferences: _, ...metadata } = child.metadata;
      const object = { ...child, metadata: { ...metadata, namespace: tenant } };
      succeed([object], 'apply', '--server-side', ...dry, '--validate=strict');
      const [found] = podTemplates([object]);
      succeed([asPod(found.template, tenant)], 'create', ...dry);
    });
  }

  it('a pod that asks for more than the profile allows is refused, and a Deployment of it is warned of', () => {
    const child: Json = structuredClone(children()['a source in the image']);
    const { ownerReferences: _, ...metadata } = child.metadata;
    const loose = { ...child, metadata: { ...metadata, namespace: tenant } };
    delete loose.spec.template.spec.containers[0].securityContext;
    assert.match(
      attempt([loose], 'apply', '--server-side', ...dry).stderr,
      /would violate PodSecurity "restricted/,
    );
    assert.match(
      attempt([asPod(loose.spec.template, tenant)], 'create', ...dry).stderr,
      /violates PodSecurity "restricted/,
    );
  });

  it('client-side apply twice changes nothing the second time, and server-side apply takes over without a conflict', async () => {
    const objects = (await render({ namespace: { create: true } })).filter(({ kind }) => kind !== 'Job');
    const versions = (): Json => {
      const list = JSON.parse(succeed(objects, 'get', '-o', 'json'));
      return Object.fromEntries(
        list.items.map((item: Json) => [
          identityOf(item),
          item.metadata.generation ?? item.metadata.resourceVersion,
        ]),
      );
    };
    succeed(objects, 'apply', '--warnings-as-errors');
    const first = versions();
    // kubectl replaces the selector of a PodDisruptionBudget whole, which it calls configured; nothing is written.
    const changed = succeed(objects, 'apply')
      .split('\n')
      .filter((line) => /configured|created/.test(line));
    assert.deepEqual(
      changed.filter((line) => !line.startsWith('poddisruptionbudget')),
      [],
    );
    assert.deepEqual(versions(), first);
    succeed(objects, 'apply', '--server-side', '--warnings-as-errors');
    succeed(objects, 'apply', '--server-side', '--warnings-as-errors');
    assert.deepEqual(Object.keys(versions()), Object.keys(first));
  });

  it('a TwinModel that somebody scaled to 5 keeps 5 when its manifest, which names no replicas, is applied again', () => {
    const { metadata: _, ...object } = aModel() as Json;
    delete object.spec.replicas;
    const manifest = { ...object, metadata: { name: 'scaled', namespace: tenant } };
    const replicas = (): string =>
      server.kubectl('get', 'tmodel', 'scaled', '-n', tenant, '-o', 'jsonpath={.spec.replicas}').stdout;
    for (const mode of [['--server-side'], []]) {
      succeed([manifest], 'apply', ...mode);
      assert.equal(server.kubectl('scale', 'tmodel', 'scaled', '-n', tenant, '--replicas=5').status, 0);
      succeed([manifest], 'apply', ...mode);
      assert.equal(replicas(), '5');
    }
  });

  describe('a TwinModel under the admission policy', () => {
    const path = `/apis/twinward.io/v1alpha1/namespaces/${tenant}/twinmodels?dryRun=All`;
    const post = async (spec: Json): Promise<Json> => {
      const { metadata: _, ...object } = aModel(spec) as Json;
      return server.call('POST', path, { ...object, metadata: { name: 'm' } });
    };
    const system = { pod: { priorityClassName: 'system-node-critical' } };
    const install = async (values: Json, probe: Json): Promise<void> => {
      const policies = (await render(values)).filter(({ kind }) =>
        kind.startsWith('ValidatingAdmissionPolicy'),
      );
      assert.equal(policies.length, 4);
      succeed(policies, 'apply', '--server-side', '--force-conflicts');
      for (let turn = 0; (await post(probe)).status === 201; turn += 1) {
        assert.ok(turn < 100, 'the policy does not act');
        await delay(200);
      }
    };

    it('cannot ask for a priority of the system, and can for any other', async () => {
      await install({}, system);
      assert.match((await post(system)).message, /may not be one of the system's own/);
      assert.equal((await post({ pod: { priorityClassName: 'clinical' } })).status, 201);
      assert.equal((await post({})).status, 201);
    });

    it('can ask only for what the values list, once they list something', async () => {
      const elsewhere = { artifact: { uri: 'oci://elsewhere.example/trajectory:2', sha256: digest('a') } };
      await install(variants['everything on'], elsewhere);
      assert.match((await post(elsewhere)).message, /spec\.artifact\.uri must begin with one of builtin:/);
      assert.match(
        (await post({ pod: { priorityClassName: 'other' } })).message,
        /must be one of clinical, research/,
      );
      assert.equal((await post({ pod: { priorityClassName: 'research' } })).status, 201);
    });
  });
});
