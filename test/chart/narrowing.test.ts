import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Kind, narrowings } from './narrowing.ts';

type Json = Readonly<Record<string, unknown>>;

const kind = (spec: Json, more: { readonly version?: Json; readonly crd?: Json } = {}): Kind => ({
  metadata: { name: 'beds.example.org' },
  spec: {
    group: 'example.org',
    scope: 'Namespaced',
    names: { plural: 'beds', kind: 'Bed' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: 'object', properties: { spec } } },
        ...more.version,
      },
    ],
    ...more.crd,
  },
});

const object = (properties: Json, more: Json = {}): Json => ({ type: 'object', properties, ...more });
const text = (more: Json = {}): Json => ({ type: 'string', ...more });

const breaking: Record<string, { before: Json; after: Json; want: string }> = {
  'a field that goes': { before: object({ a: text() }), after: object({}), want: 'spec.a: removed' },
  'another type': { before: text(), after: { type: 'integer' }, want: 'spec type: "string" → "integer"' },
  'a field that must be there now': {
    before: object({ a: text() }),
    after: object({ a: text() }, { required: ['a'] }),
    want: 'spec.a: now required',
  },
  'a value that is no longer taken': {
    before: text({ enum: ['A', 'B'] }),
    after: text({ enum: ['A'] }),
    want: 'spec enum: without ["B"]',
  },
  'a list of values where any was taken': {
    before: text(),
    after: text({ enum: ['A'] }),
    want: 'spec enum: none',
  },
  'a higher minimum': {
    before: { type: 'integer', minimum: 0 },
    after: { type: 'integer', minimum: 1 },
    want: 'spec minimum: 0 → 1',
  },
  'a shortest length': { before: text(), after: text({ minLength: 1 }), want: 'spec minLength: none → 1' },
  'a lower maximum': {
    before: { type: 'integer', maximum: 9 },
    after: { type: 'integer', maximum: 8 },
    want: 'spec maximum: 9 → 8',
  },
  'a longest length': { before: text(), after: text({ maxLength: 9 }), want: 'spec maxLength: none → 9' },
  'fewer items': {
    before: { type: 'array', maxItems: 9, items: text() },
    after: { type: 'array', maxItems: 8, items: text() },
    want: 'spec maxItems: 9 → 8',
  },
  'a bound that excludes itself': {
    before: { type: 'number', minimum: 0 },
    after: { type: 'number', minimum: 0, exclusiveMinimum: true },
    want: 'spec exclusiveMinimum',
  },
  'a pattern': { before: text(), after: text({ pattern: '^a' }), want: 'spec pattern: none → "^a"' },
  'another pattern': {
    before: text({ pattern: '^a' }),
    after: text({ pattern: '^b' }),
    want: 'spec pattern: "^a" → "^b"',
  },
  'a format': { before: text(), after: text({ format: 'date' }), want: 'spec format' },
  'another default': {
    before: text({ default: 'a' }),
    after: text({ default: 'b' }),
    want: 'spec default: "a" → "b"',
  },
  'a default that goes': { before: text({ default: 'a' }), after: text(), want: 'spec default: "a" → none' },
  'null that is no longer taken': {
    before: text({ nullable: true }),
    after: text(),
    want: 'spec nullable: true → none',
  },
  'unknown fields that are no longer kept': {
    before: object({}, { 'x-kubernetes-preserve-unknown-fields': true }),
    after: object({}),
    want: 'spec x-kubernetes-preserve-unknown-fields',
  },
  'keys that are no longer free': {
    before: { type: 'object', additionalProperties: text() },
    after: object({}),
    want: 'spec additionalProperties: removed',
  },
  'a narrower value below free keys': {
    before: { type: 'object', additionalProperties: text() },
    after: { type: 'object', additionalProperties: text({ maxLength: 1 }) },
    want: 'spec{} maxLength',
  },
  'a narrower item': {
    before: { type: 'array', items: text() },
    after: { type: 'array', items: text({ pattern: 'x' }) },
    want: 'spec[] pattern',
  },
  'a new rule': {
    before: object({}),
    after: object({}, { 'x-kubernetes-validations': [{ rule: 'self.a == 1', message: 'm' }] }),
    want: 'spec rule added: self.a == 1',
  },
  'another merge of lists': {
    before: { type: 'array', items: text(), 'x-kubernetes-list-type': 'set' },
    after: { type: 'array', items: text(), 'x-kubernetes-list-type': 'atomic' },
    want: 'spec x-kubernetes-list-type',
  },
  'another union': {
    before: { oneOf: [{ required: ['a'] }] },
    after: { oneOf: [{ required: ['b'] }] },
    want: 'spec oneOf',
  },
  'a change far below': {
    before: object({ a: object({ b: { type: 'array', items: object({ c: text() }) } }) }),
    after: object({ a: object({ b: { type: 'array', items: object({ c: text({ enum: [] }) }) } }) }),
    want: 'spec.a.b[].c enum',
  },
};

