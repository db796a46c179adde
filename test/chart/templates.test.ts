// What the chart renders, without a server: always the same, by either Helm, strict about its values, and what is committed.
import assert from 'node:assert/strict';
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { stringify } from 'yaml';
import { resolveBinaries } from '../../local/binaries/resolve.ts';
import { silentProgress } from '../../local/progress.ts';
import { configSchema as operatorConfig } from '../../operator/config.ts';
import { configSchema as twinsConfig } from '../../workers/twins/config.ts';
import { type Json, run } from '../e2e/stack.ts';
import { CHART, type Helm, helmOf, identityOf, objectsIn, podTemplates, ROOT, SYSTEM } from './helm.ts';
import { readValues } from './values/definition.ts';
import { schemaOf } from './values/schema.ts';
import { withTable } from './values/table.ts';
import { refused, variants } from './variants.ts';

const manifests = join(ROOT, 'charts/manifests');
const valuesText = readFileSync(join(CHART, 'values.yaml'), 'utf8');
const committed = (file: string): string => readFileSync(join(manifests, file), 'utf8');
const byIdentity = (objects: readonly Json[]): Readonly<Record<string, Json>> =>
  Object.fromEntries(objects.map((object) => [`${object.apiVersion} ${identityOf(object)}`, object]));

