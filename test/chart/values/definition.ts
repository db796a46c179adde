// Reads charts/twinward/values.yaml, the one definition of the chart's values: a value, above it the comment that says
// what it is, and where its type does not follow from its default a line `# @schema {…}` (JSON Schema, in flow style)
// or `# @type name` (one of the types in schema.ts).
import { parse } from 'yaml';

/** One key of the values. */
export interface Value {
  /** Path from the root, such as `operator.replicas`. */
  readonly path: string;
  readonly key: string;
  /** What the comment above says; empty when there is none. */
  readonly description: string;
  readonly fallback: unknown;
  /** What `@schema` says; undefined without one. */
  readonly schema: Readonly<Record<string, unknown>> | undefined;
  /** What `@type` says; undefined without one. */
  readonly type: string | undefined;
  /** Keys below; empty for everything but a map with keys of its own. */
  readonly children: readonly Value[];
}

interface Note {
  readonly description: string;
  readonly schema?: Readonly<Record<string, unknown>>;
  readonly type?: string;
}

/** The values by path. Throws an Error that names the line of an annotation that cannot be read. */
export function readValues(text: string): readonly Value[] {
  const notes = notesOf(text);
  return childrenOf(parse(text), '', notes);
}

function childrenOf(value: unknown, path: string, notes: ReadonlyMap<string, Note>): readonly Value[] {
  if (!isMap(value)) return [];
  return Object.entries(value).map(([key, fallback]) => {
    const own = path === '' ? key : `${path}.${key}`;
    const { description = '', schema, type } = notes.get(own) ?? {};
    const whole = type !== undefined || schema?.['type'] !== undefined;
    return {
      path: own,
      key,
      description,
      fallback,
      schema,
      type,
      children: whole ? [] : childrenOf(fallback, own, notes),
    };
  });
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Comments above keys, by path. Keys inside flow maps and lists have none. */
function notesOf(text: string): ReadonlyMap<string, Note> {
  const notes = new Map<string, Note>();
  const open: { readonly indent: number; readonly key: string }[] = [];
  let comment: string[] = [];
  text.split('\n').forEach((line, index) => {
    const found = /^( *)(?:#( ?)(.*)|([A-Za-z][\w-]*):(?: .*)?)$/.exec(line);
    if (found === null) {
      comment = [];
      return;
    }
    const [, spaces = '', , words, key] = found;
    if (key === undefined) {
      comment.push(words ?? '');
      return;
    }
    while (open.length > 0 && (open.at(-1)?.indent ?? 0) >= spaces.length) open.pop();
    open.push({ indent: spaces.length, key });
    const path = open.map((each) => each.key).join('.');
    if (comment.length > 0) notes.set(path, noteOf(comment, `values.yaml:${index + 1} ${path}`));
    comment = [];
  });
  return notes;
}

function noteOf(lines: readonly string[], where: string): Note {
  const schemas = lines.filter((line) => line.startsWith('@schema ')).map((line) => line.slice(8));
  const types = lines.filter((line) => line.startsWith('@type ')).map((line) => line.slice(6).trim());
  const description = lines
    .filter((line) => !line.startsWith('@'))
    .join(' ')
    .trim();
  const [type] = types;
  const schema = schemas.length === 0 ? undefined : Object.assign({}, ...schemas.map(read));
  return {
    description,
    ...(type === undefined ? {} : { type }),
    ...(schema === undefined ? {} : { schema }),
  };

  function read(source: string): object {
    try {
      return parse(source);
    } catch (cause) {
      throw new Error(`${where}: @schema ${source} is no YAML in flow style`, { cause });
    }
  }
}
