/** The command cannot do its work: a wrong command line, or a file that cannot be read. */
export class LintFailure extends Error {}

/** Makes one. The message names what is wrong and what to do. */
export function failureOf(message: string, cause?: unknown): LintFailure {
  return new LintFailure(message, cause === undefined ? undefined : { cause });
}
