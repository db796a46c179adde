// A unary handler from a function that answers or throws.
import type { handleUnaryCall } from '@grpc/grpc-js';
import type { InferenceMetrics, Method } from './metrics.ts';
import { reasonOfError, refusalOf } from './refusal.ts';

/**
 * Answers with what `answer` returns, refuses with what it throws, and counts either. `answer` is told until when the
 * caller waits, in milliseconds since 1970; Infinity = for ever.
 */
export function unary<Request, Response>(
  method: Method | undefined,
  metrics: InferenceMetrics,
  answer: (request: Request, deadline: number) => Promise<Response>,
): handleUnaryCall<Request, Response> {
  const count = (reason: string): void => {
    if (method !== undefined) metrics.requests.inc({ method, reason });
  };
  return (call, callback) => {
    const deadline = call.getDeadline();
    answer(call.request, deadline instanceof Date ? deadline.getTime() : deadline).then(
      (response) => {
        count('OK');
        callback(null, response);
      },
      (error: unknown) => {
        count(reasonOfError(error));
        callback(refusalOf(error));
      },
    );
  };
}