const harmless: Record<string, { before: Json; after: Json }> = {
  nothing: { before: object({ a: text() }), after: object({ a: text() }) },
  'a new field': { before: object({}), after: object({ a: text() }) },
  'a new field that must be there and has a default': {
    before: object({}),
    after: object({ a: text({ default: 'x' }) }, { required: ['a'] }),
  },
  'a field that may be left out now': {
    before: object({ a: text() }, { required: ['a'] }),
    after: object({ a: text() }),
  },
  'one more value': { before: text({ enum: ['A'] }), after: text({ enum: ['B', 'A'] }) },
  'any value': { before: text({ enum: ['A'] }), after: text() },
  'wider bounds': {
    before: { type: 'integer', minimum: 1, maximum: 2 },
    after: { type: 'integer', minimum: 0, maximum: 3 },
  },
  'no bounds': { before: text({ minLength: 1, maxLength: 2 }), after: text() },
  'no pattern': { before: text({ pattern: 'a' }), after: text() },
  'null is taken': { before: text(), after: text({ nullable: true }) },
  'a rule that goes': {
    before: object({}, { 'x-kubernetes-validations': [{ rule: 'true' }] }),
    after: object({}),
  },
  'a field that goes where unknown ones are kept': {
    before: object({ a: text() }),
    after: object({}, { 'x-kubernetes-preserve-unknown-fields': true }),
  },
  'another description': { before: text({ description: 'a' }), after: text({ description: 'b' }) },
};

describe('a kind is narrower with', () => {
  for (const [name, { before, after, want }] of Object.entries(breaking)) {
    it(name, () => {
      const found = narrowings(kind(before), kind(after));
      assert.equal(found.length, 1, found.join('\n'));
      assert.match(found.join(), new RegExp(`^beds.example.org v1.${escaped(want)}`));
    });
  }

  const whole: Record<string, { before?: Kind; after: Kind; want: string }> = {
    'another scope': {
      after: kind(text(), { crd: { scope: 'Cluster' } }),
      want: 'scope: "Namespaced" → "Cluster"',
    },
    'another kind': {
      after: kind(text(), { crd: { names: { plural: 'beds', kind: 'Cot' } } }),
      want: 'names.kind: "Bed" → "Cot"',
    },
    'a version less': { after: kind(text(), { crd: { versions: [] } }), want: 'v1: removed' },
    'a version that is not served': {
      after: kind(text(), { version: { served: false } }),
      want: 'v1: no longer served',
    },
    'no status of its own': {
      before: kind(text(), { version: { subresources: { status: {} } } }),
      after: kind(text()),
      want: 'v1: subresource status removed',
    },
    'a field that can no longer be selected by': {
      before: kind(text(), { version: { selectableFields: [{ jsonPath: '.spec.a' }] } }),
      after: kind(text(), { version: { selectableFields: [] } }),
      want: 'v1: selectable field .spec.a removed',
    },
  };
  for (const [name, { before = kind(text()), after, want }] of Object.entries(whole)) {
    it(name, () => {
      assert.deepEqual(narrowings(before, after), [`beds.example.org ${want}`]);
    });
  }
});

describe('a kind is not narrower with', () => {
  for (const [name, { before, after }] of Object.entries(harmless)) {
    it(name, () => {
      assert.deepEqual(narrowings(kind(before), kind(after)), []);
    });
  }
});

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
