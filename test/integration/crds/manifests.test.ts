import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { parseAllDocuments } from 'yaml';
import { type ApiServer, installKinds, type Json, startApiServer } from './api-server.ts';

const system = 'twinward-system';
const tenant = 'clinic';
let server: ApiServer;

before(async () => {
  server = await startApiServer();
  installKinds(server);
  succeed('create', 'namespace', tenant);
  succeed('apply', '--server-side', '-f', manifest('install.yaml'));
});
after(async () => {
  await server.stop();
});

function succeed(...args: readonly string[]): string {
  const done = server.kubectl(...args);
  assert.equal(done.status, 0, `kubectl ${args.join(' ')}: ${done.stderr}`);
  return done.stdout;
}

function manifest(file: string): string {
  return join(server.root, 'charts/manifests', file);
}

function objectsOf(file: string): readonly Json[] {
  return parseAllDocuments(readFileSync(manifest(file), 'utf8')).flatMap((document) => {
    const value = document.toJS() as Json | null;
    return value === null ? [] : [value];
  });
}

describe('the rendered manifests', () => {
  for (const file of ['crds.yaml', 'install.yaml', 'demo.yaml']) {
    test(`${file} is accepted without a warning`, () => {
      succeed(
        'apply',
        '--server-side',
        '--force-conflicts',
        '--dry-run=server',
        '--warnings-as-errors',
        '-f',
        manifest(file),
      );
    });
  }

  test('the namespace enforces the restricted profile', () => {
    const labels = succeed('get', 'namespace', system, '-o', 'jsonpath={.metadata.labels}');
    assert.match(labels, /"pod-security.kubernetes.io\/enforce":"restricted"/);
  });

  for (const file of ['install.yaml', 'demo.yaml']) {
    test(`each pod template of ${file} is accepted as a Pod in the restricted profile`, async () => {
      const templates = objectsOf(file).filter((object) =>
        ['Deployment', 'Job'].includes(String(object['kind'])),
      );
      assert.equal(templates.length, 3);
      for (const [index, object] of templates.entries()) {
        const template = (object['spec'] as Json)['template'] as Json;
        const pod = { apiVersion: 'v1', kind: 'Pod', ...template, metadata: { name: `as-pod-${index}` } };
        const answer = await server.call('POST', `/api/v1/namespaces/${system}/pods?dryRun=All`, pod);
        assert.equal(answer.status, 201, answer.message);
      }
    });
  }

  test('the namespace refuses a Pod that asks for more', async () => {
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'root' },
      spec: { containers: [{ name: 'a', image: 'a' }] },
    };
    const answer = await server.call('POST', `/api/v1/namespaces/${system}/pods?dryRun=All`, pod);
    assert.match(answer.message, /violates PodSecurity "restricted/);
  });

  test('demo.yaml has the objects of install.yaml', () => {
    const identities = (file: string): readonly string[] =>
      objectsOf(file).map((object) => {
        const name = String((object['metadata'] as Json)['name']);
        return `${object['kind']}/${name.replace(/^twinward-migrate-[0-9a-f]{8}$/, 'twinward-migrate-<hash>')}`;
      });
    assert.deepEqual(identities('demo.yaml'), identities('install.yaml'));
    assert.ok(identities('install.yaml').includes('Job/twinward-migrate-<hash>'));
  });

  test('applying a second time changes nothing', () => {
    const versions = (kinds: string, field: string): string =>
      succeed(
        'get',
        kinds,
        '-n',
        system,
        '-o',
        `jsonpath={range .items[*]}{.kind}/{.metadata.name}={.metadata.${field}} {end}`,
      );
    const state = (): readonly string[] => [
      versions('svc,sa,role,rolebinding', 'resourceVersion'),
      versions('deploy,job,pdb', 'generation'),
    ];
    const first = state();
    assert.match(first.join(''), /Deployment\/twinward-twins=1/);
    succeed('apply', '--server-side', '-f', manifest('install.yaml'));
    assert.deepEqual(state(), first);
  });
});

interface Asked {
  readonly account: string;
  readonly verb: string;
  readonly group: string;
  /** `resource`, `resource/subresource`, with `:name` when one object is meant. */
  readonly resource: string;
  readonly namespace: string;
}

async function isAllowed(asked: Asked): Promise<boolean> {
  const [path = '', name] = asked.resource.split(':');
  const [resource, subresource] = path.split('/');
  const { verb, group, namespace } = asked;
  const answer = await server.call('POST', '/apis/authorization.k8s.io/v1/subjectaccessreviews', {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SubjectAccessReview',
    spec: {
      user: asked.account,
      groups: ['system:serviceaccounts', 'system:authenticated'],
      resourceAttributes: { verb, group, resource, subresource, name, namespace },
    },
  });
  assert.equal(answer.status, 201, answer.message);
  return ((answer.body['status'] as Json)['allowed'] as boolean | undefined) === true;
}

type Permission = readonly [verb: string, group: string, resource: string, namespace: string];

