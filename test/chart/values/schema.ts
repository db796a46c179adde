// JSON Schema (draft 7, which Helm 3 and Helm 4 read) of the chart's values. Every key that values.yaml does not have is refused.
import type { Value } from './definition.ts';

type Schema = Readonly<Record<string, unknown>>;

const text: Schema = { type: 'string' };
const quantities: Schema = {
  type: 'object',
  additionalProperties: { anyOf: [{ type: 'string', minLength: 1 }, { type: 'number' }] },
};
const objects: Schema = { type: 'object' };

/** Types that several values have; `# @type name` in values.yaml. */
const types: Readonly<Record<string, Schema>> = {
  /** May be empty. */
  text,
  name: { type: 'string', minLength: 1, maxLength: 253, pattern: '^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$' },
  optionalName: { type: 'string', maxLength: 253, pattern: '^([a-z0-9]([-a-z0-9.]*[a-z0-9])?)?$' },
  names: { type: 'array', items: { type: 'string', minLength: 1 }, uniqueItems: true },
  replicas: { type: 'integer', minimum: 0, maximum: 20 },
  count: { type: 'integer', minimum: 1 },
  seconds: { type: 'integer', minimum: 1 },
  days: { type: 'string', pattern: '^P[0-9]{1,5}D$' },
  quantity: { anyOf: [{ type: 'string', minLength: 1 }, { type: 'number' }] },
  cidrs: { type: 'array', items: { type: 'string', pattern: '^[0-9a-fA-F.:]+/[0-9]{1,3}$' } },
  port: { type: 'integer', minimum: 1, maximum: 65_535 },
  /** Peers of a NetworkPolicy. One without any member would be everybody. */
  peers: { type: 'array', items: { type: 'object', minProperties: 1 } },
  ports: { type: 'array', minItems: 1, items: { type: 'integer', minimum: 1, maximum: 65_535 } },
  resources: {
    type: 'object',
    additionalProperties: false,
    properties: { requests: quantities, limits: quantities },
  },
  stringMap: { type: 'object', additionalProperties: text },
  /** An object, or a list of objects, of Kubernetes itself: the API server validates what is inside. */
  object: objects,
  objects: { type: 'array', items: objects },
};

/** The schema of all values. Throws an Error that names the value that has no comment or no type. */
export function schemaOf(values: readonly Value[]): Schema {
  const { properties, ...rest } = objectOf(values);
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Values of the chart twinward. Generated from values.yaml by test/generate.ts: do not edit.',
    ...rest,
    properties: {
      global: { type: 'object', description: 'Helm passes it to every chart.' },
      ...(properties as Schema),
    },
  };
}

function objectOf(values: readonly Value[]): Schema {
  return {
    type: 'object',
    additionalProperties: false,
    required: values.map(({ key }) => key),
    properties: Object.fromEntries(values.map((value) => [value.key, described(value)])),
  };
}

function described(value: Value): Schema {
  const { path, description, schema = {}, children } = value;
  if (children.length === 0 && description === '') {
    throw new Error(`values.yaml: ${path} has no comment: say above it what it is`);
  }
  const said = description === '' ? {} : { description };
  return { ...said, ...typeOf(value), ...subchart(value), ...schema };
}

/** Helm adds `global` to the values of a subchart. */
function subchart({ path, children }: Value): Schema {
  if (path !== 'crds') return {};
  const { properties, ...rest } = objectOf(children);
  return { ...rest, properties: { ...(properties as Schema), global: objects } };
}

function typeOf(value: Value): Schema {
  const { path, type, schema, fallback, children } = value;
  if (type !== undefined) {
    const known = types[type];
    if (known !== undefined) return known;
    throw new Error(`values.yaml: ${path} has @type ${type}; there are ${Object.keys(types).join(', ')}`);
  }
  if (children.length > 0) return objectOf(children);
  if (schema?.['type'] !== undefined || schema?.['enum'] !== undefined) return {};
  return inferred(path, fallback);
}

function inferred(path: string, fallback: unknown): Schema {
  switch (typeof fallback) {
    case 'boolean':
      return { type: 'boolean' };
    case 'string':
      return fallback === '' ? text : { type: 'string', minLength: 1 };
    case 'number':
      return { type: Number.isInteger(fallback) ? 'integer' : 'number' };
    default:
      throw new Error(
        `values.yaml: the type of ${path} does not follow from its default: add @schema or @type`,
      );
  }
}
