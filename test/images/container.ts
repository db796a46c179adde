// Starts an entrypoint as a container would be: an account without a name or any right, a root that cannot be written
// (where this process may mount), and in addition Node's permission model, which allows reading the image and its mounts and writing to the writable
// mounts only. There is no other root file system: the image's own stand-in is `tree`, and mounts lie below `mounts`.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Replay } from './replay.ts';

/** The account of every image. */
export const ACCOUNT = 65_532;

/** Why nothing can be started here as another account; undefined when it can. */
export function cannotStart(): string | undefined {
  return spawnSync('setpriv', [...NO_RIGHTS, 'true']).status === 0
    ? undefined
    : 'starting as another account needs root and setpriv: run as root';
}

/** Why mounts cannot be made read-only here, so that the permission model stands alone; undefined when they can. */
export function cannotMount(): string | undefined {
  const [program = '', ...args] = lockedDown([]);
  return spawnSync(program, [...args, 'true']).status === 0
    ? undefined
    : 'mounts cannot be made read-only here: run as root with CAP_SYS_ADMIN, and unshare';
}

/** What a Pod gives to a container. */
export interface Setting {
  readonly environment: Readonly<Record<string, string>>;
  /** Read-only mounts: path in the container, content. */
  readonly files: Readonly<Record<string, string>>;
  /** Folders that it may write to. */
  readonly writable: readonly string[];
  readonly args?: readonly string[];
  /** What it needs beyond JavaScript: native code, threads. */
  readonly permissions?: readonly string[];
  /** Another program than that of the image; for tests of the setting itself. */
  readonly command?: readonly string[];
}

/** A process in that setting. */
export interface Container {
  readonly process: ChildProcess;
  /** Everything that it has written to stdout and stderr. */
  output(): string;
  /** Exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>;
  /** Ends it as kubelet does. Answers how it ended. */
  stop(): Promise<number | string>;
}

const NO_RIGHTS = [
  `--reuid=${ACCOUNT}`,
  `--regid=${ACCOUNT}`,
  '--clear-groups',
  '--no-new-privs',
  '--bounding-set=-all',
  '--inh-caps=-all',
];
const LOG = '/dev/termination-log';
const GRACE_MS = 15_000;
// Read by Node and by what it loads before any code of ours runs, or by code that bears a refusal.
const SYSTEM_FILES = ['/proc/cpuinfo', '/proc/self/*', '/proc/meminfo', '/sys/fs/cgroup/*', '/etc/*'];

/** Starts the entrypoint of `replay` with its mounts below `mounts`, a folder of its own. */
export function startContainer(replay: Replay, mounts: string, setting: Setting): Container {
  const writable = ['/dev', ...setting.writable].map((path) => join(mounts, path));
  for (const [path, content] of Object.entries(setting.files)) writeMount(mounts, path, content);
  for (const folder of writable) {
    mkdirSync(folder, { recursive: true });
    chownSync(folder, ACCOUNT, ACCOUNT);
  }
  writeFileSync(join(mounts, LOG), '');
  chownSync(join(mounts, LOG), ACCOUNT, ACCOUNT);
  const command = setting.command ?? [...replay.entrypoint, ...(setting.args ?? [])];
  const own = [`PATH=${join(replay.tree, 'usr/local/bin')}`];
  const account = cannotMount() === undefined ? lockedDown(writable) : ['setpriv', ...NO_RIGHTS];
  const [program = '', ...words] = [...account, 'env', ...own, ...command];
  const child = spawn(program, words, {
    cwd: join(replay.tree, replay.workingDirectory),
    env: {
      ...replay.environment,
      ...setting.environment,
      PATH: process.env['PATH'],
      CONTAINER_SANDBOX_MOUNT_POINT: mounts,
      NODE_OPTIONS: permissions(replay, mounts, writable, setting.permissions ?? []).join(' '),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return watched(child);
}

function writeMount(mounts: string, path: string, content: string): void {
  const file = join(mounts, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
  chmodSync(file, 0o444);
}

/** A shell that makes everything read-only but `writable`, and gives up all rights. */
function lockedDown(writable: readonly string[]): readonly string[] {
  const script = [
    'while [ "$1" != -- ]; do mount --bind "$1" "$1"; shift; done; shift',
    'mount -o remount,ro,bind /',
    'for folder in /tmp /var/tmp /run /dev/shm; do',
    '  if mountpoint -q "$folder"; then mount -o remount,ro,bind "$folder"; fi',
    'done',
    `exec setpriv ${NO_RIGHTS.join(' ')} "$@"`,
  ];
  const shell = ['/bin/sh', '-e', '-c', script.join('\n'), 'sh', ...writable, '--'];
  return ['unshare', '--mount', '--propagation', 'private', '--', ...shell];
}

function permissions(
  replay: Replay,
  mounts: string,
  writable: readonly string[],
  more: readonly string[],
): readonly string[] {
  const readable = [join(replay.tree, '*'), join(mounts, '*'), ...SYSTEM_FILES];
  return [
    '--permission',
    ...readable.map((path) => `--allow-fs-read=${path}`),
    ...writable.map((path) => `--allow-fs-write=${join(path, '*')}`),
    ...more,
    '--disable-warning=SecurityWarning',
  ];
}

function watched(child: ChildProcess): Container {
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const ended = new Promise<number | string>((resolve) => {
    child.once('close', (code, signal) => resolve(code ?? signal ?? 'unknown'));
  });
  const stop = async (): Promise<number | string> => {
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
    const end = await ended;
    clearTimeout(timer);
    return end;
  };
  return { process: child, output: () => output, ended, stop };
}

/** What a health endpoint answered. */
export interface Answer {
  readonly status: number;
  readonly text: string;
}

/**
 * Asks `url` until it answers with `status` and a text that matches, for half a minute.
 * @throws Error with what the process wrote when it ended or never answered so.
 */
export async function answerOf(
  container: Container,
  url: string,
  status: number,
  pattern: RegExp = /^/,
): Promise<Answer> {
  const until = Date.now() + 30_000;
  let last = 'no answer';
  while (Date.now() < until && container.process.exitCode === null) {
    const answer = await fetch(url).catch(() => undefined);
    const text = (await answer?.text()) ?? '';
    if (answer?.status === status && pattern.test(text)) return { status, text };
    if (answer !== undefined) last = `${answer.status} ${text}`;
    await delay(100);
  }
  throw new Error(`${url} did not answer ${status} (${last}); the process wrote:\n${container.output()}`);
}