function describePermissions(
  name: string,
  account: string,
  may: readonly Permission[],
  mayNot: readonly Permission[],
): void {
  describe(`${name} may`, () => {
    for (const [verb, group, resource, namespace] of may) {
      test(`${verb} ${resource} in ${namespace}`, async () => {
        assert.equal(await isAllowed({ account, verb, group, resource, namespace }), true);
      });
    }
  });
  describe(`${name} may not`, () => {
    for (const [verb, group, resource, namespace] of mayNot) {
      test(`${verb} ${resource} in ${namespace}`, async () => {
        assert.equal(await isAllowed({ account, verb, group, resource, namespace }), false);
      });
    }
  });
}

const ours = 'twinward.io';

describePermissions(
  'the operator',
  `system:serviceaccount:${system}:twinward-operator`,
  [
    ['watch', ours, 'patienttwins', tenant],
    ['patch', ours, 'simulations/status', tenant],
    ['create', 'batch', 'jobs', tenant],
    ['patch', 'apps', 'deployments', tenant],
    ['create', '', 'serviceaccounts:twinward-ingest', tenant],
    ['patch', '', 'configmaps:twinward-ca', tenant],
    ['create', 'events.k8s.io', 'events', tenant],
    ['update', 'coordination.k8s.io', 'leases:twinward-operator', system],
    ['patch', '', 'secrets:twinward-twins-tls', system],
  ],
  [
    ['get', '', 'secrets', system],
    ['get', '', 'secrets:twinward-twins-tls', system],
    ['list', '', 'secrets', system],
    ['create', '', 'secrets', tenant],
    ['patch', '', 'secrets:twinward-database', system],
    ['patch', ours, 'patienttwins', tenant],
    ['delete', ours, 'patienttwins', tenant],
    ['create', ours, 'simulations', tenant],
    ['erase', ours, 'patienttwins', tenant],
    ['get', ours, 'patienttwins/record', tenant],
    ['create', '', 'pods', tenant],
    ['create', '', 'pods/exec', tenant],
    ['create', '', 'serviceaccounts/token', tenant],
    ['patch', '', 'serviceaccounts:default', tenant],
    ['patch', '', 'configmaps:kube-root-ca.crt', tenant],
    ['get', '', 'persistentvolumeclaims', tenant],
    ['create', 'coordination.k8s.io', 'leases', tenant],
    ['update', 'coordination.k8s.io', 'leases', system],
    ['patch', 'batch', 'jobs', tenant],
    ['delete', '', 'serviceaccounts:twinward-ingest', tenant],
    ['get', ours, 'patienttwins', tenant],
    ['create', 'rbac.authorization.k8s.io', 'clusterroles', tenant],
  ],
);

describePermissions(
  'the twin service',
  `system:serviceaccount:${system}:twinward-twins`,
  [
    ['create', 'authentication.k8s.io', 'tokenreviews', ''],
    ['create', 'authorization.k8s.io', 'subjectaccessreviews', ''],
  ],
  [
    ['get', '', 'secrets', system],
    ['list', ours, 'patienttwins', tenant],
  ],
);

describePermissions(
  'the migration',
  `system:serviceaccount:${system}:twinward-migrate`,
  [],
  [
    ['get', '', 'secrets', system],
    ['create', 'authentication.k8s.io', 'tokenreviews', ''],
  ],
);

test('the operator makes its accounts, trust bundle and serving certificate, and cannot read the last one back', async () => {
  const token = succeed('create', 'token', 'twinward-operator', '-n', system).trim();
  const objects: readonly (readonly [plural: string, namespace: string, object: Json])[] = [
    ['serviceaccounts', tenant, { kind: 'ServiceAccount', metadata: { name: 'twinward-ingest' } }],
    ['configmaps', tenant, { kind: 'ConfigMap', metadata: { name: 'twinward-ca' }, data: { 'ca.crt': 'x' } }],
    [
      'secrets',
      system,
      {
        kind: 'Secret',
        metadata: { name: 'twinward-twins-tls' },
        type: 'kubernetes.io/tls',
        data: { 'tls.crt': 'eA==', 'tls.key': 'eA==' },
      },
    ],
  ];
  for (const [plural, namespace, object] of objects) {
    const { name } = object['metadata'] as { readonly name: string };
    const path = `/api/v1/namespaces/${namespace}/${plural}/${name}`;
    const applied = { apiVersion: 'v1', ...object };
    const answer = await server.call(
      'PATCH',
      `${path}?fieldManager=test`,
      applied,
      'application/apply-patch+yaml',
      token,
    );
    assert.equal(answer.status, 201, answer.message);
  }
  const read = await server.call(
    'GET',
    `/api/v1/namespaces/${system}/secrets/twinward-twins-tls`,
    undefined,
    undefined,
    token,
  );
  assert.equal(read.status, 403);
});

