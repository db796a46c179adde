// Every image, replayed into an empty folder, measured, and started from there as a container would be.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { deletePostgres, startPostgres, stopPostgres } from '../../local/postgres/start.ts';
import { writeCertificate } from '../integration/twins/certificate.ts';
import { type Image, imageNamed, images, root } from './catalogue.ts';
import {
  answerOf,
  type Container,
  cannotMount,
  cannotStart,
  type Setting,
  startContainer,
} from './container.ts';
import { type DockerfileReader, openDockerfileReader } from './dockerfile-reader.ts';
import { readImportGraph } from './import-graph.ts';
import { bytesOf, type Replay, replay } from './replay.ts';
import { BASE_BYTES, missingFor } from './system-libraries.ts';

const skip = cannotStart() ?? false;
const skipMount = cannotMount() ?? false;
const BUNDLE = 'trajectory-core';
const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

let reader: DockerfileReader;
let scratch: string;
let context: readonly string[];
let address = 0;
const replays = new Map<string, Replay>();
const running: Container[] = [];

before(async () => {
  reader = await openDockerfileReader();
  context = await reader.contextFiles(root);
  scratch = mkdtempSync(join(tmpdir(), 'twinward-images-'));
  chmodSync(scratch, 0o755);
});
after(async () => {
  await Promise.all(running.map((container) => container.stop()));
  rmSync(scratch, { recursive: true });
});

async function replayed(image: Image): Promise<Replay> {
  const known = replays.get(image.name);
  if (known !== undefined) return known;
  const file = await reader.read(join(root, image.dockerfile));
  const made = await replay(file, context, join(scratch, image.name));
  replays.set(image.name, made);
  return made;
}

/** A port that nobody listens on, so that a peer is away. */
async function unusedPort(): Promise<number> {
  const server = createServer();
  const port = await new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as { readonly port: number }).port));
  });
  await new Promise((resolve) => server.close(resolve));
  return port;
}

interface Started {
  readonly container: Container;
  /** Such as http://127.65.0.1:8081. */
  readonly health: string;
}

/** Starts an image with an address of its own, so that the ports are those of production. */
async function start(image: Image, setting: Setting): Promise<Started> {
  address += 1;
  const ip = `127.65.${process.pid % 250}.${address}`;
  const mounts = join(scratch, `mounts-${address}`);
  mkdirSync(mounts);
  const environment = {
    POD_IP: ip,
    POD_NAME: `${image.name}-0`,
    POD_NAMESPACE: 'clinic',
    ...setting.environment,
  };
  const container = startContainer(await replayed(image), mounts, { ...setting, environment });
  running.push(container);
  return { container, health: `http://${ip}:8081` };
}

