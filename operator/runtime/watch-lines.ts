import { CodedError } from './errors.ts';
import type { KubernetesObject } from './objects.ts';

/** One line of a watch. */
export type WatchEvent<T extends KubernetesObject> =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: T }
  | { readonly type: 'BOOKMARK'; readonly object: KubernetesObject }
  | {
      readonly type: 'ERROR';
      readonly object: { readonly code?: number; readonly reason?: string; readonly message?: string };
    };

/** The stream ended inside a line or sent something that is no watch event: it was cut or spoiled on its way. */
export class BrokenWatchError extends CodedError {
  constructor(message: string, options?: ErrorOptions) {
    super('BrokenWatch', message, options);
  }
}

/** Cuts chunks of any size into whole lines. A rest without a line end is an error, never an event. */
export async function* splitLines(chunks: AsyncIterable<string>): AsyncGenerator<string, void, void> {
  let rest: string[] = [];
  for await (const chunk of chunks) {
    let from = 0;
    for (let end = chunk.indexOf('\n'); end >= 0; end = chunk.indexOf('\n', from)) {
      const line = rest.join('') + chunk.slice(from, end);
      rest = [];
      from = end + 1;
      if (line !== '') yield line;
    }
    if (from < chunk.length) rest.push(chunk.slice(from));
  }
  if (rest.length > 0) throw new BrokenWatchError('the watch ended in the middle of a line');
}

/** Reads one line. Throws BrokenWatchError when it is no watch event. */
export function parseWatchLine<T extends KubernetesObject>(line: string): WatchEvent<T> {
  try {
    const event: WatchEvent<T> = JSON.parse(line);
    if (typeof event?.type === 'string' && typeof event.object === 'object') return event;
  } catch (error) {
    throw new BrokenWatchError('the watch sent a line that is no JSON', { cause: error });
  }
  throw new BrokenWatchError('the watch sent a line that is no event');
}
