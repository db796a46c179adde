// The objects for Argo CD and Flux, and the clinic that they deliver, on a real API server with the published kinds.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { parseAllDocuments } from 'yaml';
import { resolveTool } from '../../local/binaries/tools.ts';
import { lineProgress } from '../../local/progress.ts';
import { type ApiServer, installKinds, startApiServer } from '../integration/crds/api-server.ts';
import { eventually } from '../integration/runtime/plane.ts';
import { ask, resolveProgram } from './program.ts';
import { publishedKinds } from './published-kinds.ts';
import { ROOT } from './record.ts';

const GITOPS = 'charts/gitops';
let server: ApiServer;
/** Kinds without a namespace, as the API server knows them. */
let clusterWide: ReadonlySet<string>;

function succeed(...args: readonly string[]): string {
  const done = server.kubectl(...args);
  assert.equal(done.status, 0, `kubectl ${args.join(' ')}: ${done.stderr}`);
  return done.stdout;
}

before(async () => {
  const published = await publishedKinds();
  server = await startApiServer();
  installKinds(server);
  succeed('apply', '--server-side', ...published.flatMap((path) => ['-f', path]));
  const wait = ['wait', '--for=condition=Established', '--timeout=30s', 'crd', '--all'];
  await eventually('all kinds are served', () => server.kubectl(...wait).status === 0, 60_000);
  for (const namespace of ['argocd', 'flux-system', 'clinic']) succeed('create', 'namespace', namespace);
  const lines = succeed('api-resources', '--namespaced=false', '--no-headers').split('\n');
  clusterWide = new Set(lines.map((line) => line.trim().split(/\s+/).at(-1) ?? ''));
});
after(() => server.stop());

const dryRun = ['apply', '--server-side', '--dry-run=server', '--validate=strict', '--warnings-as-errors'];

/** What the tests read of the kinds of Argo CD and Flux. */
interface Spec {
  readonly path?: string;
  readonly values?: object;
  readonly source?: {
    readonly path?: string;
    readonly repoURL: string;
    readonly helm?: { readonly valuesObject?: object };
  };
  readonly destination?: { readonly namespace: string };
  readonly dependsOn?: readonly { readonly name: string }[];
  readonly sourceRepos?: readonly string[];
  readonly destinations?: readonly { readonly namespace: string }[];
  readonly clusterResourceWhitelist?: readonly { readonly kind: string }[];
}

interface Read {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly annotations?: Readonly<Record<string, string>> };
  readonly spec?: Spec;
}

const objectsIn = (path: string): readonly Read[] =>
  parseAllDocuments(readFileSync(join(ROOT, path), 'utf8')).map((document) => document.toJS() as Read);

const argo = globSync(`${GITOPS}/argocd/{*,apps/*}.yaml`, { cwd: ROOT }).sort();
const flux = [`${GITOPS}/flux/twinward.yaml`, `${GITOPS}/flux/system/sources.yaml`];

describe('the API server accepts, with the published kinds,', () => {
  it('finds files', () => assert.ok(argo.length >= 6));
  for (const path of [...argo, ...flux]) it(path, () => void succeed(...dryRun, '-f', join(ROOT, path)));

  it('and refuses a field that Argo CD does not know', () => {
    const [application] = objectsIn(`${GITOPS}/argocd/root.yaml`);
    const wrong = { ...application, spec: { ...application?.spec, syncPolicie: {} } };
    const refused = server.kubectl(...dryRun, '-f', writeJson(wrong));
    assert.match(refused.stderr, /spec\.syncPolicie/);
  });
});

function writeJson(object: object): string {
  const path = join(mkdtempSync(join(tmpdir(), 'twinward-gitops-')), 'object.json');
  writeFileSync(path, JSON.stringify(object));
  return path;
}

it('Flux reads the HelmReleases, every field of them', async () => {
  const program = await resolveProgram();
  const releases = parseAllDocuments(readFileSync(join(ROOT, `${GITOPS}/flux/system/releases.yaml`), 'utf8'));
  const texts = releases.map(String);
  assert.equal(texts.length, 2);
  const [first = ''] = texts;
  const { helmReleases } = ask(program, {
    helmReleases: [...texts, first.replace('interval:', 'intervall:')],
  });
  assert.deepEqual(helmReleases.slice(0, 2), ['', '']);
  assert.match(helmReleases[2] ?? '', /unknown field "intervall"/);
});

