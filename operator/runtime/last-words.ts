// What a process says when it dies of an error that nobody caught.
import { TerminalError } from './errors.ts';
import type { Log } from './log.ts';
import { EXIT_TERMINAL, writeTerminationMessage } from './shutdown.ts';

/**
 * Ends the process on an error that nobody caught. Node would print the error with its message, its cause and every
 * field, any of which may repeat what a record says; the log says class, code and call sites only. Exit code 78 for a
 * TerminalError, else 1: Kubernetes starts the process again.
 */
export function guardLastWords(log: Log): void {
  const end = (error: unknown): void => {
    log.error('the process ends by an error that nobody caught', { error });
    const isTerminal = error instanceof TerminalError;
    if (isTerminal) writeTerminationMessage(error.code, error.message);
    process.exit(isTerminal ? EXIT_TERMINAL : 1);
  };
  process.on('uncaughtException', end);
  process.on('unhandledRejection', end);
}
