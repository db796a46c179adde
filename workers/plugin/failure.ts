import { CodedError } from '#runtime/errors.ts';

/** Exit codes: what a script may decide by. */
export const ExitCode = {
  done: 0,
  /** The service refused or failed, or the audit log is not intact. */
  failed: 1,
  /** The command line is wrong. */
  usage: 2,
  /** The account may not do this, or its token is not accepted. */
  denied: 3,
  /** There is no such twin, simulation or result. */
  notFound: 4,
  /** The service or the API server cannot be reached now. */
  unavailable: 5,
} as const;

/** One of the exit codes. */
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/** A failure with its exit code; the message says what to do next. */
export class PluginError extends CodedError {
  readonly exitCode: ExitCode;

  constructor(exitCode: ExitCode, code: string, message: string, options?: ErrorOptions) {
    super(code, message, options);
    this.exitCode = exitCode;
  }
}

/** The command line is wrong. */
export function usageError(message: string): PluginError {
  return new PluginError(ExitCode.usage, 'Usage', `${message}; see kubectl twin --help`);
}