async function settingOf(name: string): Promise<Setting> {
  const away = `127.0.0.1:${await unusedPort()}`;
  const [host = '', port = ''] = away.split(':');
  const files = {
    [`${SERVICE_ACCOUNT}/token`]: 'x.y.z',
    [`${SERVICE_ACCOUNT}/namespace`]: 'twinward-system',
    [`${SERVICE_ACCOUNT}/ca.crt`]: await certificate(),
    '/var/run/secrets/twinward/token': 'x.y.z',
    '/var/run/secrets/twinward-ca/ca.crt': await certificate(),
  };
  const shared = { files, writable: [] };
  const manifest = readFileSync(join(root, 'models/bundles', BUNDLE, 'manifest.json'));
  const settings: Readonly<Record<string, Setting>> = {
    operator: {
      ...shared,
      environment: {
        KUBERNETES_SERVICE_HOST: host,
        KUBERNETES_SERVICE_PORT: port,
        TWINWARD_TWINS_ADDRESS: away,
        TWINWARD_IMAGE_INGEST: 'ghcr.io/twinward/ingest:0.2.0',
        TWINWARD_IMAGE_INFERENCE: 'ghcr.io/twinward/inference:0.2.0',
        TWINWARD_IMAGE_INFERENCE_CUDA: 'ghcr.io/twinward/inference:0.2.0-cuda',
        TWINWARD_IMAGE_SIMULATE: 'ghcr.io/twinward/simulate:0.2.0',
      },
    },
    ingest: {
      ...shared,
      environment: {
        TWINWARD_SOURCE: 'ehr',
        TWINWARD_SOURCE_URI: 'builtin:getting-started',
        TWINWARD_SCAN_INTERVAL_SECONDS: '60',
        TWINWARD_TWINS_ADDRESS: away,
      },
    },
    simulate: {
      ...shared,
      environment: {
        TWINWARD_TWINS_ADDRESS: away,
        TWINWARD_INFERENCE_ADDRESS: 'loopback:9000',
        TWINWARD_SIMULATION: 'statins',
        TWINWARD_RUN_KEY: 'a'.repeat(64),
      },
    },
    dashboard: {
      ...shared,
      environment: {
        KUBERNETES_SERVICE_HOST: host,
        KUBERNETES_SERVICE_PORT: port,
        TWINWARD_TWINS_ADDRESS: away,
        TWINWARD_EXTERNAL_URL: 'https://twins.clinic.example',
        TWINWARD_DATABASE_URL: `postgresql://dashboard:x@${away}/twinward`,
        TWINWARD_OIDC_ISSUER: `http://${away}`,
        TWINWARD_OIDC_CLIENT_ID: 'twinward',
        TWINWARD_OIDC_CLIENT_SECRET: 'x'.repeat(32),
      },
    },
    inference: {
      ...shared,
      environment: {
        TWINWARD_BUNDLE_URI: `builtin:${BUNDLE}`,
        TWINWARD_BUNDLE_SHA256: createHash('sha256').update(manifest).digest('hex'),
        TWINWARD_ENGINE_THREADS: '1',
      },
      permissions: ['--allow-addons', '--allow-worker'],
    },
  };
  const setting = settings[name];
  assert.ok(setting, name);
  return setting;
}

let pem: string | undefined;
async function certificate(): Promise<string> {
  if (pem !== undefined) return pem;
  const folder = join(scratch, 'certificate');
  mkdirSync(folder);
  await writeCertificate(folder);
  pem = readFileSync(join(folder, 'tls.crt'), 'utf8');
  return pem;
}

/** Path, size, time and rights of everything below a folder. */
function stateOf(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).map((entry) => {
    const path = join(entry.parentPath, entry.name);
    const { size, mtimeMs, mode } = statSync(path);
    return `${relative(folder, path)} ${size} ${mtimeMs} ${mode}`;
  });
}

function nativeFiles(tree: string): readonly string[] {
  return readdirSync(tree, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => /\.node$|\.so(\.\d+)*$|\/bin\/node$/.test(path));
}

const megabytes = (bytes: number): string => `${(bytes / 1_000_000).toFixed(0)} MB`;

/** Whether an image of these files and its base is within its bound. */
function fits(image: Image, bytes: number): boolean {
  return bytes + BASE_BYTES <= (image.maxBytes ?? 0);
}

