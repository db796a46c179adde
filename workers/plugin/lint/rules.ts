// The CEL rules of a kind, evaluated as the API server evaluates them at creation: rules that compare with an earlier
// state of the object have nothing to compare with, and are left to it.
import { Environment, EvaluationError } from '@marcbachmann/cel-js';
import type { CelRule } from '#crds/kind.ts';
import type { StructuralSchema } from '#crds/structural.ts';
import { FindingRule, type Problem, type Step } from './finding.ts';
import { isFields, type Value } from './schema.ts';

/** Tells whether a rule holds for a value. */
type Judge = (value: Value, schema: StructuralSchema) => boolean;

/** Evaluates the rules of a schema below one value. Makes each rule ready once. */
export class Rules {
  readonly #environment = new Environment({ unlistedVariablesAreDyn: true }).registerFunction(
    'string.charAt(int): string',
    (text: string, index: bigint) => charAt(text, Number(index)),
  );
  readonly #judges = new Map<string, Judge>();

  /** Problems of a value that its schema accepts and that has its defaults. */
  problems(value: Value, schema: StructuralSchema, steps: readonly Step[] = []): readonly Problem[] {
    const here = rulesOf(schema)
      .filter(({ rule }) => !rule.includes('oldSelf'))
      .filter(({ rule }) => !this.#judge(rule)(value, schema))
      .map(({ message, fieldPath }) => ({
        steps: [...steps, ...(fieldPath === undefined ? [] : [fieldPath.slice(1)])],
        rule: FindingRule.cel,
        message,
      }));
    return [...here, ...this.#below(value, schema, steps)];
  }

  #below(value: Value, schema: StructuralSchema, steps: readonly Step[]): readonly Problem[] {
    const { items, properties, additionalProperties } = schema;
    if (Array.isArray(value) && items !== undefined)
      return value.flatMap((item, index) => this.problems(item, items, [...steps, index]));
    if (!isFields(value)) return [];
    return Object.entries(value).flatMap(([name, field]) => {
      const child = properties === undefined ? additionalProperties : properties[name];
      return child === undefined ? [] : this.problems(field, child, [...steps, name]);
    });
  }

  #judge(rule: string): Judge {
    const known = this.#judges.get(rule);
    if (known !== undefined) return known;
    const evaluate = this.#environment.parse(rule);
    const judge: Judge = (value, schema) => {
      try {
        return evaluate({ self: forRules(value, schema) }) === true;
      } catch (error) {
        // A rule that cannot be evaluated refuses the object, as it does in the API server.
        if (error instanceof EvaluationError) return false;
        throw error;
      }
    };
    this.#judges.set(rule, judge);
    return judge;
  }
}

function rulesOf(schema: StructuralSchema): readonly CelRule[] {
  return (schema['x-kubernetes-validations'] ?? []) as readonly CelRule[];
}

/** CEL's charAt: the end of a text is an empty one, beyond it is an error. */
function charAt(text: string, index: number): string {
  const letters = [...text];
  if (index < 0 || index > letters.length) throw new RangeError(`index out of range: ${index}`);
  return letters[index] ?? '';
}

/** Whole numbers are what CEL calls int only as bigint; a plain number would be a double. */
function forRules(value: Value, schema: StructuralSchema): Value {
  if (schema.type === 'integer') return typeof value === 'number' ? BigInt(value) : value;
  const { items, properties, additionalProperties } = schema;
  if (Array.isArray(value)) return items === undefined ? value : value.map((item) => forRules(item, items));
  if (!isFields(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => {
      const child = properties === undefined ? additionalProperties : properties[name];
      return [name, child === undefined ? field : forRules(field, child)];
    }),
  );
}
