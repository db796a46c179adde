// Turns whatever was thrown into a gRPC status with a reason code, once. Nothing of a person is in it.
import { type StatusObject, status } from '@grpc/grpc-js';
import { isServiceError, reasonOf, statusError } from '#proto/status.ts';
import { CodedError } from '#runtime/errors.ts';
import { StoreError } from '../store/database.ts';

const codes: Readonly<Record<string, status>> = {
  SOURCE_UNKNOWN: status.NOT_FOUND,
  SUBJECT_UNKNOWN: status.NOT_FOUND,
  RUN_UNKNOWN: status.NOT_FOUND,
  RESULT_UNKNOWN: status.NOT_FOUND,
  UNIT_UNKNOWN: status.NOT_FOUND,
  LEASE_LOST: status.FAILED_PRECONDITION,
  SUBJECT_ERASED: status.FAILED_PRECONDITION,
  SUBJECT_RESTRICTED: status.FAILED_PRECONDITION,
  SUBJECT_SUPPRESSED: status.FAILED_PRECONDITION,
  HANDLE_CONFLICT: status.FAILED_PRECONDITION,
  LEGAL_HOLD: status.FAILED_PRECONDITION,
  MODEL_UNAVAILABLE: status.FAILED_PRECONDITION,
  ENGINE_MISMATCH: status.FAILED_PRECONDITION,
  OUTCOME_NOT_MODELLED: status.FAILED_PRECONDITION,
  HORIZON_TOO_LONG: status.FAILED_PRECONDITION,
  INVALID_SCENARIO: status.FAILED_PRECONDITION,
  OUTSIDE_VALIDATED_RANGE: status.FAILED_PRECONDITION,
  NONDETERMINISTIC_RESULT: status.ABORTED,
  BATCH_TOO_LARGE: status.RESOURCE_EXHAUSTED,
  TENANT_RECREATED: status.FAILED_PRECONDITION,
  PURPOSE_CHANGED: status.FAILED_PRECONDITION,
  BAD_SPEC: status.INVALID_ARGUMENT,
  BAD_RANGE: status.INVALID_ARGUMENT,
  BAD_REQUEST: status.INVALID_ARGUMENT,
  NAMESPACE_MALFORMED: status.INVALID_ARGUMENT,
  PERSON_MALFORMED: status.INVALID_ARGUMENT,
  PERSON_RESERVED: status.INVALID_ARGUMENT,
  InvalidDuration: status.INVALID_ARGUMENT,
};

/** A refusal by reason code; the status code follows from the reason. */
export class Refusal extends CodedError {}

/** The status to answer, and whether it was unexpected (then it is logged by the caller). */
export function failureOf(thrown: unknown): {
  readonly status: Partial<StatusObject> & Error;
  readonly unexpected: boolean;
} {
  if (thrown instanceof StoreError) return storeFailure(thrown);
  if (thrown instanceof CodedError && codes[thrown.code] !== undefined) {
    const reason = thrown.code === 'InvalidDuration' ? 'BAD_SPEC' : thrown.code;
    return {
      status: statusError(codes[thrown.code] ?? status.INTERNAL, reason, thrown.message),
      unexpected: false,
    };
  }
  if (isServiceError(thrown)) {
    return { status: statusError(thrown.code, reasonOf(thrown), thrown.details), unexpected: false };
  }
  return {
    status: statusError(status.INTERNAL, 'INTERNAL', 'the twin service failed; see its log for the call'),
    unexpected: true,
  };
}

function storeFailure(error: StoreError): {
  readonly status: Partial<StatusObject> & Error;
  readonly unexpected: boolean;
} {
  const again = error.unavailable || error.retryable;
  return {
    status: again
      ? statusError(
          status.UNAVAILABLE,
          'DATABASE_UNAVAILABLE',
          'the database cannot be reached or is busy; try again',
        )
      : statusError(status.INTERNAL, 'INTERNAL', 'a statement failed; see the log of the twin service'),
    unexpected: true,
  };
}
