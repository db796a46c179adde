// Pure: what `main.ts export` is asked for.
import { parseArgs } from 'node:util';
import { TerminalError } from '#runtime/errors.ts';

/** An export of one tenant. */
export interface ExportRequest {
  readonly namespace: string;
  /** Folder that does not exist yet, or is empty. */
  readonly out: string;
  /** End of the observation, `YYYY-MM-DD`, midnight UTC. */
  readonly asOf: string;
}

const day = /^\d{4}-\d\d-\d\d$/;
const usage = 'use export --namespace NAME --out FOLDER [--as-of YYYY-MM-DD]';

/** Reads the arguments after `export`. Throws TerminalError BadArguments. */
export function parseExportRequest(args: readonly string[], today: string): ExportRequest {
  const { namespace, out, 'as-of': asOf = today } = valuesOf(args);
  if (namespace === undefined || out === undefined) {
    throw new TerminalError('BadArguments', `--namespace or --out is missing: ${usage}`);
  }
  const parsed = new Date(`${asOf}T00:00:00Z`);
  if (!day.test(asOf) || Number.isNaN(parsed.getTime()) || !parsed.toISOString().startsWith(asOf)) {
    throw new TerminalError('BadArguments', `--as-of is no day of the calendar: ${usage}`);
  }
  if (asOf > today) throw new TerminalError('BadArguments', `--as-of is in the future: ${usage}`);
  return { namespace, out, asOf };
}

function valuesOf(args: readonly string[]): Readonly<Record<string, string | undefined>> {
  const text = { type: 'string' } as const;
  try {
    return parseArgs({ args: [...args], options: { namespace: text, out: text, 'as-of': text } }).values;
  } catch {
    throw new TerminalError('BadArguments', `an argument is not known: ${usage}`);
  }
}
