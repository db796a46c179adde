// Reason codes beside gRPC status codes: constants that alerts, tests and conditions can rely on, because messages
// are reworded. They travel in the trailer `twinward-reason`.
import { Metadata, type ServiceError, type StatusObject, status } from '@grpc/grpc-js';

/** Trailer that carries the reason code. */
export const reasonTrailer = 'twinward-reason';
/** Trailer that carries the milliseconds after which a retry makes sense (gRPC's own retry pushback). */
export const pushbackTrailer = 'grpc-retry-pushback-ms';

/** What a server passes to a callback or emits on a stream to refuse a call. */
export function statusError(
  code: status,
  reason: string,
  message: string,
  pushbackMs?: number,
): Partial<StatusObject> & Error {
  const metadata = new Metadata();
  metadata.set(reasonTrailer, reason);
  if (pushbackMs !== undefined) metadata.set(pushbackTrailer, String(pushbackMs));
  return Object.assign(new Error(message), { code, details: message, metadata });
}

/** Whether a thrown value came from a gRPC call or from `statusError`. */
export function isServiceError(error: unknown): error is ServiceError {
  return (
    error instanceof Error && typeof (error as { code?: unknown }).code === 'number' && 'details' in error
  );
}

/**
 * Reason code of a failed call; the name of its status code when the server gave none, UNKNOWN for other errors. Codes
 * go into conditions and metrics, so what does not look like one counts as none.
 */
export function reasonOf(error: unknown): string {
  if (!isServiceError(error)) return 'UNKNOWN';
  const reason = String(error.metadata?.get(reasonTrailer)[0] ?? '');
  return /^[A-Z][A-Z0-9_]{0,63}$/.test(reason) ? reason : (status[error.code] ?? 'UNKNOWN');
}

/** Whether the same call may succeed later without anybody changing anything. */
export function isRetryable(error: unknown): boolean {
  if (!isServiceError(error)) return false;
  const retryable: readonly status[] = [
    status.UNAVAILABLE,
    status.DEADLINE_EXCEEDED,
    status.ABORTED,
    status.RESOURCE_EXHAUSTED,
    status.CANCELLED,
    status.UNKNOWN,
  ];
  return retryable.includes(error.code);
}
