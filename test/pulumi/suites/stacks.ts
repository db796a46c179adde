// Each program runs for real; what it registers is compared with what was reviewed, and looked at as a graph.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { pulumiFolder } from '../stand/install.ts';
import { differences, matrix } from '../stand/matrix.ts';
import type { Resource } from '../stand/monitor.ts';
import { type Project, projects, type Run, runProject, stackConfig, stackName } from '../stand/program.ts';
import {
  committedRuns,
  type Environment,
  environments,
  outputsBefore,
  type Runs,
  resourcesOf,
} from '../stand/runs.ts';
import { shortName, snapshot } from '../stand/snapshot.ts';
import { at, type Value } from '../stand/values.ts';

let runs: Runs;

before(async () => {
  runs = await committedRuns();
});

const all = (environment: Environment): readonly Resource[] => resourcesOf(runs, environment);

for (const environment of environments) {
  for (const project of projects) {
    test(`${project} of ${environment} registers what was reviewed`, () => {
      const file = join(import.meta.dirname, `../golden/${project}.${environment}.gen.json`);
      const text = snapshot(runs[environment][project]);
      if (process.env['TWINWARD_UPDATE_GOLDEN'] !== undefined) writeFileSync(file, text);
      assert.ok(
        existsSync(file),
        `${file} is missing: TWINWARD_UPDATE_GOLDEN=1 npm run test:pulumi writes it`,
      );
      const want = readFileSync(file, 'utf8');
      assert.equal(
        text,
        want,
        'if it is meant: TWINWARD_UPDATE_GOLDEN=1 npm run test:pulumi, and look at the diff',
      );
    });
  }
}

describe('parents', () => {
  test('everything hangs below a component of ours', () => {
    const free = ['pulumi:pulumi:Stack', 'pulumi:pulumi:StackReference', 'pulumi:providers:kubernetes'];
    for (const environment of environments) {
      const resources = all(environment);
      const byUrn = new Map(resources.map((resource) => [resource.urn, resource]));
      for (const resource of resources.filter(({ type }) => !free.includes(type))) {
        const parent = byUrn.get(resource.parent);
        assert.ok(parent, `${resource.urn} has no parent that exists`);
        const wanted = resource.type.startsWith('twinward:')
          ? /^pulumi:pulumi:Stack$|^twinward:/
          : /^twinward:/;
        assert.match(parent.type, wanted, `${resource.urn} hangs below ${parent.type}`);
      }
    }
  });

  test('every component has something below it', () => {
    const resources = all('prod');
    const components = resources.filter(({ type }) => type.startsWith('twinward:'));
    assert.ok(components.length >= 10);
    for (const { urn } of components)
      assert.ok(
        resources.some(({ parent }) => parent === urn),
        urn,
      );
  });
});

/** Who encrypts, for every property that takes a key: the domain of its service agent. */
const agents: Readonly<Record<string, RegExp>> = {
  'gcp:sql/databaseInstance:DatabaseInstance encryptionKeyName': /@gcp-sa-cloud-sql\./,
  'gcp:storage/bucket:Bucket encryption.defaultKmsKeyName': /@gs-project-accounts\./,
  'gcp:container/cluster:Cluster databaseEncryption.keyName': /@container-engine-robot\./,
  'gcp:container/cluster:Cluster nodeConfig.bootDiskKmsKey': /@compute-system\./,
  'gcp:container/nodePool:NodePool nodeConfig.bootDiskKmsKey': /@compute-system\./,
  'gcp:artifactregistry/repository:Repository kmsKeyName': /@gcp-sa-artifactregistry\./,
  'gcp:logging/projectBucketConfig:ProjectBucketConfig cmekSettings.kmsKeyName': /@gcp-sa-logging\./,
  'gcp:secretmanager/secret:Secret replication.userManaged.replicas[0].customerManagedEncryption.kmsKeyName':
    /@gcp-sa-secretmanager\./,
};

function keysIn(value: Value | undefined, path = ''): readonly (readonly [string, string])[] {
  if (typeof value === 'string')
    return /^projects\/.*\/cryptoKeys\/[^/]+$/.test(value) ? [[path, value]] : [];
  if (Array.isArray(value)) return value.flatMap((item, index) => keysIn(item, `${path}[${index}]`));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => keysIn(item, path === '' ? key : `${path}.${key}`));
}

