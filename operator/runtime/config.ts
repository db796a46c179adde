import type { z } from 'zod';
import { TerminalError } from './errors.ts';

/**
 * Reads the environment through one schema, once, and freezes the result. An empty variable counts as
 * absent. Throws TerminalError InvalidConfiguration that names every wrong variable (values never appear).
 */
export function readConfig<S extends z.ZodType>(
  schema: S,
  env: NodeJS.ProcessEnv = process.env,
): Readonly<z.output<S>> {
  const present = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value !== ''),
  );
  const parsed = schema.safeParse(present);
  if (parsed.success) return Object.freeze(parsed.data);
  const wrong = parsed.error.issues.map(
    (issue) => `${issue.path.join('.') || 'environment'} (${issue.code})`,
  );
  throw new TerminalError(
    'InvalidConfiguration',
    `the environment does not fit: ${wrong.join(', ')}; set these variables as docs/architecture.md says`,
  );
}
