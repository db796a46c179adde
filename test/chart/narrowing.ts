// What a new version of a kind refuses or means differently, of what an old one took. Pure.

type Schema = Readonly<Record<string, unknown>>;

/** What a CustomResourceDefinition says, as far as it is compared. */
export interface Kind {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly group: string;
    readonly scope: string;
    readonly names: { readonly plural: string; readonly kind: string };
    readonly versions: readonly Version[];
  };
}

interface Version {
  readonly name: string;
  readonly served: boolean;
  readonly storage: boolean;
  readonly schema: { readonly openAPIV3Schema: Schema };
  readonly subresources?: Schema;
  readonly selectableFields?: readonly { readonly jsonPath: string }[];
}

/** One line per change that an object, a client or a manifest of the old version may not survive; empty when none is. */
export function narrowings(before: Kind, after: Kind): readonly string[] {
  const own = before.metadata.name;
  const whole = [
    ...unequal(`${own} group`, before.spec.group, after.spec.group),
    ...unequal(`${own} scope`, before.spec.scope, after.spec.scope),
    ...unequal(`${own} names.kind`, before.spec.names.kind, after.spec.names.kind),
    ...unequal(`${own} names.plural`, before.spec.names.plural, after.spec.names.plural),
  ];
  return [...whole, ...before.spec.versions.flatMap((version) => ofVersion(own, version, after))];
}

function ofVersion(own: string, before: Version, after: Kind): readonly string[] {
  const where = `${own} ${before.name}`;
  const next = after.spec.versions.find(({ name }) => name === before.name);
  if (next === undefined) return [`${where}: removed`];
  const unserved = before.served && !next.served ? [`${where}: no longer served`] : [];
  const lost = Object.keys(before.subresources ?? {}).filter(
    (name) => next.subresources?.[name] === undefined,
  );
  const fields = (next.selectableFields ?? []).map(({ jsonPath }) => jsonPath);
  const gone = (before.selectableFields ?? []).filter(({ jsonPath }) => !fields.includes(jsonPath));
  return [
    ...unserved,
    ...lost.map((name) => `${where}: subresource ${name} removed`),
    ...gone.map(({ jsonPath }) => `${where}: selectable field ${jsonPath} removed`),
    ...ofSchema(where, before.schema.openAPIV3Schema, next.schema.openAPIV3Schema),
  ];
}

function ofSchema(where: string, before: Schema, after: Schema): readonly string[] {
  return [
    ...same.flatMap((key) => unequal(`${where} ${key}`, before[key], after[key])),
    ...stricter.flatMap((key) => added(`${where} ${key}`, before[key], after[key])),
    ...ofBounds(where, before, after),
    ...ofEnum(where, before, after),
    ...ofFlags(where, before, after),
    ...ofRules(where, before, after),
    ...ofRequired(where, before, after),
    ...ofProperties(where, before, after),
    ...ofNested(where, before, after),
  ];
}

/** A change of these either way is one of meaning. */
const same = [
  'type',
  'default',
  'x-kubernetes-list-type',
  'x-kubernetes-list-map-keys',
  'x-kubernetes-map-type',
  'x-kubernetes-int-or-string',
] as const;
/** These may go, and may neither come nor change. */
const stricter = ['pattern', 'format', 'multipleOf', 'not', 'allOf', 'anyOf', 'oneOf'] as const;
const lowest = ['minimum', 'minLength', 'minItems', 'minProperties'] as const;
const highest = ['maximum', 'maxLength', 'maxItems', 'maxProperties'] as const;

const text = (value: unknown): string => JSON.stringify(value) ?? 'none';

function unequal(what: string, before: unknown, after: unknown): readonly string[] {
  return text(before) === text(after) ? [] : [`${what}: ${text(before)} → ${text(after)}`];
}

function added(what: string, before: unknown, after: unknown): readonly string[] {
  return after === undefined ? [] : unequal(what, before, after);
}

function ofBounds(where: string, before: Schema, after: Schema): readonly string[] {
  const number = (schema: Schema, key: string, missing: number): number => Number(schema[key] ?? missing);
  const raised = lowest.filter(
    (key) => number(after, key, Number.NEGATIVE_INFINITY) > number(before, key, Number.NEGATIVE_INFINITY),
  );
  const lowered = highest.filter(
    (key) => number(after, key, Number.POSITIVE_INFINITY) < number(before, key, Number.POSITIVE_INFINITY),
  );
  const exclusive = (['exclusiveMinimum', 'exclusiveMaximum'] as const).filter(
    (key) => after[key] === true && before[key] !== true,
  );
  return [...raised, ...lowered, ...exclusive].map(
    (key) => `${where} ${key}: ${text(before[key])} → ${text(after[key])}`,
  );
}

function ofEnum(where: string, before: Schema, after: Schema): readonly string[] {
  const [old, next] = [before['enum'], after['enum']];
  if (!Array.isArray(next)) return [];
  if (!Array.isArray(old)) return [`${where} enum: none → ${text(next)}`];
  const gone = old.filter((value) => !next.includes(value));
  return gone.length === 0 ? [] : [`${where} enum: without ${text(gone)}`];
}

function ofFlags(where: string, before: Schema, after: Schema): readonly string[] {
  return ['nullable', 'x-kubernetes-preserve-unknown-fields', 'x-kubernetes-embedded-resource']
    .filter((key) => before[key] === true && after[key] !== true)
    .map((key) => `${where} ${key}: true → ${text(after[key])}`);
}

function ofRules(where: string, before: Schema, after: Schema): readonly string[] {
  const rules = (schema: Schema): readonly string[] =>
    ((schema['x-kubernetes-validations'] ?? []) as readonly { readonly rule: string }[]).map(
      ({ rule }) => rule,
    );
  const known = rules(before);
  return rules(after)
    .filter((rule) => !known.includes(rule))
    .map((rule) => `${where} rule added: ${rule}`);
}

const mapOf = (schema: Schema, key: string): Readonly<Record<string, Schema>> =>
  (schema[key] ?? {}) as Readonly<Record<string, Schema>>;

/** A field with a default is there whether or not somebody wrote it. */
function ofRequired(where: string, before: Schema, after: Schema): readonly string[] {
  const list = (schema: Schema): readonly string[] => (schema['required'] ?? []) as readonly string[];
  const properties = mapOf(after, 'properties');
  return list(after)
    .filter((name) => !list(before).includes(name) && properties[name]?.['default'] === undefined)
    .map((name) => `${where}.${name}: now required`);
}

function ofProperties(where: string, before: Schema, after: Schema): readonly string[] {
  const [old, next] = [mapOf(before, 'properties'), mapOf(after, 'properties')];
  const open =
    after['x-kubernetes-preserve-unknown-fields'] === true || after['additionalProperties'] !== undefined;
  return Object.entries(old).flatMap(([name, schema]) => {
    const found = next[name];
    if (found !== undefined) return ofSchema(`${where}.${name}`, schema, found);
    return open ? [] : [`${where}.${name}: removed`];
  });
}

function ofNested(where: string, before: Schema, after: Schema): readonly string[] {
  const nested = (key: 'items' | 'additionalProperties', suffix: string): readonly string[] => {
    const [old, next] = [before[key], after[key]];
    if (old === undefined) return [];
    if (next === undefined) return [`${where} ${key}: removed`];
    return typeof old === 'object' && typeof next === 'object'
      ? ofSchema(`${where}${suffix}`, old as Schema, next as Schema)
      : unequal(`${where} ${key}`, old, next);
  };
  return [...nested('items', '[]'), ...nested('additionalProperties', '{}')];
}
