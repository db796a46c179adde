import { closeSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { identify, isAlive } from './identity.ts';

const holderSchema = z.object({ pid: z.int(), startTicks: z.string(), bootId: z.string() });

/**
 * Does `work` while no other living process does work under the same lock file. `onWait` is called with the
 * number of the process that holds it and may throw to give up. A dead holder's lock is taken over.
 */
export async function withLock<T>(
  file: string,
  onWait: (holderPid: number) => void,
  work: () => Promise<T>,
): Promise<T> {
  while (!acquire(file)) {
    const holder = readHolder(file);
    if (holder === undefined || !isAlive(holder)) {
      takeAside(file);
      continue;
    }
    onWait(holder.pid);
    await delay(250);
  }
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}

function acquire(file: string): boolean {
  const identity = identify(process.pid);
  try {
    const handle = openSync(file, 'wx', 0o600);
    writeSync(handle, JSON.stringify(identity));
    closeSync(handle);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') {
      return false;
    }
    throw error;
  }
}

/** Renames first: of two processes that find the same dead lock, one succeeds and the other looks again. */
function takeAside(file: string): void {
  const aside = `${file}.${process.pid}.dead`;
  try {
    renameSync(file, aside);
    rmSync(aside, { force: true });
  } catch {
    // The other one was faster.
  }
}

function readHolder(file: string): z.infer<typeof holderSchema> | undefined {
  try {
    return holderSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return undefined;
  }
}
