import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { remove, stop } from './demo/down.ts';
import { type Layout, layoutOf, ROOT } from './demo/layout.ts';
import { status } from './demo/status.ts';
import { up } from './demo/up.ts';
import { failureText, LocalFailure } from './failure.ts';
import { withLock } from './processes/lock.ts';
import { lineProgress, type Progress } from './progress.ts';

const HELP = `npm run demo [-- COMMAND] [--state-dir DIR]

The whole of Twinward on this machine, without containers: a real control plane, PostgreSQL, a node that runs
pods as processes, and the samples of samples/getting-started.

  up        (default) starts what is not running, applies everything, prints the forecasts; the stack stays up
  status    which parts run, and how the objects stand
  stop      ends all processes; the state stays, and the next run goes on from it
  delete    ends all processes and removes the state with all records in it
  --help    this text

  --state-dir DIR   where the state is kept; default .twinward in the repository

After a change of code: stop, then up. Running pods keep the code they started with.
Your own ~/.kube/config is never touched: the kubeconfig is .twinward/kubeconfig.
Programs of the control plane are looked for in KUBEBUILDER_ASSETS, then in the user's cache folder; what is
missing is downloaded from the official releases, or built with Go.
`;

type Command = (layout: Layout, progress: Progress) => Promise<boolean>;
const COMMANDS: Readonly<Record<string, Command>> = { up, status, stop, delete: remove };

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { help: { type: 'boolean', short: 'h' }, 'state-dir': { type: 'string' } },
  });
  const [name = 'up', ...surplus] = positionals;
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (values.help === true || command === undefined || surplus.length > 0) {
    console.log(HELP);
    return values.help === true ? 0 : 2;
  }
  const layout = layoutOf(values['state-dir'] ?? join(ROOT, '.twinward'));
  const progress = lineProgress((line) => console.log(line));
  return (await run(command, layout, progress)) ? 0 : 1;
}

async function run(command: Command, layout: Layout, progress: Progress): Promise<boolean> {
  if (command !== up && !existsSync(layout.stateDir)) {
    progress.say(`There is no stack in ${layout.stateDir}. Start one: npm run demo`);
    return command !== status;
  }
  return command === status ? command(layout, progress) : alone(layout, () => command(layout, progress));
}

/** Two runs over one state folder would start everything twice. */
async function alone(layout: Layout, work: () => Promise<boolean>): Promise<boolean> {
  mkdirSync(layout.stateDir, { recursive: true });
  return withLock(
    layout.lock,
    (pid) => {
      throw new LocalFailure(
        `Process ${pid} is working on ${layout.stateDir}.`,
        'Wait until it is done, or end it; then run the same command again.',
      );
    },
    work,
  );
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(`\nThe demo failed: ${failureText(error)}`);
  const next =
    error instanceof LocalFailure ? error.next : 'Run the same command again; it keeps what works.';
  console.error(`What to do: ${next}`);
  process.exitCode = 1;
}
