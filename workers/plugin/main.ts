import { readFileSync } from 'node:fs';
import { readCommandLine } from './arguments.ts';
import { readAudit } from './commands/audit.ts';
import type { CommandReader, Output } from './commands/command.ts';
import { readEnrol } from './commands/enrol.ts';
import { readErase } from './commands/erase.ts';
import { readEvents } from './commands/events.ts';
import { readGet } from './commands/get.ts';
import { readResults } from './commands/results.ts';
import { readWhatIf } from './commands/what-if.ts';
import { ExitCode, usageError } from './failure.ts';
import { runLint } from './lint/command.ts';
import { type CallContext, toPluginError } from './refusals.ts';
import { openSession } from './session.ts';
import { USAGE } from './usage.ts';

const COMMANDS: Readonly<Record<string, CommandReader>> = {
  enrol: readEnrol,
  get: readGet,
  events: readEvents,
  results: readResults,
  'what-if': readWhatIf,
  erase: readErase,
  audit: readAudit,
};

async function main(argv: readonly string[]): Promise<void> {
  let context: CallContext | undefined;
  try {
    const { words, flags } = readCommandLine(argv);
    const [name, ...rest] = words;
    if (flags.help || name === undefined) return end(flags.help ? ExitCode.done : ExitCode.usage, USAGE);
    if (flags.output !== undefined && flags.output !== 'json') throw usageError('--output must be json');
    const reader = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
    if (reader === undefined) throw usageError(`there is no command ${name}`);
    const command = await reader(rest, flags);
    const session = await openSession(flags, command.defaultAccount);
    context = { namespace: session.namespace, account: session.account, verb: command.verb };
    try {
      print(await command.run(session), flags.output === 'json');
    } finally {
      await session.close();
    }
  } catch (error) {
    const failure = toPluginError(error, context);
    process.stderr.write(`kubectl twin: ${failure.message}\n`);
    process.exitCode = failure.exitCode;
  }
}

function print(output: Output, json: boolean): void {
  end(
    output.exitCode ?? ExitCode.done,
    json ? JSON.stringify(output.json, null, 2) : output.lines.join('\n'),
  );
}

function end(exitCode: ExitCode, text: string): void {
  process.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
  process.exitCode = exitCode;
}

/** `lint` needs no cluster, and has flags and exit codes of its own. */
function lintFiles(args: readonly string[]): void {
  const ended = runLint(args, () => readFileSync(process.stdin.fd, 'utf8'));
  process.stdout.write(ended.out);
  process.stderr.write(ended.error);
  process.exitCode = ended.exitCode;
}

const [first, ...others] = process.argv.slice(2);
if (first === 'lint') lintFiles(others);
else await main(process.argv.slice(2));
