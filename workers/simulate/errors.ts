// Every failure that this process can tell apart.
import { CodedError, TerminalError } from '#runtime/errors.ts';

/** The lease of a unit is gone: another worker has it, and what was computed is dropped. */
export class LeaseLostError extends CodedError {
  constructor(options?: ErrorOptions) {
    super('LeaseLost', 'the lease of the unit is lost; another worker computes it', options);
  }
}

/** The engine cannot answer this run, however often it is asked: the run ends with this reason. */
export class RunRefusedError extends CodedError {
  /** Reason code of the TrajectoryGenerator. */
  readonly reason: string;

  constructor(reason: string, message: string, options?: ErrorOptions) {
    super('RunRefused', message, options);
    this.reason = reason;
  }
}

/** The engine has been away for too long; a new pod tries again. */
export class EngineUnavailableError extends CodedError {
  constructor(options?: ErrorOptions) {
    super('EngineUnavailable', 'the inference engine does not answer; look at its pod or sidecar', options);
  }
}

/** Leaves came from engines of different classes, whose last bits may differ. */
export class EngineMixedError extends CodedError {
  constructor() {
    super('EngineMixed', 'the unit met engines of different classes; run it on nodes of one kind');
  }
}

/** The twin service refuses for good. */
export class RunLostError extends TerminalError {}
