// The value that rules see: defaults filled in, as the API server does before it evaluates them.
import type { StructuralSchema } from '#crds/structural.ts';
import { isFields, type Value } from './schema.ts';

/** The value with every default of its schema, and without the fields that are null. */
export function withDefaults(value: Value, schema: StructuralSchema): Value {
  const { items, properties = {}, additionalProperties } = schema;
  if (Array.isArray(value))
    return items === undefined ? value : value.map((item) => withDefaults(item, items));
  if (!isFields(value)) return value;
  const filled: Record<string, Value> = {};
  for (const [name, field] of [...absentDefaults(value, properties), ...Object.entries(value)]) {
    const child = properties[name] ?? additionalProperties;
    if (field !== null) filled[name] = child === undefined ? field : withDefaults(field, child);
  }
  return filled;
}

function absentDefaults(
  value: Readonly<Record<string, Value>>,
  properties: NonNullable<StructuralSchema['properties']>,
): readonly (readonly [name: string, value: Value])[] {
  return Object.entries(properties)
    .filter(([name, child]) => child.default !== undefined && (value[name] ?? null) === null)
    .map(([name, child]) => [name, child.default]);
}
