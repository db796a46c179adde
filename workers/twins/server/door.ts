// Callers prove themselves by their headers, before a byte of what they send is read.
import {
  Metadata,
  ServerInterceptingCall,
  type ServerInterceptor,
  type StatusObject,
  status,
} from '@grpc/grpc-js';
import { statusError } from '#proto/status.ts';
import { type Caller, callerOf } from './caller.ts';
import type { CallParts } from './calls.ts';
import { failureOf } from './failure.ts';

const guarded = '/twinward.v1.';

type Refusal = Pick<StatusObject, 'code' | 'details' | 'metadata'>;

/** Refuses whoever has no accepted token, or speaks for somebody and may not, and all while the service is not ready. */
export function door(parts: CallParts): ServerInterceptor {
  return (method, call) => {
    if (!method.path.startsWith(guarded)) return new ServerInterceptingCall(call);
    return new ServerInterceptingCall(call, {
      start: (next) =>
        next({
          onReceiveMetadata: (metadata, proceed) => {
            enter(parts, metadata).then(
              () => proceed(metadata),
              (error: unknown) => call.sendStatus(refusal(parts, method.path, error)),
            );
          },
        }),
    });
  };
}

function refusal(parts: CallParts, path: string, error: unknown): Refusal {
  const failure = failureOf(error);
  const method = path.slice(path.lastIndexOf('/') + 1);
  parts.count(method, failure.unexpected ? 'failed' : 'refused');
  if (failure.unexpected) parts.log.error('call failed', { method, error });
  const { code = status.INTERNAL, details = '', metadata = new Metadata() } = failure.status;
  return { code, details, metadata };
}

async function enter(parts: CallParts, metadata: Metadata): Promise<void> {
  const reason = parts.notReady();
  if (reason !== undefined)
    throw statusError(status.UNAVAILABLE, reason, 'the twin service is not ready; try again');
  parts.callers.set(metadata, await callerOf(parts.gate, metadata));
}

/** Who came through the door with these headers. Throws when nobody did: a mistake of ours. */
export function callerBehind(parts: CallParts, metadata: Metadata): Caller {
  const caller = parts.callers.get(metadata);
  if (caller === undefined) throw new TypeError('a call reached its handler without passing the door');
  return caller;
}
