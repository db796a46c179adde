import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { LocalFailure } from '../failure.ts';
import { writePrivateFile } from '../private-files.ts';
import { findByCommandLine, identify, isAlive, type ProcessIdentity } from './identity.ts';

/**
 * Processes that outlive the command that started them. A daemon is known by its pid file; a later run
 * adopts it while it lives and starts it again when it died, was killed, or would now be started otherwise.
 */
export interface DaemonSpec {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Added to PATH and HOME of this process; nothing else is inherited. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly owner?: { readonly uid: number; readonly gid: number };
  readonly pidFile: string;
  readonly logFile: string;
}

export interface Daemon {
  readonly name: string;
  readonly identity: ProcessIdentity;
  readonly adopted: boolean;
  readonly logFile: string;
}

const LOG_LIMIT_BYTES = 50_000_000;
const pidFileSchema = z.object({
  pid: z.int(),
  startTicks: z.string(),
  bootId: z.string(),
  fingerprint: z.string(),
});

/**
 * Adopts the living process of the pid file, or starts one.
 * @throws LocalFailure when the program cannot be started.
 */
export async function ensureDaemon(spec: DaemonSpec): Promise<Daemon> {
  const fingerprint = fingerprintOf(spec);
  const recorded = readPidFile(spec.pidFile);
  if (recorded !== undefined && isAlive(recorded)) {
    if (recorded.fingerprint === fingerprint) {
      return { name: spec.name, identity: recorded, adopted: true, logFile: spec.logFile };
    }
    await stopDaemon(spec.pidFile);
  }
  const orphan = adoptOrphan(spec);
  const identity = orphan ?? (await start(spec));
  writePrivateFile(spec.pidFile, `${JSON.stringify({ ...identity, fingerprint })}\n`);
  return { name: spec.name, identity, adopted: orphan !== undefined, logFile: spec.logFile };
}

/** The identity of the daemon of this pid file while it lives. */
export function livingDaemon(pidFile: string): ProcessIdentity | undefined {
  const recorded = readPidFile(pidFile);
  return recorded !== undefined && isAlive(recorded) ? recorded : undefined;
}

/** Ends the daemon: the signal first, SIGKILL after the grace period. Resolves when it is gone. */
export async function stopDaemon(
  pidFile: string,
  signal: NodeJS.Signals = 'SIGTERM',
  graceMilliseconds = 15_000,
): Promise<void> {
  const identity = livingDaemon(pidFile);
  if (identity !== undefined) {
    await endProcess(identity, signal, graceMilliseconds);
  }
  rmSync(pidFile, { force: true });
}

/** Ends one process, never another that has taken its number. */
export async function endProcess(
  identity: ProcessIdentity,
  signal: NodeJS.Signals,
  graceMilliseconds: number,
): Promise<void> {
  signalProcess(identity, signal);
  const deadline = Date.now() + graceMilliseconds;
  while (isAlive(identity)) {
    if (Date.now() > deadline) {
      signalProcess(identity, 'SIGKILL');
    }
    await delay(30);
  }
}

/** The last lines of a log file, for the text of a failure. */
export function logTail(logFile: string, lines = 12): string {
  try {
    return readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-lines).join('\n');
  } catch {
    return '(no log)';
  }
}

function signalProcess(identity: ProcessIdentity, signal: NodeJS.Signals): void {
  try {
    if (isAlive(identity)) {
      process.kill(identity.pid, signal);
    }
  } catch {
    // It ended between the check and the signal.
  }
}

/** A process that was started, but whose starter died before it could write the pid file. */
function adoptOrphan(spec: DaemonSpec): ProcessIdentity | undefined {
  const [pid] = findByCommandLine([spec.command, ...spec.args]);
  return pid === undefined ? undefined : identify(pid);
}

async function start(spec: DaemonSpec): Promise<ProcessIdentity> {
  mkdirSync(dirname(spec.logFile), { recursive: true });
  setOldLogAside(spec.logFile);
  const log = openSync(spec.logFile, 'a', 0o600);
  try {
    const child = spawn(spec.command, [...spec.args], {
      cwd: spec.cwd,
      env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...spec.env },
      stdio: ['ignore', log, log],
      detached: true,
      ...spec.owner,
    });
    await spawned(child, spec);
    child.unref();
    const identity = child.pid === undefined ? undefined : identify(child.pid);
    if (identity === undefined) {
      throw new LocalFailure(
        `${spec.name} ended as soon as it was started:\n${logTail(spec.logFile)}`,
        `Read ${spec.logFile}.`,
      );
    }
    return identity;
  } finally {
    closeSync(log);
  }
}

function spawned(child: ChildProcess, spec: DaemonSpec): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (cause) => {
      reject(
        new LocalFailure(
          `${spec.name} could not be started: ${cause.message}`,
          `Is ${spec.command} a program?`,
          {
            cause,
          },
        ),
      );
    });
  });
}

function setOldLogAside(logFile: string): void {
  const size = statSync(logFile, { throwIfNoEntry: false })?.size ?? 0;
  if (size > LOG_LIMIT_BYTES) {
    renameSync(logFile, `${logFile}.1`);
  }
}

function fingerprintOf(spec: DaemonSpec): string {
  const { command, args, env, cwd, owner } = spec;
  return createHash('sha256').update(JSON.stringify({ command, args, env, cwd, owner })).digest('hex');
}

function readPidFile(pidFile: string): z.infer<typeof pidFileSchema> | undefined {
  try {
    return pidFileSchema.parse(JSON.parse(readFileSync(pidFile, 'utf8')));
  } catch {
    return undefined;
  }
}
