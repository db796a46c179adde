/** What is wrong at one place of a file. */
export interface Finding {
  /** Path as it was given, or "-" for standard input. */
  readonly file: string;
  /** Both from 1. */
  readonly line: number;
  readonly column: number;
  /** Kind and name, such as Simulation/statins; empty when neither is known. */
  readonly object: string;
  /** Field, such as spec.scenarios[1].name; empty for the object as a whole. */
  readonly path: string;
  readonly rule: FindingRule;
  /** What is wrong and what to do. */
  readonly message: string;
}

/** What a finding is about: scripts may decide by it. */
export const FindingRule = {
  /** The text is no YAML or JSON. */
  syntax: 'Syntax',
  /** No kind of ours has this name or version. */
  unknownKind: 'UnknownKind',
  unknownField: 'UnknownField',
  /** A value that the schema of its field refuses. */
  schema: 'Schema',
  /** A rule across fields refuses the object. */
  cel: 'Rule',
  /** The same object twice. */
  duplicate: 'Duplicate',
} as const;
export type FindingRule = (typeof FindingRule)[keyof typeof FindingRule];

/** A step into a value: the name of a field, or an index. */
export type Step = string | number;

/** A problem of a value, before it is known where in a file the value stands. */
export interface Problem {
  readonly steps: readonly Step[];
  readonly rule: FindingRule;
  readonly message: string;
}

/** Steps as people write them: spec.scenarios[1].name; a name with dots or slashes in brackets. */
export function pathOf(steps: readonly Step[]): string {
  let path = '';
  for (const step of steps) {
    if (typeof step === 'number') path += `[${step}]`;
    else if (/^[A-Za-z_-][\w-]*$/.test(step)) path += path === '' ? step : `.${step}`;
    else path += `[${JSON.stringify(step)}]`;
  }
  return path;
}