function encryptions(environment: Environment): readonly { resource: Resource; use: string; key: string }[] {
  return all(environment)
    .filter(({ type, custom }) => custom && !type.startsWith('gcp:kms/'))
    .flatMap((resource) =>
      keysIn(resource.inputs).map(([path, key]) => ({ resource, use: `${resource.type} ${path}`, key })),
    );
}

function grantOf(environment: Environment, key: string): Resource | undefined {
  return all(environment).find(
    ({ type, inputs }) =>
      type === 'gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember' && inputs['cryptoKeyId'] === key,
  );
}

describe('customer-managed keys', () => {
  test('every resource that takes a key is known here, and every kind known here takes one', () => {
    const used = new Set(encryptions('prod').map(({ use }) => use));
    assert.deepEqual([...used].sort(), Object.keys(agents).sort());
  });

  test('the agent of the service may use the key', () => {
    for (const environment of environments) {
      for (const { use, key } of encryptions(environment)) {
        const grant = grantOf(environment, key);
        assert.equal(grant?.inputs['role'], 'roles/cloudkms.cryptoKeyEncrypterDecrypter', use);
        assert.match(String(grant?.inputs['member']), agents[use] ?? /^$/, use);
      }
    }
  });

  test('whoever uses a key in the stack of the keys waits for the grant', () => {
    const urns = new Set(runs.prod.foundation.resources.map(({ urn }) => urn));
    const here = encryptions('prod').filter(({ resource }) => urns.has(resource.urn));
    assert.equal(here.length, 5, 'four repositories and the audit bucket');
    for (const { resource, key } of here) {
      const grant = grantOf('prod', key);
      assert.ok(grant && resource.dependencies.includes(grant.urn), `${resource.urn} does not wait`);
    }
  });

  test('another stack learns of a key only after the grant', async () => {
    const run = await runProject('foundation', 'prod', {
      preview: ['gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember'],
    });
    assert.equal(run.exitCode, 0, run.output);
    const known = runs.prod.foundation.stack.outputs['keyIds'];
    assert.equal(Object.keys(known ?? {}).length, 7);
    const unsure = at(run.stack.outputs, 'keyIds');
    for (const use of Object.keys(known ?? {})) {
      assert.doesNotMatch(String(at(unsure, use)), /cryptoKeys/, `${use} is known before its grant`);
    }
  });
});

describe('order', () => {
  const waits = (project: Project, who: RegExp, forWhom: RegExp): void => {
    const { resources } = runs.prod[project];
    const waiting = resources.filter(({ urn }) => who.test(shortName(urn)));
    assert.ok(waiting.length > 0, `there is no ${who}`);
    for (const { urn, dependencies } of waiting) {
      assert.ok(
        dependencies.some((one) => forWhom.test(shortName(one))),
        `${urn} does not wait for ${forWhom}`,
      );
    }
  };

  test('names and endpoints of the database wait for it', () => {
    waits(
      'data',
      /RecordSet|ForwardingRule|sql\/user|sql\/database:/,
      /DatabaseInstance|ManagedZone|Address/,
    );
    waits('data', /ForwardingRule/, /DatabaseInstance/);
  });

  test('bindings of workload identities wait for the cluster, which makes their pool', () => {
    waits('cluster', /serviceaccount\/iAMMember/, /container\/cluster:Cluster/);
    waits('cluster', /bucketIAMMember/, /container\/cluster:Cluster/);
  });

  test('pools wait for the cluster, the root for its engine', () => {
    waits('cluster', /nodePool/, /container\/cluster:Cluster/);
    waits('bootstrap', /argoproj/, /Release/);
  });
});

describe('previews', () => {
  for (const project of projects) {
    test(`a preview of ${project} registers all of it, though nothing is known yet`, async () => {
      const run = await runProject(project, 'prod', {
        preview: ['*'],
        stacks: outputsBefore(runs, 'prod', project),
      });
      assert.equal(run.exitCode, 0, `${run.errors.join('\n')}\n${run.output}`);
      const names = (one: Run): readonly string[] => one.resources.map(({ urn }) => urn).sort();
      assert.deepEqual(names(run), names(runs.prod[project]));
    });
  }

  test('a stack that comes too early says what is missing', async () => {
    const run = await runProject('data', 'dev', {
      stacks: { [stackName('foundation', 'dev')]: { outputs: { keyIds: {} }, secretOutputs: [] } },
    });
    assert.notEqual(run.exitCode, 0);
    assert.match(
      run.errors.join('\n'),
      /Required output 'identityEmails' does not exist on stack|has no database/,
    );
  });
});

