import { parseArgs } from 'node:util';
import { usageError } from './failure.ts';

const OPTIONS = {
  namespace: { type: 'string', short: 'n' },
  output: { type: 'string', short: 'o' },
  account: { type: 'string' },
  endpoint: { type: 'string' },
  'port-forward': { type: 'boolean' },
  'ca-file': { type: 'string' },
  'token-file': { type: 'string' },
  kubeconfig: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
  system: { type: 'string' },
  handle: { type: 'string' },
  model: { type: 'string' },
  revision: { type: 'string' },
  limit: { type: 'string' },
  start: { type: 'string', multiple: true },
  stop: { type: 'string', multiple: true },
  set: { type: 'string', multiple: true },
  outcomes: { type: 'string' },
  horizon: { type: 'string' },
  trajectories: { type: 'string' },
  seed: { type: 'string' },
  reason: { type: 'string' },
  immediate: { type: 'boolean' },
  'dry-run': { type: 'boolean' },
  yes: { type: 'boolean', short: 'y' },
} as const;

/** The flags of a command line. */
export type Flags = ReturnType<typeof parse>['values'];

/** A command line, taken apart. */
export interface CommandLine {
  readonly words: readonly string[];
  readonly flags: Flags;
}

const GLOBAL: readonly string[] = [
  'namespace',
  'output',
  'account',
  'endpoint',
  'port-forward',
  'ca-file',
  'token-file',
  'kubeconfig',
  'help',
];

/** Takes a command line apart. Throws PluginError Usage when a flag is not known. */
export function readCommandLine(argv: readonly string[]): CommandLine {
  try {
    const { values, positionals } = parse(argv);
    return { words: positionals, flags: values };
  } catch (error) {
    throw usageError(error instanceof TypeError ? error.message : 'the command line cannot be read');
  }
}

function parse(argv: readonly string[]) {
  return parseArgs({ args: [...argv], options: OPTIONS, allowPositionals: true, strict: true });
}

/** Refuses flags that a command does not know. */
export function onlyFlags(flags: Flags, command: string, ...known: readonly (keyof Flags)[]): void {
  const allowed: readonly string[] = [...GLOBAL, ...known];
  const wrong = Object.keys(flags).find((name) => !allowed.includes(name));
  if (wrong !== undefined) throw usageError(`--${wrong} is no flag of ${command}`);
}

/** A flag that must be given. */
export function required(value: string | undefined, flag: string): string {
  if (value === undefined || value === '') throw usageError(`--${flag} is missing`);
  return value;
}

/** A whole number of a flag, from `least` up; `otherwise` when the flag is not given. */
export function wholeNumber(value: string | undefined, flag: string, otherwise: number, least = 0): number {
  if (value === undefined) return otherwise;
  const number = Number(value);
  if (!Number.isSafeInteger(number) || number < least) {
    throw usageError(`--${flag} must be a whole number from ${least} up`);
  }
  return number;
}
