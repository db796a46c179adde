import { CodedError } from '#runtime/errors.ts';
import type { ScanFailure } from './reasons.ts';

/** The source cannot be read now; the code is a ScanFailure. A retry may mend it. */
export class SourceError extends CodedError {
  readonly failure: ScanFailure;

  constructor(failure: ScanFailure, message: string, options?: ErrorOptions) {
    super(failure, message, options);
    this.failure = failure;
  }
}

/** The service counted other records than were sent. */
export class CountError extends CodedError {
  constructor(sent: number, received: number) {
    super(
      'CountMismatch',
      `the service counted ${received} records of ${sent} that were sent: the batch is sent again after a new OpenSync`,
    );
  }
}

/** The error as it may be logged: one of the system names a path, and a path may hold a name; only its code is kept. */
export function withoutPath(error: unknown): unknown {
  if (!(error instanceof Error) || !('syscall' in error)) return error;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : 'UNKNOWN';
  return new CodedError(code, 'the system refused to read a file or folder of the source');
}
