import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type BackoffPolicy, KUBELET_BACKOFF } from './backoff.ts';

/** How a process node is run. */
export interface Config {
  readonly kubeconfig: string;
  readonly stateDirectory: string;
  readonly repositoryRoot: string;
  readonly nodeName: string;
  /** Whether pods end with the process node, or go on and are adopted by the next one. */
  readonly onExit: 'stop' | 'leave';
  /** Port of the log server; 0 for any free one. */
  readonly kubeletPort: number;
  /** Overrides what the machine has, such as `{ cpu: '16' }`. */
  readonly capacity: Readonly<Record<string, string>>;
  readonly backoff: BackoffPolicy;
}

/** The options of the program, for `--help`. */
export const USAGE = `node local/process-node/main.ts --kubeconfig FILE --state-dir DIR --repository-root DIR --node-name NAME
  --on-exit leave|stop          what SIGTERM means for running pods (default leave: the next start adopts them)
  --kubelet-port PORT           port of the log server on 127.0.0.1 (default: a free one)
  --capacity NAME=AMOUNT,...    capacity of the node where it shall differ from the machine's
  --backoff SECONDS,SECONDS     first and longest delay before a restart (default 10,300)`;

/**
 * Reads the command line.
 * @throws Error naming the option that is missing or wrong.
 */
export function parseConfig(args: readonly string[]): Config {
  const { values } = parseArgs({
    args: [...args],
    options: {
      kubeconfig: { type: 'string' },
      'state-dir': { type: 'string' },
      'repository-root': { type: 'string' },
      'node-name': { type: 'string' },
      'on-exit': { type: 'string', default: 'leave' },
      'kubelet-port': { type: 'string', default: '0' },
      capacity: { type: 'string', default: '' },
      backoff: { type: 'string' },
    },
  });
  const required = (name: 'kubeconfig' | 'state-dir' | 'repository-root' | 'node-name'): string => {
    const value = values[name];
    if (value === undefined) throw new Error(`--${name} is missing`);
    return value;
  };
  const onExit = values['on-exit'];
  if (onExit !== 'leave' && onExit !== 'stop') throw new Error('--on-exit must be leave or stop');
  return {
    kubeconfig: resolve(required('kubeconfig')),
    stateDirectory: resolve(required('state-dir')),
    repositoryRoot: resolve(required('repository-root')),
    nodeName: required('node-name'),
    onExit,
    kubeletPort: portNumber(values['kubelet-port']),
    capacity: amounts(values.capacity),
    backoff: backoffPolicy(values.backoff),
  };
}

function portNumber(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new Error(`--kubelet-port ${text} is no port: give a number from 0 to 65535`);
  }
  return port;
}

function amounts(text: string): Readonly<Record<string, string>> {
  const entries = text.split(',').filter((entry) => entry !== '');
  return Object.fromEntries(
    entries.map((entry) => {
      const [name, amount] = entry.split('=');
      if (!name || !amount) throw new Error(`--capacity ${entry} must be NAME=AMOUNT, such as cpu=16`);
      return [name, amount];
    }),
  );
}

function backoffPolicy(text: string | undefined): BackoffPolicy {
  if (text === undefined) return KUBELET_BACKOFF;
  const [base = Number.NaN, cap = Number.NaN] = text.split(',').map(Number);
  if (!(base > 0 && cap >= base)) {
    throw new Error(`--backoff ${text} must be two numbers of seconds, the first not above the second`);
  }
  return { base: base * 1000, cap: cap * 1000 };
}
