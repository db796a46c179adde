// Adapts promise-returning handlers to grpc-js: run, answer; count and log what is unexpected.
import type {
  handleClientStreamingCall,
  handleServerStreamingCall,
  handleUnaryCall,
  Metadata,
  ServerWritableStream,
} from '@grpc/grpc-js';
import type { Log } from '#runtime/log.ts';
import type { Caller, Gate } from './caller.ts';
import { callerBehind } from './door.ts';
import { failureOf } from './failure.ts';

/** What every call needs. */
export interface CallParts {
  readonly gate: Gate;
  readonly log: Log;
  /** Counts an ended call by method and status. */
  readonly count: (method: string, outcome: 'ok' | 'refused' | 'failed') => void;
  /** Undefined once the schema fits; else the reason why no call is answered. */
  readonly notReady: () => string | undefined;
  /** Who came through the door, by the headers of their call. */
  readonly callers: WeakMap<Metadata, Caller>;
}

async function admitted<T>(
  parts: CallParts,
  method: string,
  metadata: Metadata,
  work: (caller: Caller) => Promise<T>,
): Promise<T> {
  try {
    const result = await work(callerBehind(parts, metadata));
    parts.count(method, 'ok');
    return result;
  } catch (error) {
    const failure = failureOf(error);
    parts.count(method, failure.unexpected ? 'failed' : 'refused');
    if (failure.unexpected) parts.log.error('call failed', { method, error });
    throw failure.status;
  }
}

/** A unary handler. */
export function unary<Q, R>(
  parts: CallParts,
  method: string,
  work: (request: Q, caller: Caller) => Promise<R>,
): handleUnaryCall<Q, R> {
  return (call, callback) => {
    admitted(parts, method, call.metadata, (caller) => work(call.request, caller)).then(
      (response) => callback(null, response),
      (error) => callback(error, null),
    );
  };
}

/** A handler that reads a stream to its end and answers once. */
export function clientStream<Q, R>(
  parts: CallParts,
  method: string,
  work: (requests: AsyncIterable<Q>, caller: Caller) => Promise<R>,
): handleClientStreamingCall<Q, R> {
  return (call, callback) => {
    admitted(parts, method, call.metadata, (caller) => work(call, caller)).then(
      (response) => callback(null, response),
      (error) => {
        call.resume();
        callback(error, null);
      },
    );
  };
}

/** A handler that writes until its signal is aborted. */
export function serverStream<Q, R>(
  parts: CallParts,
  method: string,
  work: (
    request: Q,
    caller: Caller,
    write: (response: R) => Promise<void>,
    signal: AbortSignal,
  ) => Promise<void>,
): handleServerStreamingCall<Q, R> {
  return (call) => {
    const gone = new AbortController();
    call.on('cancelled', () => gone.abort());
    call.on('close', () => gone.abort());
    const write = (response: R): Promise<void> => writeTo(call, response, gone.signal);
    admitted(parts, method, call.metadata, (caller) => work(call.request, caller, write, gone.signal)).then(
      () => call.end(),
      // Not destroy(error): a destroyed stream sends no trailers, and the client would wait for ever.
      (error) => call.emit('error', error),
    );
  };
}

function writeTo<Q, R>(call: ServerWritableStream<Q, R>, response: R, signal: AbortSignal): Promise<void> {
  if (signal.aborted || call.write(response)) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      call.off('drain', done);
      signal.removeEventListener('abort', done);
      resolve();
    };
    call.once('drain', done);
    signal.addEventListener('abort', done, { once: true });
  });
}
