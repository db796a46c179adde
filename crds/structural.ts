import { z } from 'zod';

/** A node of a structural schema, the dialect of OpenAPI 3.0 that CustomResourceDefinitions use. */
export interface StructuralSchema {
  readonly type: 'object' | 'array' | 'string' | 'integer' | 'boolean';
  readonly description?: string;
  readonly format?: string;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, StructuralSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: StructuralSchema;
  readonly items?: StructuralSchema;
  readonly enum?: readonly string[];
  readonly [keyword: string]: unknown;
}

type Json = Readonly<Record<string, unknown>>;

/** What the API server accepts of each type, and what we ask of it. */
const keywords: Readonly<Record<string, readonly string[]>> = {
  object: ['properties', 'required', 'additionalProperties', 'maxProperties', 'minProperties'],
  array: ['items', 'maxItems', 'minItems', 'x-kubernetes-list-type', 'x-kubernetes-list-map-keys'],
  string: ['maxLength', 'minLength', 'pattern', 'enum'],
  integer: ['minimum', 'maximum', 'multipleOf'],
  boolean: [],
};
const anywhere = ['type', 'description', 'default', 'format', 'x-kubernetes-validations'];

const objectName: StructuralSchema = { type: 'string', maxLength: 253 };

const typeMeta: Readonly<Record<string, StructuralSchema>> = {
  apiVersion: { type: 'string', description: 'Group and version of the schema of this object.' },
  kind: { type: 'string', description: 'Kind of this object.' },
  // With both names declared, rules know how long they can be; otherwise their cost could not be bounded.
  metadata: { type: 'object', properties: { name: objectName, generateName: objectName } },
};

/**
 * Translates the zod schema of a kind to the structural schema of its CustomResourceDefinition.
 * @throws Error with the path and the reason, when the API server would refuse the schema or could not bound its
 * rules: unions, floating point numbers, texts, lists or maps without a limit, a list that is keyed by a field
 * without value, an unknown keyword, a missing description.
 */
export function structuralSchema(kind: z.ZodObject): StructuralSchema {
  const json: Json = z.toJSONSchema(kind, { target: 'openapi-3.0', io: 'input', override: rewriteNumber });
  const properties = { ...asJson(json['properties'], ''), ...typeMeta };
  const root = { ...json, properties, required: ['metadata', 'spec'] };
  const checked = check({ ...root, properties: { ...properties, metadata: undefined } }, '');
  return { ...checked, properties: { ...typeMeta, ...checked.properties } };
}

/** zod bounds integers by what they can hold; the API server says that by `format`. */
function rewriteNumber(context: { readonly zodSchema: unknown; jsonSchema: Record<string, unknown> }): void {
  const node = context.jsonSchema;
  if (node['type'] !== 'integer' || node['format'] !== undefined) {
    return;
  }
  const isInt32 = context.zodSchema instanceof z.ZodNumber && context.zodSchema.format === 'int32';
  const [least, most] = isInt32
    ? [-(2 ** 31), 2 ** 31 - 1]
    : [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER];
  node['format'] = isInt32 ? 'int32' : 'int64';
  if (node['minimum'] === least) {
    delete node['minimum'];
  }
  if (node['maximum'] === most) {
    delete node['maximum'];
  }
}

function check(node: Json, path: string): StructuralSchema {
  const type = node['type'];
  const allowed = typeof type === 'string' ? keywords[type] : undefined;
  if (!isType(type) || allowed === undefined) {
    throw refusal(path, `has type ${JSON.stringify(type)}; use an object, array, string, integer or boolean`);
  }
  for (const keyword of Object.keys(node)) {
    if (!anywhere.includes(keyword) && !allowed.includes(keyword)) {
      throw refusal(
        path,
        `uses "${keyword}", which a structural schema cannot have; write a CEL rule instead`,
      );
    }
  }
  if (typeof node['description'] !== 'string' || node['description'] === '') {
    throw refusal(path, 'has no description');
  }
  return { ...node, type, ...checkType(type, node, path) };
}

function checkType(type: StructuralSchema['type'], node: Json, path: string): Partial<StructuralSchema> {
  if (type === 'object') {
    return checkObject(node, path);
  }
  if (type === 'array') {
    return checkArray(node, path);
  }
  const bounded = node['maxLength'] !== undefined || node['enum'] !== undefined;
  if (type === 'string' && path !== '.apiVersion' && path !== '.kind' && !bounded) {
    throw refusal(path, 'has no maxLength');
  }
  return {};
}

function checkObject(node: Json, path: string): Partial<StructuralSchema> {
  if (node['properties'] === undefined) {
    return checkMap(node, path);
  }
  if (node['additionalProperties'] !== undefined) {
    throw refusal(path, 'has both properties and additionalProperties; use z.object');
  }
  const entries = Object.entries(asJson(node['properties'], path))
    .filter(([, value]) => value !== undefined)
    .map(([name, value]): [string, StructuralSchema] => [
      name,
      check(asJson(value, path), `${path}.${name}`),
    ]);
  return { properties: Object.fromEntries(entries) };
}

function checkMap(node: Json, path: string): Partial<StructuralSchema> {
  if (node['maxProperties'] === undefined) {
    throw refusal(path, 'has no maxProperties');
  }
  const values = asJson(node['additionalProperties'], path);
  return { additionalProperties: check({ description: 'Value.', ...values }, `${path}[*]`) };
}

function checkArray(node: Json, path: string): Partial<StructuralSchema> {
  const items = check(asJson(node['items'], path), `${path}[]`);
  if (node['maxItems'] === undefined) {
    throw refusal(path, 'has no maxItems');
  }
  if (items.type === 'object' && node['x-kubernetes-list-type'] === undefined) {
    throw refusal(path, 'has no x-kubernetes-list-type; say map with its keys, or atomic');
  }
  checkKeys(node['x-kubernetes-list-map-keys'], items, path);
  return { items };
}

function checkKeys(keys: unknown, items: StructuralSchema, path: string): void {
  for (const key of Array.isArray(keys) ? keys : []) {
    const field = items.properties?.[String(key)];
    if (
      field === undefined ||
      (field.default === undefined && items.required?.includes(String(key)) !== true)
    ) {
      throw refusal(path, `is keyed by ${String(key)}, which must be required or have a default`);
    }
  }
}

function isType(value: unknown): value is StructuralSchema['type'] {
  return typeof value === 'string' && Object.hasOwn(keywords, value);
}

function asJson(value: unknown, path: string): Json {
  if (typeof value !== 'object' || value === null) {
    throw refusal(path, 'holds no schema where one is needed');
  }
  return { ...value };
}

function refusal(path: string, reason: string): Error {
  return new Error(`Schema of ${path === '' ? 'the object' : path.slice(1)} ${reason}.`);
}
