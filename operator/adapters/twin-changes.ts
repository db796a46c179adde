// Follows the change stream of the twin service and says which objects to look at. Reconnects for ever; a new stream
// begins with a snapshot of all keys, so that nothing is missed in between.
import type { ServiceClient } from '#proto/connect.ts';
import type { ChangedKey__Output } from '#proto/gen/twinward/v1/ChangedKey.ts';
import type { TwinControlDefinition } from '#proto/gen/twinward/v1/TwinControl.ts';
import type { WatchChangesResponse__Output } from '#proto/gen/twinward/v1/WatchChangesResponse.ts';
import { reasonOf } from '#proto/status.ts';
import { type Clock, sleep } from '#runtime/clock.ts';
import type { Log } from '#runtime/log.ts';

/** What following needs. */
export interface ChangesOptions {
  readonly client: ServiceClient<TwinControlDefinition>;
  readonly clock: Clock;
  readonly log: Log;
  readonly onKey: (key: ChangedKey__Output, snapshot: boolean) => void;
}

const retryMs = 1_000;
/** The stream says something every five seconds, even if nothing changed. */
const silenceMs = 20_000;

/** Runs until `signal` is aborted. */
export async function followChanges(options: ChangesOptions, signal: AbortSignal): Promise<void> {
  let cursor = '';
  while (!signal.aborted) {
    try {
      cursor = await followOnce(options, cursor, signal);
    } catch (error) {
      if (!signal.aborted)
        options.log.warn('the change stream of the twin service broke', { reason: reasonOf(error) });
    }
    await sleep(options.clock, retryMs, signal);
  }
}

async function followOnce(options: ChangesOptions, from: string, signal: AbortSignal): Promise<string> {
  let cursor = from;
  const stream = options.client.serverStream('WatchChanges', { cursor });
  const cancel = (): void => stream.cancel();
  signal.addEventListener('abort', cancel, { once: true });
  let silence = options.clock.schedule(silenceMs, cancel);
  try {
    for await (const message of stream as AsyncIterable<WatchChangesResponse__Output>) {
      silence();
      silence = options.clock.schedule(silenceMs, cancel);
      for (const key of message.keys) options.onKey(key, message.snapshot);
      cursor = message.cursor;
    }
    return cursor;
  } finally {
    silence();
    signal.removeEventListener('abort', cancel);
  }
}
