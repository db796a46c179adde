import type { Flags } from '../arguments.ts';
import type { ExitCode } from '../failure.ts';
import type { Session } from '../session.ts';

/** What a command prints: lines for people, or one JSON value. */
export interface Output {
  readonly lines: readonly string[];
  readonly json: unknown;
  readonly exitCode?: ExitCode;
}

/** Milliseconds that a call may take. */
export const CALL_MS = 20_000;
/** Milliseconds for what is computed while the caller waits. */
export const LONG_CALL_MS = 120_000;

/** A command: read from the command line first, then run in a session. */
export interface Command {
  /** Verb that the call needs: `get` on patienttwins/record, another one on patienttwins. */
  readonly verb: string;
  readonly defaultAccount: string;
  run(session: Session): Promise<Output>;
}

/** Reads the words behind a command's name and the flags. Throws PluginError Usage. */
export type CommandReader = (words: readonly string[], flags: Flags) => Promise<Command> | Command;
