// Every failure that this process can tell apart, with the codes that others decide by.
import { CodedError, TerminalError } from '#runtime/errors.ts';

/** Why a bundle is not served; written to the termination log, read by the operator. */
export type BundleReason = 'DigestMismatch' | 'ContractViolation' | 'FetchFailed';

/** A bundle that must not be served. A retry cannot mend it. */
export class BundleError extends TerminalError {
  readonly reason: BundleReason;

  constructor(reason: BundleReason, message: string, options?: ErrorOptions) {
    super(reason, message, options);
    this.reason = reason;
  }
}

/** Reason codes of the TrajectoryGenerator (proto/twinward/v1/trajectory.proto), and those of the open protocol. */
export type CallReason =
  | 'BAD_RANGE'
  | 'UNIT_MISMATCH'
  | 'FUTURE_EVENT'
  | 'INTERVENTION_UNKNOWN'
  | 'MODEL_UNKNOWN'
  | 'DIGEST_MISMATCH'
  | 'OUT_OF_SCOPE'
  | 'COVERAGE_TOO_LOW'
  | 'OUTCOME_NOT_MODELLED'
  | 'HORIZON_TOO_LONG'
  | 'REQUEST_TOO_LARGE'
  | 'QUEUE_FULL'
  | 'LOADING'
  | 'DRAINING'
  | 'DEADLINE_EXPIRED'
  | 'MODEL_FIXED'
  | 'CANCELLED'
  | 'ENGINE_FAILED'
  | 'NON_FINITE';

/** A refused call. The message names the field, what is wrong and what to do; never a code or value of a person. */
export class CallError extends CodedError {
  readonly reason: CallReason;
  /** Milliseconds after which a retry makes sense. */
  readonly retryAfterMs: number | undefined;

  constructor(
    reason: CallReason,
    message: string,
    options?: ErrorOptions & { readonly retryAfterMs?: number },
  ) {
    super(reason, message, options);
    this.reason = reason;
    this.retryAfterMs = options?.retryAfterMs;
  }
}

/** A tensor request that the graph cannot take: INVALID_ARGUMENT in the Open Inference Protocol. */
export class TensorError extends CodedError {
  constructor(message: string) {
    super('InvalidTensor', message);
  }
}
