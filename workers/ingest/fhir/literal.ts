import type { Literal } from './clinical-event.ts';
import { isObject } from './json.ts';

/** A JSON number together with its text, put in place of the number by `parseLossless`. */
class NumberLiteral {
  readonly number: number;
  readonly text: string;

  constructor(number: number, text: string) {
    this.number = number;
    this.text = text;
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPENING: ReadonlySet<number> = new Set([0x5b, 0x7b]);
const CLOSING: ReadonlySet<number> = new Set([0x5d, 0x7d]);

/** Whether JSON nests deeper than `levels`. What reads JSON level by level would run out of stack on it. */
export function nestsDeeper(json: Buffer, levels: number): boolean {
  let depth = 0;
  let inText = false;
  for (let at = 0; at < json.length && depth <= levels; at += 1) {
    const byte = json[at] ?? 0;
    if (byte === QUOTE) inText = !inText;
    else if (inText) at += Number(byte === BACKSLASH);
    else depth += Number(OPENING.has(byte)) - Number(CLOSING.has(byte));
  }
  return depth > levels;
}

type Reviver = (
  this: unknown,
  key: string,
  value: unknown,
  context?: { readonly source?: string },
) => unknown;

/** Parses JSON and keeps the literal of every number: 1.50 stays 1.50. Throws SyntaxError as JSON.parse does. */
export function parseLossless(text: string): unknown {
  const keep: Reviver = (_key, value, context) =>
    typeof value === 'number' ? new NumberLiteral(value, context?.source ?? String(value)) : value;
  return JSON.parse(text, keep);
}

/** The number of a value that `parseLossless` read; a plain number is taken as JavaScript prints it. */
export function readLiteral(value: unknown): Literal | undefined {
  if (value instanceof NumberLiteral) return finite({ number: value.number, text: value.text });
  return typeof value === 'number' ? finite({ number: value, text: String(value) }) : undefined;
}

function finite(literal: Literal): Literal | undefined {
  return Number.isFinite(literal.number) ? literal : undefined;
}

/** The value of a Quantity with its comparator in front of the text. */
export function quantityLiteral(quantity: unknown): Literal | undefined {
  if (!isObject(quantity)) return undefined;
  const literal = readLiteral(quantity['value']);
  const comparator = quantity['comparator'];
  if (literal === undefined || typeof comparator !== 'string') return literal;
  return ['<', '<=', '>', '>='].includes(comparator)
    ? { number: literal.number, text: `${comparator}${literal.text}` }
    : literal;
}