describe('the chart', { timeout: 300_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'twinward-chart-templates-'));
  let helm: Helm;
  let helm3: Helm;
  let kubectl = '';
  before(async () => {
    helm = await helmOf('helm', folder);
    helm3 = await helmOf('helm3', folder);
    kubectl = (await resolveBinaries(silentProgress)).kubectl;
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const fileOf = (values: Json): string => {
    const file = join(mkdtempSync(join(folder, 'values-')), 'values.json');
    writeFileSync(file, JSON.stringify(values));
    return file;
  };
  const render = (values: Json, by: Helm = helm): Promise<string> =>
    by('template', 'twinward', CHART, '-n', SYSTEM, '--kube-version', '1.36.0', '-f', fileOf(values));

  for (const [name, values] of Object.entries(variants)) {
    it(`renders ${name} twice alike, and alike by Helm 3 and Helm 4`, async () => {
      const once = await render(values);
      assert.equal(await render(values), once);
      assert.deepEqual(byIdentity(objectsIn(await render(values, helm3))), byIdentity(objectsIn(once)));
      assert.doesNotMatch(once, /<no value>|%!|<nil>/);
    });
  }

  it('has nothing in its templates that depends on a cluster, a moment or chance', () => {
    const files = globSync('{twinward,twinward-crds}/templates/**/*.{yaml,tpl,txt}', {
      cwd: join(ROOT, 'charts'),
    });
    assert.ok(files.length > 20);
    for (const file of files) {
      const text = readFileSync(join(ROOT, 'charts', file), 'utf8');
      assert.doesNotMatch(
        text,
        /helm\.sh\/hook|\b(lookup|genCA|genSelfSignedCert|genSignedCert|genPrivateKey|rand\w+|uuidv4|now|date)\b\s+[."(]|\.Capabilities/,
        file,
      );
    }
  });

  it('is linted without a complaint', async () => {
    await helm('lint', '--strict', CHART, join(ROOT, 'charts/twinward-crds'));
  });

  for (const [name, [values, message]] of Object.entries(refused)) {
    it(`refuses ${name}`, async () => {
      const ran = await helm.try('template', 'twinward', CHART, '-n', SYSTEM, '-f', fileOf(values));
      assert.notEqual(ran.code, 0);
      assert.match(ran.err, message);
    });
  }

  it('has fewer than 500 lines of values, each with a comment', () => {
    assert.ok(valuesText.split('\n').length < 500);
    assert.throws(
      () => schemaOf(readValues('operator:\n  replicas: 2\n')),
      /operator.replicas has no comment/,
    );
  });

  it('has a schema and a table that follow from its values', () => {
    const all = readValues(valuesText);
    const schema = readFileSync(join(CHART, 'values.schema.json'), 'utf8');
    assert.deepEqual(JSON.parse(schema), schemaOf(all));
    const readme = readFileSync(join(CHART, 'README.md'), 'utf8');
    assert.equal(withTable(readme, all), readme);
  });

  it('has a schema that is strict in every object with named keys', () => {
    const loose = (schema: Json, path: string): readonly string[] => {
      if (typeof schema !== 'object' || schema === null) return [];
      const own =
        schema.properties !== undefined && schema.type === 'object' && schema.additionalProperties !== false;
      const below = Object.entries(schema.properties ?? {}).flatMap(([key, each]) =>
        loose(each, `${path}.${key}`),
      );
      return [...(own ? [path] : []), ...below];
    };
    assert.deepEqual(loose(JSON.parse(readFileSync(join(CHART, 'values.schema.json'), 'utf8')), ''), []);
  });

  it('has settings that processes know, with the defaults of the processes', () => {
    const settings = readValues(valuesText).find(({ key }) => key === 'config')?.children ?? [];
    const environment = { POD_NAME: 'x', POD_NAMESPACE: 'x', TWINWARD_TWINS_ADDRESS: 'x' };
    const images = {
      TWINWARD_IMAGE_INGEST: 'x',
      TWINWARD_IMAGE_INFERENCE: 'x',
      TWINWARD_IMAGE_INFERENCE_CUDA: 'x',
      TWINWARD_IMAGE_SIMULATE: 'x',
    };
    const known: Json = { ...operatorConfig.parse({ ...environment, ...images }), ...twinsConfig.parse({}) };
    assert.ok(settings.length > 5);
    for (const { key, fallback } of settings) {
      const variable = `TWINWARD_${key.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
      assert.equal(known[variable], fallback, variable);
    }
  });

  it('hands its shared settings to every process, and starts new pods when they change', async () => {
    const objects = async (values: Json): Promise<Json> => byIdentity(objectsIn(await render(values)));
    const [before, after] = [await objects({}), await objects({ config: { samples: 64 } })];
    assert.equal(after['v1 ConfigMap/twinward-config'].data.TWINWARD_SAMPLES, '64');
    assert.equal(after['v1 ConfigMap/twinward-config'].data.TWINWARD_SEED, '20260901');
    for (const name of ['operator', 'twins']) {
      const [old, next] = [before, after].map(
        (each) => each[`apps/v1 Deployment/twinward-${name}`].spec.template,
      );
      assert.deepEqual(next.spec, old.spec);
      assert.notEqual(
        next.metadata.annotations['twinward.io/config'],
        old.metadata.annotations['twinward.io/config'],
      );
    }
  });

  it('names the migration by its template: another image is another Job, other replicas are not', async () => {
    const job = async (values: Json): Promise<string> =>
      objectsIn(await render(values)).find(({ kind }) => kind === 'Job').metadata.name;
    const own = await job({});
    assert.match(own, /^twinward-migrate-[0-9a-f]{8}$/);
    assert.equal(await job({ twins: { replicas: 3 }, logLevel: 'info' }), own);
    assert.notEqual(await job({ image: { tag: '9' } }), own);
  });

  it('gives each process an account of its own, requests, a limit of memory, and no default token', async () => {
    const templates = podTemplates(objectsIn(await render(variants['everything on'])));
    assert.equal(templates.length, 4);
    const accounts = templates.map(({ template }) => template.spec.serviceAccountName);
    assert.equal(new Set(accounts).size, 4);
    for (const { template, owner } of templates) {
      for (const { resources } of template.spec.containers) {
        assert.ok(resources.requests.cpu && resources.requests.memory && resources.limits.memory, owner);
      }
      assert.equal(template.spec.enableServiceLinks, false);
    }
    const migrate = templates.find(({ owner }) => owner.startsWith('Job/'))?.template;
    assert.equal(migrate.spec.automountServiceAccountToken, false);
  });

  it('keeps what holds objects or records, whoever prunes', async () => {
    const objects = byIdentity(objectsIn(await render(variants['everything on'])));
    const kept = Object.entries(objects).filter(([identity]) =>
      /CustomResourceDefinition|PersistentVolumeClaim|Namespace/.test(identity),
    );
    assert.equal(kept.length, 6);
    for (const [identity, { metadata }] of kept) {
      const { annotations } = metadata;
      assert.equal(annotations['helm.sh/resource-policy'], 'keep', identity);
      assert.match(annotations['argocd.argoproj.io/sync-options'], /Prune=false,Delete=false/, identity);
      assert.equal(annotations['kustomize.toolkit.fluxcd.io/prune'], 'disabled', identity);
    }
  });

  it('has kinds that a plain kubectl apply can store', () => {
    for (const file of globSync('charts/twinward-crds/templates/*.yaml', { cwd: ROOT })) {
      assert.ok(statSync(join(ROOT, file)).size < 200_000, file);
    }
  });

  it('is what charts/manifests has, which kustomize builds', async () => {
    const values = ['-f', join(manifests, 'install.values.yaml')];
    const rendered = objectsIn(await helm('template', 'twinward', CHART, '-n', SYSTEM, ...values));
    const built = await run(kubectl, ['kustomize', manifests]);
    assert.equal(built.code, 0, built.err);
    const kinds = objectsIn(committed('crds.yaml'));
    assert.deepEqual(byIdentity(objectsIn(committed('install.yaml'))), byIdentity(rendered));
    assert.deepEqual(byIdentity(objectsIn(built.out)), byIdentity([...kinds, ...rendered]));
  });

  it('takes images of another registry from the overlay of docs/installation.md, for children too', async () => {
    const documented = readFileSync(join(ROOT, 'docs/installation.md'), 'utf8');
    const overlay = mkdtempSync(join(folder, 'overlay-'));
    for (const [, file = '', text = ''] of documented.matchAll(/```yaml\n# (overlay\/[\w.]+)\n(.*?)```/gs)) {
      mkdirSync(join(overlay, 'overlay'), { recursive: true });
      writeFileSync(join(overlay, file), text.replace('../charts/manifests', 'BASE'));
    }
    const file = join(overlay, 'overlay/kustomization.yaml');
    const base = join(overlay, 'base');
    mkdirSync(base);
    for (const name of ['crds.yaml', 'install.yaml', 'kustomization.yaml'])
      writeFileSync(join(base, name), committed(name));
    writeFileSync(file, readFileSync(file, 'utf8').replace('BASE', '../base'));
    const built = await run(kubectl, ['kustomize', join(overlay, 'overlay')]);
    assert.equal(built.code, 0, built.err);
    assert.doesNotMatch(built.out, /ghcr\.io\/twinward/);
    assert.match(built.out, /value: registry\.example\/twinward\/ingest:1\.0\.0/);
    assert.ok(stringify(objectsIn(built.out)).length > 1_000);
  });
});