describe('secrets', () => {
  test('connection strings are secret wherever they go', () => {
    for (const environment of environments) {
      const { stack } = runs[environment].data;
      assert.deepEqual(stack.secretOutputs, ['databaseSecret']);
      for (const project of projects) {
        const { outputs, secretOutputs } = runs[environment][project].stack;
        for (const [name, value] of Object.entries(outputs)) {
          const isOpen = JSON.stringify(value).includes('postgresql://') && !secretOutputs.includes(name);
          assert.equal(isOpen, false, `${project} shows connection strings in ${name}`);
        }
      }
      for (const { urn, inputs, secretInputs } of all(environment)) {
        const isOpen = JSON.stringify(inputs).includes('postgresql://') && secretInputs.length === 0;
        assert.equal(isOpen, false, `${urn} shows connection strings`);
      }
    }
  });

  test('nothing looks like a password or a key', () => {
    for (const environment of environments) {
      const text = JSON.stringify([all(environment), projects.map((one) => runs[environment][one].stack)]);
      assert.doesNotMatch(text, /"(root)?[pP]assword[^"]*":"[^"]|privateKey|BEGIN (RSA |EC )?PRIVATE/);
      assert.doesNotMatch(text, /postgresql:\/\/[^@/"]+:[^@/"]+@/);
    }
  });
});

describe('environments', () => {
  test('differ where the matrix says, and nowhere else', () => {
    const list = (environment: Environment): readonly Run[] => projects.map((one) => runs[environment][one]);
    const found = differences(list('dev'), list('prod'));
    assert.deepEqual(found, Object.values(matrix).flat().sort());
  });

  test('configuration files say nothing that is not in use', () => {
    for (const environment of environments) {
      for (const project of projects) {
        const keys = Object.keys(stackConfig(project, environment));
        assert.ok(
          keys.every((key) => /^(gcp|twinward-\w+):\w+$/.test(key)),
          keys.join(),
        );
      }
    }
  });
});

test('a setting that cannot be used stops the program before the first resource', async () => {
  const config = {
    ...stackConfig('cluster', 'prod'),
    'twinward-cluster:deletionProtection': false,
    'gcp:region': 'x',
  };
  const run = await runProject('cluster', 'prod', { config, stacks: outputsBefore(runs, 'prod', 'cluster') });
  assert.notEqual(run.exitCode, 0);
  assert.deepEqual(
    run.resources.map(({ type }) => type),
    ['pulumi:pulumi:Stack'],
  );
  const said = run.errors.join('\n');
  assert.match(said, /gcp:region: must be a region such as europe-west4, not a zone/);
  assert.match(said, /twinward-cluster:deletionProtection: is false in a production stack/);
  assert.doesNotMatch(said, /\n {4}at /, 'a stack trace helps nobody here');
});

test('providers are those of the lock file', () => {
  const { dependencies } = JSON.parse(readFileSync(join(pulumiFolder, 'package.json'), 'utf8'));
  for (const { type, version, urn } of all('prod')) {
    if (type.startsWith('gcp:')) assert.equal(version, dependencies['@pulumi/gcp'], urn);
    if (type.startsWith('kubernetes:')) assert.equal(version, dependencies['@pulumi/kubernetes'], urn);
  }
});

test('the other engine gets one root, too', async () => {
  const config = { ...stackConfig('bootstrap', 'prod'), 'twinward-bootstrap:engine': 'flux' };
  const run = await runProject('bootstrap', 'prod', {
    config,
    stacks: outputsBefore(runs, 'prod', 'bootstrap'),
  });
  assert.equal(run.exitCode, 0, run.output);
  const roots = run.resources.filter(({ type }) => /argoproj|fluxcd/.test(type));
  assert.deepEqual(
    roots.map(({ type }) => type),
    ['kubernetes:fluxcd.controlplane.io/v1:FluxInstance'],
  );
  assert.equal(at(roots[0]?.inputs, 'spec.sync.path'), 'clusters/prod');
  assert.match(String(at(roots[0]?.inputs, 'spec.distribution.registry')), /-docker\.pkg\.dev\/.*\/fluxcd$/);
});
