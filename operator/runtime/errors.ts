/**
 * An error whose code is stable and whose message, by contract, holds no patient data: it names the
 * field, what is wrong and what to do next. Only messages of this class are ever logged in full.
 */
export class CodedError extends Error {
  /** Stable PascalCase code; alerts and tests decide by it. */
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}

/** A failure that a retry cannot mend. The controller loop drops the key until the object changes. */
export class TerminalError extends CodedError {}

/** What was decided about has changed meanwhile. No failure: the loop tries again when the cache has caught up. */
export class StaleError extends CodedError {
  constructor(options?: ErrorOptions) {
    super('Stale', 'the object changed after it was read', options);
  }
}

/** Work was given up because a deadline passed. */
export class TimeoutError extends CodedError {
  constructor(message: string, options?: ErrorOptions) {
    super('Timeout', message, options);
  }
}

/** Turns any thrown value into an Error and keeps the original as cause. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error
    ? thrown
    : new Error('a value that is no Error was thrown', { cause: thrown });
}