describe('the roles for people', () => {
  const person = `system:serviceaccount:${tenant}:person`;
  const twins = 'patienttwins';
  const records = 'patienttwins/record';
  const cases: readonly (readonly [role: string, verb: string, resource: string, want: boolean])[] = [
    ['view', 'list', twins, true],
    ['view', 'get', twins, true],
    ['view', 'get', records, false],
    ['view', 'create', twins, false],
    ['edit', 'create', twins, true],
    ['edit', 'get', records, false],
    ['edit', 'erase', twins, false],
    ['edit', 'enrol', twins, false],
    ['admin', 'get', records, true],
    ['admin', 'enrol', twins, true],
    ['admin', 'erase', twins, true],
    ['admin', 'whatif', twins, true],
    ['admin', 'audit', twins, true],
  ];
  for (const [role, verb, resource, want] of cases) {
    test(`${role} ${want ? 'may' : 'may not'} ${verb} ${resource}`, async () => {
      const binding = succeed(
        'create',
        'rolebinding',
        'person',
        '-n',
        tenant,
        `--clusterrole=${role}`,
        `--serviceaccount=${tenant}:person`,
        '-o',
        'name',
      ).trim();
      try {
        const asked = { account: person, verb, group: ours, resource, namespace: tenant };
        assert.equal(await waitForDecision(asked, want), want);
      } finally {
        succeed('delete', binding, '-n', tenant);
      }
    });
  }

  /** The API server learns of a binding, and the controller manager of aggregated roles, a moment later. */
  async function waitForDecision(asked: Asked, want: boolean): Promise<boolean> {
    await waitForBinding(asked);
    const deadline = Date.now() + 20_000;
    let decision = await isAllowed(asked);
    while (decision !== want && Date.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      decision = await isAllowed(asked);
    }
    return decision;
  }

  async function waitForBinding(asked: Asked): Promise<void> {
    const deadline = Date.now() + 20_000;
    while (!(await isAllowed({ ...asked, resource: twins, verb: 'list' })) && Date.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
});

describe('a PatientTwin under the admission policy', () => {
  const path = `/apis/twinward.io/v1alpha1/namespaces/${tenant}/patienttwins?dryRun=All`;
  const twinWith = (metadata: Json): Json => ({
    apiVersion: 'twinward.io/v1alpha1',
    kind: 'PatientTwin',
    metadata: { name: 'pt-0000000000000000', ...metadata },
    spec: { modelRefs: [{ name: 'trajectory' }] },
  });

  before(async () => {
    const deadline = Date.now() + 30_000;
    const probe = twinWith({ labels: { probe: 'x' } });
    while ((await server.call('POST', path, probe)).status === 201 && Date.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  });

  const refused: readonly (readonly [name: string, metadata: Json, want: RegExp])[] = [
    ['a label with a record number', { labels: { mrn: '000123' } }, /metadata\.labels.*remove the others/],
    ['a label of ours that does not exist', { labels: { 'twinward.io/name': 'x' } }, /metadata\.labels/],
    [
      'an annotation with a diagnosis',
      { annotations: { 'hospital.example/icd': 'I21' } },
      /metadata\.annotations.*remove the others/,
    ],
  ];
  for (const [name, metadata, want] of refused) {
    test(`cannot have ${name}`, async () => {
      const answer = await server.call('POST', path, twinWith(metadata));
      assert.equal(answer.status, 403, JSON.stringify(answer.body));
      assert.match(answer.message, want);
    });
  }

  test('can have what tools write, and the request for an update', async () => {
    const metadata = {
      labels: { 'app.kubernetes.io/managed-by': 'Helm', 'kustomize.toolkit.fluxcd.io/name': 'clinic' },
      annotations: { 'twinward.io/refresh': '7', 'argocd.argoproj.io/tracking-id': 'x' },
    };
    const answer = await server.call('POST', path, twinWith(metadata));
    assert.equal(answer.status, 201, answer.message);
  });
});

describe('the samples', () => {
  for (const folder of ['getting-started', 'mounted-folder', 'gpu']) {
    test(`of ${folder} are accepted without a warning`, () => {
      succeed(
        'apply',
        '--dry-run=server',
        '--warnings-as-errors',
        '-n',
        tenant,
        '-f',
        join(server.root, 'samples', folder),
      );
    });
  }

  test('of getting-started are accepted in the opposite order, each file by itself', () => {
    const folder = join(server.root, 'samples/getting-started');
    const files = readdirSync(folder).filter((file) => file.endsWith('.yaml'));
    assert.ok(files.length >= 6);
    for (const file of files.sort().reverse()) {
      succeed('apply', '-n', tenant, '-f', join(folder, file));
    }
  });

  test('of getting-started refer to twins that have records', () => {
    const names = succeed('get', 'ptwin', '-n', tenant, '-o', 'jsonpath={.items[*].metadata.name}').split(
      ' ',
    );
    assert.equal(names.length, 5);
    const records = readdirSync(join(server.root, 'samples/getting-started/records'));
    assert.deepEqual(
      names.filter((name) => !records.includes(`${name}.json`)),
      [],
    );
  });

  test('of getting-started name the bundle in the image by its digest', () => {
    const manifestFile = join(server.root, 'models/bundles/trajectory-core/manifest.json');
    const digest = createHash('sha256').update(readFileSync(manifestFile)).digest('hex');
    const pinned = succeed(
      'get',
      'tmodel',
      'trajectory',
      '-n',
      tenant,
      '-o',
      'jsonpath={.spec.artifact.sha256}',
    );
    assert.equal(pinned, digest);
  });
});
