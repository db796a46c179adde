import { spawn } from 'node:child_process';
import { LocalFailure } from '../failure.ts';

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly input?: string;
  /** Called with every line that the program writes to stderr. */
  readonly onErrorLine?: (line: string) => void;
  readonly timeoutMilliseconds?: number;
}

const KEPT_ERROR_LINES = 25;

/**
 * Runs a program to its end and returns what it wrote to stdout.
 * @throws LocalFailure with the end of its stderr when it cannot start, fails, or takes too long.
 */
export function runProgram(
  program: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, [...args], {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      stdio: ['pipe', 'pipe', 'pipe'],
      timeout: options.timeoutMilliseconds,
    });
    let output = '';
    let errors = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      errors = keepEnd(errors + text);
      for (const line of text.split('\n').filter((part) => part !== '')) {
        options.onErrorLine?.(line);
      }
    });
    child.once('error', (cause) => {
      reject(
        new LocalFailure(`${program} cannot be run: ${cause.message}`, `Install ${program}.`, { cause }),
      );
    });
    child.once('close', (code, signal) => {
      if (code === 0) {
        resolve(output);
        return;
      }
      const end = signal === null ? `exit code ${code}` : `signal ${signal}`;
      const text = errors.trim() === '' ? output.trim() : errors.trim();
      reject(new LocalFailure(`${program} ${args[0] ?? ''} failed (${end}):\n${text}`, 'Read what it says.'));
    });
    // A program that does not read its input closes the pipe early; its exit code tells what matters.
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.input ?? '');
  });
}

function keepEnd(text: string): string {
  return text.split('\n').slice(-KEPT_ERROR_LINES).join('\n');
}