for (const image of images) {
  describe(`the image of ${image.name}`, () => {
    it('is made by its Dockerfile, within its size', async (t) => {
      const { tree } = await replayed(image);
      const bytes = bytesOf(tree);
      const text = `${image.name}: ${megabytes(bytes + BASE_BYTES)} of ${megabytes(image.maxBytes ?? 0)} (base ${megabytes(BASE_BYTES)}, Node ${megabytes(bytesOf(join(tree, 'usr')))}, packages ${megabytes(bytesOf(join(tree, 'app/node_modules')))})`;
      t.diagnostic(text);
      assert.ok(fits(image, bytes), text);
    });

    it(`holds none of ${image.without.join(', ')}`, async () => {
      const { tree } = await replayed(image);
      const packages = readdirSync(join(tree, 'app/node_modules'), { recursive: true, encoding: 'utf8' });
      for (const name of image.without) assert.ok(!packages.includes(name), name);
    });

    it('holds every file that its entrypoint reaches, and no test', async () => {
      const { tree } = await replayed(image);
      const missing = (folder: string): readonly string[] =>
        readImportGraph(root, image.entrypoint).files.filter((path) => !existsSync(join(folder, path)));
      assert.deepEqual(missing(join(tree, 'app')), []);
      assert.notDeepEqual(missing(join(tree, 'usr')), []);
      const files = readdirSync(join(tree, 'app'), { recursive: true, encoding: 'utf8' });
      const own = files.filter((path) => !path.startsWith('node_modules/'));
      assert.deepEqual(
        own.filter((path) => path.endsWith('.test.ts')),
        [],
      );
    });

    it('holds native code of this platform only, and all libraries that it needs', async () => {
      const { tree } = await replayed(image);
      const files = nativeFiles(tree);
      const foreign = files.filter(
        (path) => /\/(darwin|win32|linux\/\w+)\//.test(path) && !path.includes(`/linux/${process.arch}/`),
      );
      assert.deepEqual(foreign, []);
      const brought = files.map((path) => path.slice(path.lastIndexOf('/') + 1));
      assert.deepEqual(missingFor(await reader.libraries(files), brought), []);
    });
  });
}

describe('an image whose peers are away', { skip }, () => {
  // A simulate worker that is ended has units left, so its Job has to try again.
  const cases: readonly [name: string, end: number][] = [
    ['operator', 0],
    ['ingest', 0],
    ['simulate', 143],
    ['dashboard', 0],
  ];
  for (const [name, end] of cases) {
    it(`starts, lives and is not ready: ${name}`, async () => {
      const image = imageNamed(name);
      const { container, health } = await start(image, await settingOf(name));
      await answerOf(container, `${health}/livez`, 200);
      await answerOf(container, `${health}/readyz`, 503);
      const metrics = await answerOf(container, `${health}/metrics`, 200);
      assert.match(metrics.text, /^# TYPE /m);
      assert.equal(await container.stop(), end, container.output());
    });
  }
});

describe('the image of dashboard', { skip }, () => {
  it('shows people its first page and its style while everything else is away', async () => {
    const { container, health } = await start(imageNamed('dashboard'), await settingOf('dashboard'));
    const people = health.replace(/8081$/, '8080');
    const first = await answerOf(container, `${people}/`, 200, /Sign in/);
    const [, style = ''] = /href="(\/style\.css[^"]*)"/.exec(first.text) ?? [];
    await answerOf(container, `${people}${style}`, 200, /--accent/);
    await answerOf(container, `${people}/sign-in`, 503, /IDENTITY_PROVIDER_UNAVAILABLE/);
    assert.equal(await container.stop(), 0, container.output());
  });
});

describe('the image of inference', { skip }, () => {
  it('serves the bundle that it carries, and writes nothing', async () => {
    const image = imageNamed('inference');
    const { tree } = await replayed(image);
    const state = stateOf(tree);
    const { container, health } = await start(image, await settingOf('inference'));
    await answerOf(container, `${health}/readyz`, 200);
    await answerOf(container, `${health}/livez`, 200);
    assert.equal(await container.stop(), 0, container.output());
    assert.deepEqual(stateOf(tree), state);
  });

  it('does not start without a package that it needs', async () => {
    const image = imageNamed('inference');
    const { tree } = await replayed(image);
    const needed = join(tree, 'app/node_modules/prom-client');
    renameSync(needed, join(scratch, 'taken-away'));
    try {
      const { container, health } = await start(image, await settingOf('inference'));
      await assert.rejects(answerOf(container, `${health}/livez`, 200), { message: /ERR_MODULE_NOT_FOUND/ });
    } finally {
      renameSync(join(scratch, 'taken-away'), needed);
    }
  });

  it('does not load the engine without the right to run native code', async () => {
    const setting = await settingOf('inference');
    const { container, health } = await start(imageNamed('inference'), {
      ...setting,
      permissions: ['--allow-worker'],
    });
    await assert.rejects(answerOf(container, `${health}/readyz`, 200));
  });
});

