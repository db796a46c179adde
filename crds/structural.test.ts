import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { z } from 'zod';
import { kinds } from './kinds.ts';
import { type StructuralSchema, structuralSchema } from './structural.ts';

const text = z.string().max(10).meta({ description: 'Text.' });

function specOf(spec: z.ZodType): z.ZodObject {
  return z
    .object({
      apiVersion: z.literal('a/v1'),
      kind: z.literal('A'),
      metadata: z.object({}),
      spec: z.object({ field: spec }).meta({ description: 'Spec.' }),
    })
    .meta({ description: 'A.' });
}

function fieldOf(schema: z.ZodType): StructuralSchema | undefined {
  return structuralSchema(specOf(schema)).properties?.['spec']?.properties?.['field'];
}

describe('a structural schema says', () => {
  const cases: readonly (readonly [name: string, given: z.ZodType, want: StructuralSchema])[] = [
    ['the length of a text', text, { type: 'string', maxLength: 10, description: 'Text.' }],
    [
      'the size of a 32-bit integer by its format',
      z.int32().min(0).meta({ description: 'Number.' }),
      { type: 'integer', format: 'int32', minimum: 0, description: 'Number.' },
    ],
    [
      'the size of a larger integer by its format',
      z.int().max(7).meta({ description: 'Number.' }),
      { type: 'integer', format: 'int64', maximum: 7, description: 'Number.' },
    ],
    [
      'a default',
      z.enum(['A', 'B']).default('A').meta({ description: 'Choice.' }),
      { type: 'string', enum: ['A', 'B'], default: 'A', description: 'Choice.' },
    ],
    [
      'the size of a map',
      z.record(z.string(), z.string().max(5)).meta({ description: 'Map.', maxProperties: 3 }),
      {
        type: 'object',
        maxProperties: 3,
        additionalProperties: { type: 'string', maxLength: 5, description: 'Value.' },
        description: 'Map.',
      },
    ],
  ];
  for (const [name, given, want] of cases) {
    test(name, () => {
      assert.deepEqual(fieldOf(given), want);
    });
  }
});

describe('a schema is refused for', () => {
  const item = z.object({ name: text }).meta({ description: 'Item.' });
  const cases: readonly (readonly [name: string, given: z.ZodType, want: RegExp])[] = [
    ['a union', z.union([text, z.int32()]).meta({ description: 'x' }), /spec\.field has type undefined/],
    [
      'a discriminated union',
      z.discriminatedUnion('a', [z.object({ a: z.literal('x') })]).meta({ description: 'x' }),
      /spec\.field has type undefined/,
    ],
    ['a floating point number', z.number().meta({ description: 'x' }), /spec\.field has type "number"/],
    [
      'a strict object',
      z.strictObject({ a: text }).meta({ description: 'x' }),
      /both properties and additionalProperties/,
    ],
    ['a text without a limit', z.string().meta({ description: 'x' }), /spec\.field has no maxLength/],
    ['a list without a limit', z.array(text).meta({ description: 'x' }), /spec\.field has no maxItems/],
    [
      'a list of objects without a list type',
      z.array(item).max(3).meta({ description: 'x' }),
      /no x-kubernetes-list-type/,
    ],
    [
      'a list keyed by an optional field',
      z
        .array(z.object({ name: text.exactOptional() }).meta({ description: 'Item.' }))
        .max(3)
        .meta({ description: 'x', 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] }),
      /keyed by name, which must be required or have a default/,
    ],
    ['a map without a limit', z.record(z.string(), text).meta({ description: 'x' }), /no maxProperties/],
    ['a missing description', z.string().max(3), /spec\.field has no description/],
    ['null', text.nullable().meta({ description: 'x' }), /uses "nullable"/],
  ];
  for (const [name, given, want] of cases) {
    test(name, () => {
      assert.throws(() => structuralSchema(specOf(given)), want);
    });
  }
});

describe('each rule of', () => {
  for (const kind of kinds) {
    test(`${kind.kind} names its field and says what to do`, () => {
      for (const { fields, message } of rulesOf(structuralSchema(kind.schema), '')) {
        const named = message.split(' ')[0]?.replaceAll('[]', '').split('.').at(-1) ?? '';
        assert.ok(fields.includes(named), message);
        assert.match(
          message,
          /[:;,] (\w+ )*(write|add|remove|use|create|choose|correct|set|swap|take|mint|see|look)\b/,
        );
      }
    });
  }
});

interface Rule {
  /** Names that the message may begin with. */
  readonly fields: readonly string[];
  readonly message: string;
}

function rulesOf(schema: StructuralSchema, name: string): readonly Rule[] {
  const rules = (schema['x-kubernetes-validations'] ?? []) as readonly { readonly message: string }[];
  const children = Object.entries(schema.properties ?? {});
  const fields = name === '' ? ['name'] : [name, ...children.map(([child]) => child)];
  const below = children.flatMap(([child, value]) => rulesOf(value, child));
  const items = schema.items === undefined ? [] : rulesOf(schema.items, name);
  return [...rules.map(({ message }) => ({ fields, message })), ...below, ...items];
}