it('the chart accepts the values that Flux and Argo CD give it, and renders no CRD with them', async () => {
  const helm = await resolveTool(
    'helm',
    lineProgress((line) => console.log(line)),
  );
  const releases = objectsIn(`${GITOPS}/flux/system/releases.yaml`);
  const [application] = objectsIn(`${GITOPS}/argocd/apps/system.yaml`);
  const given = [
    releases.find(({ metadata }) => metadata.name === 'twinward')?.spec?.values,
    application?.spec?.source?.helm?.valuesObject,
  ].filter((values) => values !== undefined);
  assert.equal(given.length, 2);
  const render = (values: object): ReturnType<typeof spawnSync> => {
    const args = [
      'template',
      'twinward',
      'charts/twinward',
      '--kube-version=1.36.0',
      '--values',
      writeJson(values),
    ];
    return spawnSync(helm, args, { cwd: ROOT, encoding: 'utf8' });
  };
  for (const values of given) {
    const { status, stdout, stderr } = render(values);
    assert.equal(status, 0, String(stderr));
    assert.match(String(stdout), /TWINWARD_CLUSTER_ID[\s\S]*?hospital/);
    assert.doesNotMatch(String(stdout), /kind: CustomResourceDefinition/);
  }
  assert.notEqual(render({ ...given[0], clusterID: 'x' }).status, 0);
});

describe('what Flux and Argo CD deliver', () => {
  for (const folder of ['clinic', 'runs', 'flux/system']) {
    it(`${folder} is a kustomization`, () => {
      const built = succeed('kustomize', join(ROOT, GITOPS, folder));
      assert.notEqual(built, '');
    });
  }
  for (const folder of ['clinic', 'runs']) {
    it(`${folder} is accepted`, () => void succeed(...dryRun, '-k', join(ROOT, GITOPS, folder)));
  }

  it('is asked for by paths that exist', () => {
    const folders = [
      ...argo.flatMap((path) => objectsIn(path)).map(({ spec }) => spec?.source?.path),
      ...objectsIn(`${GITOPS}/flux/twinward.yaml`).map(({ spec }) => spec?.path),
    ].filter((path): path is string => path !== undefined);
    assert.equal(folders.length, 5);
    for (const path of folders)
      assert.notDeepEqual(globSync('*.yaml', { cwd: join(ROOT, GITOPS, path) }), [], path);
  });

  it('comes kinds first, then the operator, then clinics', () => {
    const waves = globSync(`${GITOPS}/argocd/apps/*.yaml`, { cwd: ROOT })
      .flatMap((path) => objectsIn(path))
      .map(
        ({ metadata }) =>
          [metadata.name, Number(metadata.annotations?.['argocd.argoproj.io/sync-wave'])] as const,
      )
      .sort((a, b) => a[1] - b[1]);
    assert.deepEqual(waves, [
      ['twinward-crds', -5],
      ['twinward-system', 0],
      ['clinic', 5],
    ]);
    const depends = objectsIn(`${GITOPS}/flux/twinward.yaml`).map(({ metadata, spec }) => [
      metadata.name,
      (spec?.dependsOn ?? []).map(({ name }) => name),
    ]);
    assert.deepEqual(depends, [
      ['twinward', []],
      ['clinic', ['twinward']],
      ['clinic-runs', ['clinic']],
    ]);
  });

  it('is allowed by the project: every address, namespace and cluster-wide kind', () => {
    const [project] = objectsIn(`${GITOPS}/argocd/project.yaml`);
    const applications = argo.flatMap((path) => objectsIn(path)).filter(({ kind }) => kind === 'Application');
    assert.equal(applications.length, 4);
    const namespaces = project?.spec?.destinations?.map((each) => each.namespace) ?? [];
    for (const { metadata, spec } of applications) {
      assert.ok(project?.spec?.sourceRepos?.includes(spec?.source?.repoURL ?? ''), metadata.name);
      assert.ok(namespaces.includes(spec?.destination?.namespace ?? ''), metadata.name);
    }
    const allowed = project?.spec?.clusterResourceWhitelist?.map((each) => each.kind) ?? [];
    const rendered = ['crds', 'install'].flatMap((name) => objectsIn(`charts/manifests/${name}.yaml`));
    const wide = rendered.filter((object) => clusterWide.has(object?.kind ?? ''));
    assert.ok(wide.length > 5);
    assert.deepEqual(
      wide.filter(({ kind }) => !allowed.includes(kind)).map(({ kind }) => kind),
      [],
    );
  });
});
