// Starts every process for real, with nothing to talk to, and reads which series it shows.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeCertificate } from '../../integration/twins/certificate.ts';

const root = join(import.meta.dirname, '../../..');
const nowhere = '127.0.0.1:1';

/** One series: its name, as it is asked for, and its labels. */
export interface Series {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

interface Start {
  readonly process: string;
  readonly main: string;
  readonly env: Readonly<Record<string, string>>;
}

/** The series of every process, by the job that the chart's monitors give it. */
export async function seriesOfProcesses(): Promise<ReadonlyMap<string, readonly Series[]>> {
  const folder = mkdtempSync(join(tmpdir(), 'twinward-metrics-'));
  try {
    const starts = await startsIn(folder);
    const found = await Promise.all(
      starts.map(
        async (start, at) =>
          [`twinward-${start.process}`, await seriesOf(start, `127.0.73.${at + 1}`)] as const,
      ),
    );
    return new Map(found);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function startsIn(folder: string): Promise<readonly Start[]> {
  const write = (path: string, text: string): void => {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  const tls = 'var/run/secrets/twinward-tls';
  mkdirSync(join(folder, tls), { recursive: true });
  const { certificate } = await writeCertificate(join(folder, tls));
  for (const name of ['service-url', 'keyring-url']) {
    write(`var/run/secrets/twinward-database/${name}`, `postgres://nobody@${nowhere}/none`);
  }
  write('var/run/secrets/twinward-kek/kek', createHash('sha256').update('kek').digest('base64'));
  write('var/run/secrets/twinward/token', 'none');
  write('var/run/secrets/twinward-ca/ca.crt', readFileSync(certificate, 'utf8'));
  write('var/run/secrets/kubernetes.io/serviceaccount/token', 'none');
  write('var/run/secrets/kubernetes.io/serviceaccount/ca.crt', readFileSync(certificate, 'utf8'));
  write('kubeconfig', JSON.stringify(kubeconfig));
  const manifest = readFileSync(join(root, 'models/bundles/trajectory-core/manifest.json'));
  const common = {
    CONTAINER_SANDBOX_MOUNT_POINT: folder,
    KUBECONFIG: join(folder, 'kubeconfig'),
    POD_NAME: 'example-0',
    POD_NAMESPACE: 'twinward-system',
    TWINWARD_TWINS_ADDRESS: nowhere,
  };
  const images = Object.fromEntries(
    ['INGEST', 'INFERENCE', 'SIMULATE'].map((name) => [`TWINWARD_IMAGE_${name}`, 'none']),
  );
  return [
    { process: 'operator', main: 'operator/main.ts', env: { ...common, ...images } },
    {
      process: 'twins',
      main: 'workers/twins/main.ts',
      env: { ...common, KUBERNETES_SERVICE_HOST: '127.0.0.1' },
    },
    {
      process: 'ingest',
      main: 'workers/ingest/main.ts',
      env: {
        ...common,
        TWINWARD_SOURCE: 'ehr',
        TWINWARD_SOURCE_URI: 'builtin:getting-started',
        TWINWARD_SCAN_INTERVAL_SECONDS: '60',
      },
    },
    {
      process: 'simulate',
      main: 'workers/simulate/main.ts',
      env: {
        ...common,
        TWINWARD_SIMULATION: 'example',
        TWINWARD_RUN_KEY: 'none',
        TWINWARD_INFERENCE_ADDRESS: nowhere,
      },
    },
    {
      process: 'inference',
      main: 'workers/inference/main.ts',
      env: {
        ...common,
        TWINWARD_BUNDLE_URI: 'builtin:trajectory-core',
        TWINWARD_BUNDLE_SHA256: createHash('sha256').update(manifest).digest('hex'),
      },
    },
  ];
}

const kubeconfig = {
  apiVersion: 'v1',
  kind: 'Config',
  'current-context': 'none',
  contexts: [{ name: 'none', context: { cluster: 'none', user: 'none' } }],
  clusters: [{ name: 'none', cluster: { server: `https://${nowhere}` } }],
  users: [{ name: 'none', user: { token: 'none' } }],
};

async function seriesOf(start: Start, address: string): Promise<readonly Series[]> {
  const { PATH = '', HOME = '' } = process.env;
  const env = { PATH, HOME, ...start.env, POD_IP: address, TWINWARD_LOG_LEVEL: 'error' };
  const child = spawn(process.execPath, [start.main], { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
  }
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  try {
    for (let tries = 0; tries < 600; tries += 1) {
      if (child.exitCode !== null) throw new Error(`${start.main} ended with ${child.exitCode}: ${said}`);
      const text = await fetch(`http://${address}:8081/metrics`).then(
        (response) => response.text(),
        () => undefined,
      );
      if (text !== undefined) return parseSeries(text);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(`${start.main} showed no metrics within a minute: ${said}`);
  } finally {
    child.kill('SIGKILL');
    await ended;
  }
}

/** The series in the text that a process shows. */
export function parseSeries(text: string): readonly Series[] {
  return text.split('\n').flatMap((line) => {
    const [, name, labels = ''] = /^([A-Za-z_:][\w:]*)(?:\{(.*)\})? \S+$/.exec(line) ?? [];
    if (name === undefined) return [];
    const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, key = '', value = '']) => [
      key,
      value,
    ]);
    return [{ name, labels: Object.fromEntries(pairs) }];
  });
}