// 1.5 GB of packages and half a minute: not for every run.
const CUDA = 'TWINWARD_TEST_CUDA_IMAGE';
const skipCuda =
  process.env[CUDA] === undefined ? `set ${CUDA}=1, with Python 3.13 as python on the PATH` : false;

describe('the image of inference with CUDA', { skip: skipCuda }, () => {
  const DRIVER = 'libcuda.so.1';
  let made: Replay;
  before(async () => {
    const file = await reader.read(join(root, 'workers/inference/Dockerfile.cuda'));
    made = await replay(file, context, join(scratch, 'cuda'));
  });

  it('holds all libraries but that of the driver', async (t) => {
    const files = nativeFiles(made.tree);
    t.diagnostic(`inference with CUDA: ${megabytes(bytesOf(made.tree) + BASE_BYTES)}`);
    const brought = files.map((path) => path.slice(path.lastIndexOf('/') + 1));
    assert.deepEqual(missingFor(await reader.libraries(files), [...brought, DRIVER]), []);
  });

  it('loads the provider, up to the driver that no machine without a GPU has', () => {
    const model = join(root, 'models/bundles', BUNDLE, 'member-0/step.onnx');
    const code = `
      import { InferenceSession } from 'onnxruntime-node';
      await InferenceSession.create(${JSON.stringify(model)}, { executionProviders: ['cuda'] });`;
    const done = spawnSync(join(made.tree, 'usr/local/bin/node'), ['--input-type=module', '--eval', code], {
      cwd: join(made.tree, 'app'),
      env: { LD_LIBRARY_PATH: join(made.tree, 'usr/local/cuda/lib64') },
      encoding: 'utf8',
    });
    const hasDriver = existsSync('/dev/nvidiactl');
    if (hasDriver) assert.equal(done.status, 0, done.stderr);
    else assert.match(done.stderr, /libcuda\.so\.1: cannot open shared object file/);
  });
});

describe('the image of twins', { skip }, () => {
  let database: string;
  let setting: Setting;
  before(async () => {
    database = mkdtempSync(join(tmpdir(), 'twinward-images-pg-'));
    const postgres = await startPostgres({ stateDir: database, durable: false });
    const folder = join(scratch, 'serving');
    mkdirSync(folder);
    await writeCertificate(folder);
    const read = (name: string): string => readFileSync(join(folder, name), 'utf8');
    const secrets = '/var/run/secrets';
    setting = {
      environment: {
        KUBERNETES_SERVICE_HOST: '127.0.0.1',
        KUBERNETES_SERVICE_PORT: String(await unusedPort()),
      },
      files: {
        [`${secrets}/twinward-database/service-url`]: postgres.serviceUrl,
        [`${secrets}/twinward-database/keyring-url`]: postgres.keyringUrl,
        [`${secrets}/twinward-database/migrate-url`]: postgres.migrateUrl,
        [`${secrets}/twinward-kek/kek`]: randomBytes(32).toString('base64'),
        [`${secrets}/twinward-tls/tls.crt`]: read('tls.crt'),
        [`${secrets}/twinward-tls/tls.key`]: read('tls.key'),
        [`${SERVICE_ACCOUNT}/token`]: 'x.y.z',
        [`${SERVICE_ACCOUNT}/ca.crt`]: read('tls.crt'),
        [`${secrets}/twinward/token`]: 'x.y.z',
      },
      writable: ['/var/lib/twinward/ledger'],
    };
  });
  after(async () => {
    await Promise.all(running.map((container) => container.stop()));
    await stopPostgres(database);
    deletePostgres(database);
    rmSync(database, { recursive: true, force: true });
  });

  it('waits for the schema, brings it up to date as a Job, then serves', async () => {
    const image = imageNamed('twins');
    const { container, health } = await start(image, setting);
    await answerOf(container, `${health}/readyz`, 503, /SCHEMA_NOT_READY/);
    const job = await start(image, { ...setting, args: ['migrate'] });
    assert.equal(await job.container.ended, 0, job.container.output());
    await answerOf(container, `${health}/readyz`, 200);
    assert.equal(await container.stop(), 0, container.output());
  });
});

