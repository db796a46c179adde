// `twinward lint`: command line → exit code and texts. 0 nothing wrong, 1 findings, 2 the command could not do its work.
import { parseArgs } from 'node:util';
import { failureOf, LintFailure } from './failure.ts';
import { readSources } from './files.ts';
import { lint } from './lint.ts';
import { type OutputForm, outputs, report } from './report.ts';

/** How the command ended. */
export interface Ended {
  readonly exitCode: 0 | 1 | 2;
  readonly out: string;
  readonly error: string;
}

/** What `--help` prints. */
export const USAGE = `twinward lint: checks manifests as the API server would, without one

Usage:
  twinward lint [flags] FILE|FOLDER|- ...

Checks every object of group twinward.io: fields, types, defaults, and the rules of its kind. Objects of other groups
are left alone. Folders are read with all .yaml, .yml and .json files below them; - is standard input.

Flags:
  -o, --output text|github|json   text for people (default), annotations of GitHub, or JSON
  -h, --help

Exit codes: 0 nothing wrong, 1 something is wrong, 2 wrong command line or a file that cannot be read.
`;

/** Runs the command. `standardInput` is read when "-" is named. */
export function runLint(args: readonly string[], standardInput: () => string): Ended {
  try {
    const { help, form, paths } = readArguments(args);
    if (help) return { exitCode: 0, out: USAGE, error: '' };
    const linted = lint(readSources(paths, standardInput));
    return { exitCode: linted.findings.length === 0 ? 0 : 1, out: report(linted, form), error: '' };
  } catch (error) {
    return { exitCode: 2, out: '', error: `twinward lint: ${whyOf(error)}\n` };
  }
}

/** Exit code 1 says that a manifest is wrong, so a fault of this command must not end with it. */
function whyOf(error: unknown): string {
  if (error instanceof LintFailure) return error.message;
  return `a fault of this command; please report it: ${error instanceof Error ? error.stack : String(error)}`;
}

interface Arguments {
  readonly help: boolean;
  readonly form: OutputForm;
  readonly paths: readonly string[];
}

function readArguments(args: readonly string[]): Arguments {
  const { values, positionals } = parse(args);
  const form = outputs.find((each) => each === (values.output ?? 'text'));
  if (form === undefined)
    throw failureOf(`--output must be one of ${outputs.join(', ')}; see twinward lint --help`);
  if (positionals.length === 0 && !values.help)
    throw failureOf('names no file; give files, folders or -, see twinward lint --help');
  return { help: values.help, form, paths: positionals };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        output: { type: 'string', short: 'o' },
        help: { type: 'boolean', short: 'h', default: false },
      },
      allowPositionals: true,
      strict: true,
    });
  } catch (error) {
    throw failureOf(error instanceof Error ? error.message : 'the command line cannot be read', error);
  }
}
