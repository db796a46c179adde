// From our errors to gRPC: a status code that clients act on, and a reason code that survives rewording.
import { status } from '@grpc/grpc-js';
import { statusError } from '#proto/status.ts';
import { CallError, type CallReason, TensorError } from '../errors.ts';

const CODES: Readonly<Record<CallReason, status>> = {
  BAD_RANGE: status.INVALID_ARGUMENT,
  UNIT_MISMATCH: status.INVALID_ARGUMENT,
  FUTURE_EVENT: status.INVALID_ARGUMENT,
  INTERVENTION_UNKNOWN: status.INVALID_ARGUMENT,
  MODEL_UNKNOWN: status.NOT_FOUND,
  DIGEST_MISMATCH: status.FAILED_PRECONDITION,
  OUT_OF_SCOPE: status.FAILED_PRECONDITION,
  COVERAGE_TOO_LOW: status.FAILED_PRECONDITION,
  OUTCOME_NOT_MODELLED: status.FAILED_PRECONDITION,
  HORIZON_TOO_LONG: status.FAILED_PRECONDITION,
  REQUEST_TOO_LARGE: status.RESOURCE_EXHAUSTED,
  QUEUE_FULL: status.UNAVAILABLE,
  LOADING: status.UNAVAILABLE,
  DRAINING: status.UNAVAILABLE,
  DEADLINE_EXPIRED: status.DEADLINE_EXCEEDED,
  MODEL_FIXED: status.UNIMPLEMENTED,
  CANCELLED: status.CANCELLED,
  ENGINE_FAILED: status.INTERNAL,
  NON_FINITE: status.INTERNAL,
};

/** Every reason that a call can end with, for metrics. */
export const CALL_REASONS: readonly string[] = [...Object.keys(CODES), 'INVALID_TENSOR', 'OK'];

/** Reason code of whatever was thrown; an error that is not ours is the engine's. */
export function reasonOfError(error: unknown): string {
  if (error instanceof CallError) return error.reason;
  return error instanceof TensorError ? 'INVALID_TENSOR' : 'ENGINE_FAILED';
}

/** What a server answers for whatever was thrown. Messages that are not ours stay inside. */
export function refusalOf(error: unknown): ReturnType<typeof statusError> {
  if (error instanceof CallError) {
    return statusError(CODES[error.reason], error.reason, error.message, error.retryAfterMs);
  }
  if (error instanceof TensorError) {
    return statusError(status.INVALID_ARGUMENT, 'INVALID_TENSOR', error.message);
  }
  return statusError(status.INTERNAL, 'ENGINE_FAILED', 'the call failed inside the server; call again');
}
