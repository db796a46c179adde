// The value that rules see: defaults filled in and nulls dropped, as the API server does before it evaluates them.
import type { StructuralSchema } from '#crds/structural.ts';
import { isFields, type Value } from './schema.ts';

type Fields = Readonly<Record<string, Value>>;

/** The value with every default of its schema, and without the fields that are null. */
export function withDefaults(value: Value, schema: StructuralSchema): Value {
  if (isFields(value)) return fieldsWithDefaults(value, schema);
  const { items } = schema;
  return Array.isArray(value) && items !== undefined ? value.map((item) => withDefaults(item, items)) : value;
}

function fieldsWithDefaults(
  value: Fields,
  { properties = {}, additionalProperties }: StructuralSchema,
): Fields {
  const filled: Record<string, Value> = {};
  for (const [name, field] of [...absentDefaults(value, properties), ...Object.entries(value)]) {
    const child = properties[name] ?? additionalProperties;
    if (field !== null) filled[name] = child === undefined ? field : withDefaults(field, child);
  }
  return filled;
}

function absentDefaults(
  value: Fields,
  properties: NonNullable<StructuralSchema['properties']>,
): readonly (readonly [name: string, value: Value])[] {
  return Object.entries(properties)
    .filter(([name, child]) => child.default !== undefined && (value[name] ?? null) === null)
    .map(([name, child]) => [name, child.default]);
}
