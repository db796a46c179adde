import { spawn } from 'node:child_process';
import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
} from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { delimiter, isAbsolute, join, resolve } from 'node:path';
import { identify, isAlive, type ProcessIdentity } from '../processes/identity.ts';
import type { Command } from './image.ts';

/** The variable that tells a process where its mounts are, and the process node which processes are whose. */
export const MOUNT_POINT = 'CONTAINER_SANDBOX_MOUNT_POINT';

const SUPERVISOR = join(import.meta.dirname, 'supervise.sh');
const SETSID = ['/usr/bin/setsid', '/bin/setsid'].find((path) => existsSync(path)) ?? 'setsid';

/** The program of a container cannot be started at all. */
export class StartError extends Error {
  override readonly name = 'StartError';
}

/** The places of one attempt to run a container. */
export interface AttemptFolder {
  readonly folder: string;
  readonly root: string;
  readonly log: string;
}

/** Where attempt number `attempt` of a container keeps its files, below the pod's folder. */
export function attemptFolder(podFolder: string, container: string, attempt: number): AttemptFolder {
  const folder = join(podFolder, 'containers', container, String(attempt));
  return { folder, root: join(folder, 'root'), log: join(folder, 'log') };
}

/**
 * Starts a command under its supervisor, detached, with its output going to the attempt's log.
 * @throws StartError when the program or the working directory does not exist.
 */
export async function launch(
  command: Command,
  environment: Readonly<Record<string, string>>,
  place: AttemptFolder,
  onExit: () => void,
): Promise<ProcessIdentity> {
  checkStartable(command, environment);
  await mkdir(place.root, { recursive: true, mode: 0o700 });
  const output = openSync(place.log, 'a', 0o600);
  try {
    const child = spawn('/bin/sh', [SUPERVISOR, place.folder, SETSID, ...command.argv], {
      cwd: command.workingDirectory,
      env: { ...environment, [MOUNT_POINT]: place.root },
      detached: true,
      stdio: ['ignore', output, output],
    });
    const started = Promise.withResolvers<void>();
    child.once('spawn', started.resolve);
    child.once('error', (error) => started.reject(new StartError(error.message, { cause: error })));
    child.once('exit', onExit);
    child.unref();
    await started.promise;
    const identity = identify(child.pid ?? 0);
    return identity ?? { pid: child.pid ?? 0, startTicks: '', bootId: '' };
  } finally {
    closeSync(output);
  }
}

function checkStartable(command: Command, environment: Readonly<Record<string, string>>): void {
  const [program] = command.argv;
  if (program === undefined) throw new StartError('no command specified: give the image an ENTRYPOINT');
  if (!isFolder(command.workingDirectory)) {
    throw new StartError(`working directory ${command.workingDirectory} does not exist`);
  }
  const folders = program.includes('/')
    ? [command.workingDirectory]
    : (environment['PATH'] ?? '').split(delimiter);
  const candidates = folders.map((folder) => (isAbsolute(program) ? program : resolve(folder, program)));
  if (!candidates.some(isExecutable)) {
    throw new StartError(`exec: "${program}": executable file not found in $PATH`);
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

export type Liveness =
  | { readonly state: 'running' }
  | { readonly state: 'exited'; readonly exitCode: number; readonly at: number }
  /** Neither the process nor its exit code can be found. */
  | { readonly state: 'lost' };

/** What has become of an attempt. */
export function livenessOf(place: AttemptFolder, supervisor: ProcessIdentity): Liveness {
  if (isAlive(supervisor)) return { state: 'running' };
  const path = join(place.folder, 'exit');
  const text = readText(path);
  if (!text?.endsWith('\n')) return { state: 'lost' };
  return { state: 'exited', exitCode: Number(text), at: statSync(path).mtimeMs };
}

/** Id of the container's first process; undefined before it exists. */
export function mainProcess(place: AttemptFolder): number | undefined {
  const pid = Number(readText(join(place.folder, 'main')));
  return Number.isInteger(pid) && pid > 1 && belongsTo(pid, place) ? pid : undefined;
}

/** Asks the container's first process to end; false when there is none to ask. */
export function terminate(place: AttemptFolder): boolean {
  const pid = mainProcess(place);
  return pid !== undefined && sent(pid, 'SIGTERM');
}

/** Kills every process of the container; its supervisor stays to write the exit code. */
export function killAll(place: AttemptFolder, supervisor: ProcessIdentity): void {
  for (const name of readdirSync('/proc')) {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid === supervisor.pid || pid === process.pid) continue;
    if (belongsTo(pid, place)) sent(pid, 'SIGKILL');
  }
}

/** The environment and folder of the container's first process: what its exec probes run with. */
export function contextOf(
  place: AttemptFolder,
): { readonly env: Readonly<Record<string, string>>; readonly cwd: string } | undefined {
  const pid = mainProcess(place);
  const block = pid === undefined ? undefined : readText(`/proc/${pid}/environ`);
  if (pid === undefined || block === undefined) return undefined;
  const entries = block
    .split('\0')
    .filter((entry) => entry.includes('='))
    .map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)] as const);
  return { env: Object.fromEntries(entries), cwd: `/proc/${pid}/cwd` };
}

function belongsTo(pid: number, place: AttemptFolder): boolean {
  const mark = `\0${MOUNT_POINT}=${place.root}\0`;
  return `\0${readText(`/proc/${pid}/environ`) ?? ''}`.includes(mark);
}

function sent(pid: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch {
    return false;
  }
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** The supervisor of an attempt whose start was interrupted, if it came that far. */
export function findSupervisor(place: AttemptFolder): ProcessIdentity | undefined {
  const pid = Number(readText(join(place.folder, 'supervisor')));
  if (!Number.isInteger(pid) || pid <= 1) return undefined;
  if (!belongsTo(pid, place)) return { pid, startTicks: '', bootId: '' };
  return identify(pid);
}
