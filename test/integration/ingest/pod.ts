// Ingest as a pod would run it: a process of its own with its mounts below a folder.
import { type ChildProcess, spawn } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Stand } from '../twins/stand.ts';

const repository = fileURLToPath(new URL('../../..', import.meta.url));

/** The mounts of a pod. */
export interface PodFolders {
  /** Stands for the file system of the pod. */
  readonly root: string;
  /** The folder `in` of the claim. */
  readonly data: string;
  remove(): Promise<void>;
}

/** Makes the mounts of an ingest pod of a namespace. */
export async function makePodFolders(stand: Stand, namespace: string): Promise<PodFolders> {
  const root = await mkdtemp(join(tmpdir(), 'ingest-pod-'));
  const data = join(root, 'data', 'in');
  const secrets = join(root, 'var/run/secrets');
  for (const path of [data, join(secrets, 'twinward'), join(secrets, 'twinward-ca'), join(root, 'dev')]) {
    await mkdir(path, { recursive: true });
  }
  await writeFile(join(secrets, 'twinward/token'), `${namespace}/twinward-ingest`);
  await copyFile(stand.caFile, join(secrets, 'twinward-ca/ca.crt'));
  return { root, data, remove: () => rm(root, { recursive: true, force: true }) };
}

/** A running ingest process. */
export interface IngestProcess {
  readonly child: ChildProcess;
  readonly exited: Promise<number | null>;
  output(): string;
}

/** Starts ingest for the source `ehr` with `pvc://records/in`. */
export function startIngest(
  stand: Stand,
  folders: PodFolders,
  env: Readonly<Record<string, string>> = {},
): IngestProcess {
  const child = spawn(process.execPath, ['workers/ingest/main.ts'], {
    cwd: repository,
    env: {
      PATH: process.env['PATH'],
      CONTAINER_SANDBOX_MOUNT_POINT: folders.root,
      POD_IP: '127.0.0.1',
      POD_NAME: 'ehr-ingest-0',
      TWINWARD_SOURCE: 'ehr',
      TWINWARD_SOURCE_URI: 'pvc://records/in',
      TWINWARD_TWINS_ADDRESS: stand.address,
      TWINWARD_HEALTH_PORT: '0',
      ...env,
    },
  });
  let output = '';
  const collect = (chunk: Buffer): void => {
    output += chunk.toString();
  };
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  const exited = new Promise<number | null>((resolve) => child.on('close', resolve));
  return { child, exited, output: () => output };
}
