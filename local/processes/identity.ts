import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/**
 * Which process a number means. Numbers are reused, so a process is told by its number, the clock tick at
 * which it started (Linux, /proc/<pid>/stat) and the boot in which that tick was counted.
 */
export interface ProcessIdentity {
  readonly pid: number;
  readonly startTicks: string;
  readonly bootId: string;
}

/** The identity of a living process; undefined when it is gone or a zombie. */
export function identify(pid: number): ProcessIdentity | undefined {
  const stat = readOrUndefined(`/proc/${pid}/stat`);
  const bootId = readOrUndefined('/proc/sys/kernel/random/boot_id');
  if (stat === undefined || bootId === undefined) {
    return undefined;
  }
  // The second field is the program's name in brackets and may hold blanks and brackets itself.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state] = fields;
  const threads = Number(fields[17]);
  const startTicks = fields[19];
  // The first thread of a killed process may be a zombie while others still hold its ports and files.
  const gone = state === 'X' || (state === 'Z' && threads <= 1);
  if (startTicks === undefined || gone) {
    return undefined;
  }
  return { pid, startTicks, bootId: bootId.trim() };
}

/** Whether exactly this process is alive, not another one that got its number. */
export function isAlive(identity: ProcessIdentity): boolean {
  const current = identify(identity.pid);
  return current?.startTicks === identity.startTicks && current.bootId === identity.bootId;
}

/** Numbers of all living processes that run exactly this command line. */
export function findByCommandLine(commandLine: readonly string[]): readonly number[] {
  const wanted = `${commandLine.join('\0')}\0`;
  return processNumbers().filter((pid) => readOrUndefined(`/proc/${pid}/cmdline`) === wanted);
}

/** Numbers of all living processes whose working directory is `directory`. */
export function findByWorkingDirectory(directory: string): readonly number[] {
  return processNumbers().filter((pid) => {
    try {
      return readlinkSync(`/proc/${pid}/cwd`) === directory && identify(pid) !== undefined;
    } catch {
      return false;
    }
  });
}

/** All living processes of which a path below `folder` is part of the command line or the environment. */
export function findBelow(folder: string): readonly ProcessIdentity[] {
  return processNumbers()
    .filter((pid) => pid !== process.pid)
    .filter((pid) =>
      ['cmdline', 'environ'].some((file) => readOrUndefined(`/proc/${pid}/${file}`)?.includes(`${folder}/`)),
    )
    .map(identify)
    .filter((identity) => identity !== undefined);
}

function processNumbers(): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

function readOrUndefined(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
