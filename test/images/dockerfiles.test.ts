import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { images, root } from './catalogue.ts';
import { type DockerfileReader, openDockerfileReader } from './dockerfile-reader.ts';
import { findings } from './rules.ts';

/** Every Dockerfile of the repository, whether or not the catalogue names it. */
function allDockerfiles(): readonly string[] {
  return [
    '.',
    'operator',
    'dashboard',
    ...readdirSync(join(root, 'workers')).map((name) => `workers/${name}`),
  ]
    .flatMap((folder) => filesOf(folder).map((name) => join(folder, name)))
    .filter((path) => /(^|\/)Dockerfile(\.|$)/.test(path));
}

function filesOf(folder: string): readonly string[] {
  try {
    return readdirSync(join(root, folder));
  } catch {
    return [];
  }
}

describe('Dockerfiles', () => {
  let reader: DockerfileReader;
  let scratch: string;
  before(async () => {
    reader = await openDockerfileReader();
    scratch = mkdtempSync(join(tmpdir(), 'twinward-dockerfiles-'));
  });
  after(() => rmSync(scratch, { recursive: true }));

  it('are all known to the tests', () => {
    const known = [...images.map((image) => image.dockerfile), 'workers/inference/Dockerfile.cuda'].sort();
    assert.deepEqual([...allDockerfiles()].sort(), known);
  });

  for (const path of allDockerfiles()) {
    it(`${path} keeps every rule`, async () => {
      assert.deepEqual(findings(await reader.read(join(root, path))), []);
    });
  }

  for (const image of images) {
    it(`${image.dockerfile} starts ${image.entrypoint}`, async () => {
      const file = await reader.read(join(root, image.dockerfile));
      const start = file.stages.at(-1)?.commands.find(({ kind }) => kind === 'ENTRYPOINT');
      assert.deepEqual(start?.words, ['node', image.entrypoint]);
    });
  }

  it('with the CUDA provider take it in a stage of its own, at the version of the engine', async () => {
    const file = await reader.read(join(root, 'workers/inference/Dockerfile.cuda'));
    const stage = file.stages.find(({ name }) => name === 'accelerator');
    const requirements = readFileSync(join(root, 'workers/inference/image/cuda-requirements.txt'), 'utf8');
    const lines = requirements.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    const engine = JSON.parse(
      readFileSync(join(root, 'node_modules/onnxruntime-node/package.json'), 'utf8'),
    ) as { readonly version: string };
    assert.ok(
      stage?.commands.some(({ sources }) => sources.some((path) => path.endsWith('cuda-requirements.txt'))),
    );
    for (const line of lines) assert.match(line, /^[\w-]+==[\w.]+ --hash=sha256:[0-9a-f]{64}$/);
    assert.ok(
      lines.some((line) => line.startsWith(`onnxruntime-gpu==${engine.version} `)),
      requirements,
    );
  });

  for (const [name, own, ok] of [
    ['of the same build is taken', 'f2c39fe2f', true],
    ['of another build stops the making of the image', 'aaaaaaaaa', false],
  ] as const) {
    it(`with a CUDA provider ${name}`, async () => {
      const file = await reader.read(join(root, 'workers/inference/Dockerfile.cuda'));
      const commands = file.stages.flatMap((stage) => stage.commands).map(({ words }) => words.join(' '));
      const check = commands.find((text) => text.includes('git-commit-id'));
      assert.ok(check);
      const folder = mkdtempSync(join(scratch, 'provider-'));
      mkdirSync(join(folder, 'packages/onnxruntime/capi'), { recursive: true });
      const info = (commit: string): string =>
        `\0ORT Build Info: git-commit-id=${commit}, build type=Release\0`;
      writeFileSync(join(folder, 'engine.so'), info('f2c39fe2f'));
      writeFileSync(join(folder, 'packages/onnxruntime/capi/libonnxruntime.so.1.30.0'), info(own));
      assert.equal(spawnSync('/bin/sh', ['-e', '-c', check], { cwd: folder }).status === 0, ok);
    });
  }

  const faults: readonly [name: string, from: string | RegExp, to: string, want: RegExp][] = [
    [
      'a tag instead of a digest',
      /@sha256:[0-9a-f]{64}\nWORKDIR \/app\nENV NODE_ENV/,
      '\nWORKDIR /app\nENV NODE_ENV',
      /not pinned/,
    ],
    ['a large base', /gcr\.io\/distroless\/cc-debian12:nonroot/, 'debian:12', /neither distroless nor slim/],
    ['another Node', 'node:24.21.0-', 'node:24.20.0-', /is not Node/],
    ['root', 'USER 65532:65532\n', '', /does not say USER/],
    ['another account', 'USER 65532:65532', 'USER 0:0', /does not say USER/],
    ['a shell as entrypoint', /ENTRYPOINT .*/, 'ENTRYPOINT node operator/main.ts', /no ENTRYPOINT/],
    [
      'a shell as entrypoint, to the linter',
      /ENTRYPOINT .*/,
      'ENTRYPOINT node operator/main.ts',
      /JSONArgsRecommended/,
    ],
    ['install scripts', ' --ignore-scripts', '', /install scripts/],
    ['development tools', ' --omit=dev', '', /development tools/],
    ['npm install', 'npm ci', 'npm install', /more than npm ci/],
    ['an unpinned system package', 'RUN npm', 'RUN apt-get install -y jq && npm', /no lock pins/],
    ['a build step in the image', 'USER 65532', 'RUN true\nUSER 65532', /may only copy/],
    ['a writable volume', 'USER 65532', 'VOLUME /data\nUSER 65532', /VOLUME/],
    ['ADD', 'COPY crds', 'ADD crds', /ADD/],
    ['an absolute path in RUN', 'RUN npm', 'RUN rm -rf /app/x && npm', /absolute path/],
    ['a variable nobody set', 'COPY crds ./crds', 'COPY $PART ./crds', /UndefinedVar/],
    ['a secret in the environment', 'ENV NODE_ENV=production', 'ENV API_TOKEN=abc', /SecretsUsedInArgOrEnv/],
    [
      'a stage that does not exist',
      '--from=packages /app/package.json',
      '--from=nowhere /app/package.json',
      /takes an image/,
    ],
  ];
  for (const [index, [name, from, to, want]] of faults.entries()) {
    it(`are refused with ${name}`, async () => {
      const text = readFileSync(join(root, 'operator/Dockerfile'), 'utf8');
      const path = join(scratch, `fault-${index}`);
      writeFileSync(path, text.replace(from, to));
      assert.notEqual(readFileSync(path, 'utf8'), text, 'the fault was not planted');
      assert.match(findings(await reader.read(path)).join('\n'), want);
    });
  }
});

describe('the build context', () => {
  it('holds no test, no secret, no folder of a tool', async () => {
    const reader = await openDockerfileReader();
    const files = await reader.contextFiles(root);
    const strange = files.filter((path) =>
      /\.test\.ts$|(^|\/)(node_modules|\.git|\.venv|\.twinward|test|local|charts|pulumi|docs)\/|Dockerfile|\.env/.test(
        path,
      ),
    );
    assert.deepEqual(strange, []);
    assert.ok(files.includes('operator/main.ts'));
  });
});
