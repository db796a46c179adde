// The value that rules see: defaults filled in, as the API server does before it evaluates them.
import type { StructuralSchema } from '#crds/structural.ts';
import { isFields, type Value } from './schema.ts';

/** The value with every default of its schema. A null where there is a default counts as absent. */
export function withDefaults(value: Value, schema: StructuralSchema): Value {
  if (Array.isArray(value)) {
    const { items } = schema;
    return items === undefined ? value : value.map((item) => withDefaults(item, items));
  }
  if (!isFields(value)) return value;
  const filled: Record<string, Value> = { ...value };
  for (const [name, child] of Object.entries(schema.properties ?? {})) fill(filled, name, child);
  const { additionalProperties } = schema;
  if (additionalProperties !== undefined)
    for (const [name, field] of Object.entries(value))
      filled[name] = withDefaults(field, additionalProperties);
  return filled;
}

function fill(filled: Record<string, Value>, name: string, schema: StructuralSchema): void {
  const absent = filled[name] === undefined || (filled[name] === null && schema.default !== undefined);
  if (absent && schema.default === undefined) return;
  filled[name] = withDefaults(absent ? schema.default : filled[name], schema);
}
