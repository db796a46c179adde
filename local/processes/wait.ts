import { setTimeout as delay } from 'node:timers/promises';
import { failureText, LocalFailure } from '../failure.ts';
import { type Daemon, logTail } from './daemon.ts';
import { isAlive } from './identity.ts';

/**
 * Starts or adopts a daemon and waits until it is ready. One that was adopted while it was dying is started
 * again.
 * @throws LocalFailure with the end of the log when the process dies or the time is over.
 */
export async function startReady(
  start: () => Promise<Daemon>,
  probe: (daemon: Daemon) => Promise<void>,
): Promise<Daemon> {
  const daemon = await start();
  try {
    await waitUntilReady(daemon, () => probe(daemon));
    return daemon;
  } catch (error) {
    if (!daemon.adopted || isAlive(daemon.identity)) {
      throw error;
    }
  }
  const next = await start();
  await waitUntilReady(next, () => probe(next));
  return next;
}

/**
 * Asks `probe` until it resolves.
 * @throws LocalFailure with the end of the log when the process dies or the time is over.
 */
export async function waitUntilReady(
  daemon: Daemon,
  probe: () => Promise<void>,
  timeoutMilliseconds = 60_000,
): Promise<void> {
  const deadline = Date.now() + timeoutMilliseconds;
  let pause = 20;
  for (;;) {
    try {
      await probe();
      return;
    } catch (error) {
      refuseToWaitLonger(daemon, deadline, error);
    }
    await delay(pause);
    pause = Math.min(pause * 1.5, 500);
  }
}

function refuseToWaitLonger(daemon: Daemon, deadline: number, error: unknown): void {
  const alive = isAlive(daemon.identity);
  if (alive && Date.now() < deadline) {
    return;
  }
  const what = alive ? `is not ready in time (${failureText(error)})` : 'ended before it was ready';
  throw new LocalFailure(
    `${daemon.name} ${what}. The end of its log:\n${logTail(daemon.logFile)}`,
    `Read ${daemon.logFile}; then run the same command again, which keeps what works.`,
    { cause: error },
  );
}
