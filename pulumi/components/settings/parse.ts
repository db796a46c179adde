// Settings of a stack: one zod schema per project, read once. A bad value stops the program by name, before any
// resource is registered.
import type { z } from 'zod';

/** Settings that cannot be used. The message lists every fault: the key, what is wrong, and what to do. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
  readonly faults: readonly string[];

  constructor(project: string, stack: string, faults: readonly string[]) {
    super(
      `The configuration of stack ${stack} of ${project} cannot be used:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`,
    );
    this.faults = faults;
  }
}

/** Raw configuration of a project: text by key, without the namespace. */
export type RawSettings = Readonly<Record<string, string>>;

/**
 * Parses the raw configuration of a project. Objects and lists are JSON text, as Pulumi hands them over.
 * Throws SettingsError with every fault at once.
 */
export function parseSettings<Schema extends z.ZodType>(
  schema: Schema,
  where: { readonly project: string; readonly stack: string },
  raw: RawSettings,
): z.output<Schema> {
  const values = Object.fromEntries(Object.entries(raw).map(([key, text]) => [key, plainValue(text)]));
  const parsed = schema.safeParse(values);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.flatMap((issue) => describe(where.project, issue));
  throw new SettingsError(where.project, where.stack, faults);
}

function plainValue(text: string): unknown {
  if (!/^(?:[[{]|true$|false$|-?\d+(?:\.\d+)?$)/.test(text)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function describe(project: string, issue: z.core.$ZodIssue): readonly string[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => {
      const path = pathText([...issue.path, key]);
      return `${project}:${path}: there is no such key. Look for a typing error, or remove it: pulumi config rm --path '${project}:${path}'`;
    });
  }
  const path = pathText(issue.path);
  return [
    `${project}:${path}: ${whatIsWrong(issue)}. Set it: pulumi config set --path '${project}:${path}' VALUE`,
  ];
}

/** The words of the schema; where it has none of its own, what zod expected. */
function whatIsWrong(issue: z.core.$ZodIssue): string {
  if (!issue.message.startsWith('Invalid input')) return issue.message.replace(/[.]$/, '');
  if (issue.message.endsWith('received undefined')) return 'is missing';
  return issue.message
    .replace('Invalid input: expected', 'must be of type')
    .replace('received', 'is of type');
}

function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((part, index) =>
      typeof part === 'number' ? `[${part}]` : `${index === 0 ? '' : '.'}${String(part)}`,
    )
    .join('');
}