describe('a process in an image', { skip }, () => {
  const probe = `
    import { writeFileSync } from 'node:fs';
    for (const path of process.argv.slice(1)) {
      try { writeFileSync(path, 'x'); console.log('wrote', path); }
      catch (error) { console.log(error.code, path); }
    }
    console.log('uid', process.getuid(), process.getgid(), process.getgroups().join());`;

  async function tried(flags: readonly string[]): Promise<string> {
    const image = imageNamed('simulate');
    const { tree } = await replayed(image);
    const mounts = join(scratch, `mounts-${address + 1}`);
    const places = [
      join(tree, 'app/x'),
      '/tmp/x',
      '/dev/shm/x',
      '/var/tmp/x',
      join(mounts, 'x'),
      join(mounts, 'data/x'),
    ];
    const command = ['node', ...flags, '--input-type=module', '--eval', probe, ...places];
    const { container } = await start(image, { environment: {}, files: {}, writable: ['/data'], command });
    assert.equal(await container.ended, 0, container.output());
    return container.output().replaceAll(mounts, '$mounts').replaceAll(tree, '$tree');
  }

  it('writes to its writable mounts and nowhere else, by the permission model', async () => {
    assert.equal(
      await tried([]),
      [
        'ERR_ACCESS_DENIED $tree/app/x',
        'ERR_ACCESS_DENIED /tmp/x',
        'ERR_ACCESS_DENIED /dev/shm/x',
        'ERR_ACCESS_DENIED /var/tmp/x',
        'ERR_ACCESS_DENIED $mounts/x',
        'wrote $mounts/data/x',
        'uid 65532 65532 65532',
        '',
      ].join('\n'),
    );
  });

  it('writes nowhere else even without the permission model: the root is read-only', {
    skip: skipMount,
  }, async () => {
    assert.equal(
      await tried(['--allow-fs-write=*']),
      [
        'EROFS $tree/app/x',
        'EROFS /tmp/x',
        'EROFS /dev/shm/x',
        'EROFS /var/tmp/x',
        'EROFS $mounts/x',
        'wrote $mounts/data/x',
        'uid 65532 65532 65532',
        '',
      ].join('\n'),
    );
  });

  it('does not read the repository that it was made of', async () => {
    const image = imageNamed('simulate');
    const code = `import { readFileSync } from 'node:fs'; readFileSync(${JSON.stringify(join(root, 'package.json'))});`;
    const command = ['node', '--input-type=module', '--eval', code];
    const { container } = await start(image, { environment: {}, files: {}, writable: [], command });
    assert.equal(await container.ended, 1);
    assert.match(container.output(), /ERR_ACCESS_DENIED/);
  });
});

describe('the checks of an image', () => {
  it('refuse one byte too many', () => {
    const image = imageNamed('operator');
    const most = (image.maxBytes ?? 0) - BASE_BYTES;
    assert.equal(fits(image, most), true);
    assert.equal(fits(image, most + 1), false);
  });

  it('refuse a library that the base image lacks, and a newer C library', () => {
    const file = {
      path: 'x.node',
      needed: ['libc.so.6', 'libvulkan.so.1', 'own.so'],
      versions: ['GLIBC_2.36', 'GLIBC_2.38'],
    };
    assert.deepEqual(missingFor([file], ['own.so']), [
      'x.node needs libvulkan.so.1',
      'x.node needs GLIBC_2.38',
    ]);
  });

  it('refuse to copy what the build context does not hold', async () => {
    const file = await reader.read(join(root, 'workers/simulate/Dockerfile'));
    const copies = {
      ...file,
      stages: file.stages
        .slice(1)
        .map((stage) => ({ ...stage, commands: stage.commands.filter(({ from }) => from === '') })),
    };
    const without = context.filter((path) => !path.startsWith('proto/'));
    await assert.rejects(replay(copies, without, join(scratch, 'fault')), {
      message: /COPY proto: the build context/,
    });
  });
});
