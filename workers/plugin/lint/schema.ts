// A value against the structural schema of its kind: what the API server checks before it looks at rules.
import type { StructuralSchema } from '#crds/structural.ts';
import { FindingRule, type Problem, type Step } from './finding.ts';
import { didYouMean } from './nearest.ts';

/** A parsed value of YAML or JSON. */
export type Value = unknown;
type Fields = Readonly<Record<string, Value>>;
type Properties = NonNullable<StructuralSchema['properties']>;

/** Whether a value is a mapping. */
export const isFields = (value: Value): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const problem = (steps: readonly Step[], rule: Problem['rule'], message: string): Problem => ({
  steps,
  rule,
  message,
});
const refused = (steps: readonly Step[], message: string): Problem =>
  problem(steps, FindingRule.schema, message);

/** Every problem of a value. */
export function schemaProblems(
  value: Value,
  schema: StructuralSchema,
  steps: readonly Step[] = [],
): readonly Problem[] {
  const wrong = wrongType(value, schema);
  if (wrong !== undefined) return [refused(steps, wrong)];
  switch (schema.type) {
    case 'object':
      return objectProblems(value as Fields, schema, steps);
    case 'array':
      return listProblems(value as readonly Value[], schema, steps);
    case 'string':
      return textProblems(value as string, schema, steps);
    case 'integer':
      return numberProblems(value as number, schema, steps);
    case 'boolean':
      return [];
  }
}

const articles = {
  object: 'a mapping',
  array: 'a list',
  string: 'a text',
  integer: 'a whole number',
  boolean: 'true or false',
} as const;

function wrongType(value: Value, { type }: StructuralSchema): string | undefined {
  const fits: Readonly<Record<StructuralSchema['type'], boolean>> = {
    object: isFields(value),
    array: Array.isArray(value),
    string: typeof value === 'string',
    integer: typeof value === 'number' && Number.isInteger(value),
    boolean: typeof value === 'boolean',
  };
  if (fits[type]) return undefined;
  const quoted = type === 'string' && (typeof value === 'number' || typeof value === 'boolean');
  const hint = quoted ? `: put it in quotes, as "${String(value)}"` : '';
  return `must be ${articles[type]}, not ${nameOf(value)}${hint}`;
}

function nameOf(value: Value): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a mapping';
  if (typeof value === 'string') return 'a text';
  return typeof value === 'boolean' ? 'true or false' : 'a number';
}

function objectProblems(value: Fields, schema: StructuralSchema, steps: readonly Step[]): readonly Problem[] {
  const { properties } = schema;
  if (properties === undefined) return mapProblems(value, schema, steps);
  const absent = (schema.required ?? [])
    .filter((name) => !isPresent(value, name))
    .map((name) => refused([...steps, name], missing(name, properties[name])));
  const present = Object.keys(value).flatMap((name) => fieldProblems(value, name, properties, steps));
  return [...absent, ...present];
}

function fieldProblems(
  value: Fields,
  name: string,
  properties: Properties,
  steps: readonly Step[],
): readonly Problem[] {
  const child = Object.hasOwn(properties, name) ? properties[name] : undefined;
  if (child === undefined) return [unknownField([...steps, name], name, Object.keys(properties))];
  return isPresent(value, name) ? schemaProblems(value[name], child, [...steps, name]) : [];
}

function unknownField(steps: readonly Step[], name: string, known: readonly string[]): Problem {
  const hint = didYouMean(name, known);
  const else_ = hint === '' ? `; there are ${known.join(', ')}` : '';
  return problem(steps, FindingRule.unknownField, `there is no such field${hint}${else_}`);
}

function missing(name: string, schema: StructuralSchema | undefined): string {
  const what = schema?.description === undefined ? '' : ` ${schema.description}`;
  return `is required: add ${name}.${what}`;
}

/** A null is as good as nothing: the API server drops it. */
function isPresent(value: Fields, name: string): boolean {
  return Object.hasOwn(value, name) && value[name] !== null;
}

function mapProblems(value: Fields, schema: StructuralSchema, steps: readonly Step[]): readonly Problem[] {
  const child = schema.additionalProperties;
  const most = schema['maxProperties'];
  const problems: Problem[] = [];
  if (typeof most === 'number' && Object.keys(value).length > most)
    problems.push(refused(steps, `may have at most ${most} entries`));
  if (child === undefined) return problems;
  for (const [name, field] of Object.entries(value)) {
    if (field !== null) problems.push(...schemaProblems(field, child, [...steps, name]));
  }
  return problems;
}

function listProblems(
  value: readonly Value[],
  schema: StructuralSchema,
  steps: readonly Step[],
): readonly Problem[] {
  const { items } = schema;
  const problems: Problem[] = [];
  const [least, most] = [schema['minItems'], schema['maxItems']];
  if (typeof least === 'number' && value.length < least)
    problems.push(refused(steps, `must have at least ${least} entries, and has ${value.length}`));
  if (typeof most === 'number' && value.length > most)
    problems.push(refused(steps, `may have at most ${most} entries, and has ${value.length}`));
  if (items !== undefined)
    for (const [index, item] of value.entries())
      problems.push(...schemaProblems(item, items, [...steps, index]));
  return [...problems, ...duplicateProblems(value, schema, steps)];
}

/** A list that is a map may hold each key once. */
function duplicateProblems(
  value: readonly Value[],
  schema: StructuralSchema,
  steps: readonly Step[],
): readonly Problem[] {
  const keys = schema['x-kubernetes-list-map-keys'];
  if (!Array.isArray(keys)) return [];
  const seen = new Set<string>();
  return value.flatMap((item, index) => {
    const key = JSON.stringify(keys.map((name) => keyValue(item, String(name), schema)));
    if (!seen.has(key)) {
      seen.add(key);
      return [];
    }
    return [
      refused(
        [...steps, index],
        `is there twice: each ${keys.join(' and ')} may occur once; remove or rename one`,
      ),
    ];
  });
}

function keyValue(item: Value, name: string, schema: StructuralSchema): Value {
  return isFields(item) ? (item[name] ?? schema.items?.properties?.[name]?.default) : undefined;
}

function textProblems(value: string, schema: StructuralSchema, steps: readonly Step[]): readonly Problem[] {
  if (schema.enum !== undefined && !schema.enum.includes(value)) {
    const hint = didYouMean(value, schema.enum);
    return [refused(steps, `must be one of ${schema.enum.join(', ')}${hint}`)];
  }
  const length = [...value].length;
  const [least, most] = [schema['minLength'], schema['maxLength']];
  if (typeof least === 'number' && length < least) return [refused(steps, 'must not be empty')];
  if (typeof most === 'number' && length > most)
    return [refused(steps, `may have at most ${most} characters, and has ${length}`)];
  return [];
}

function numberProblems(value: number, schema: StructuralSchema, steps: readonly Step[]): readonly Problem[] {
  const [least, most] = [schema['minimum'], schema['maximum']];
  if (typeof least === 'number' && value < least) return [refused(steps, `must be at least ${least}`)];
  if (typeof most === 'number' && value > most) return [refused(steps, `must be at most ${most}`)];
  const int32 = schema.format === 'int32' && (value < -(2 ** 31) || value >= 2 ** 31);
  return int32 ? [refused(steps, 'must fit into 32 bits')] : [];
}
