// Markup that cannot be injected into: whatever stands between the literal parts of a template is escaped, unless it
// is markup that came out of a template itself.

/** Markup. Made by `html` only. */
export interface Html {
  readonly markup: string;
}

/** What may stand in a template. `undefined` and `false` leave nothing. */
export type Content = Html | string | number | bigint | false | undefined | readonly Content[];

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '`': '&#96;',
};

const made = new WeakSet<object>();

/**
 * Markup of a template.
 * @throws TypeError when a value stands where escaping does not help: an attribute without quotes, a tag's name, a
 * comment, a script or a style.
 */
export function html(parts: TemplateStringsArray, ...values: readonly Content[]): Html {
  let markup = parts[0] ?? '';
  values.forEach((value, index) => {
    requireSafePlace(parts.slice(0, index + 1).join(''));
    markup += textOf(value) + (parts[index + 1] ?? '');
  });
  const result = Object.freeze({ markup });
  made.add(result);
  return result;
}

/** Text as it stands in markup. */
export function escaped(text: string): string {
  return text.replace(/[&<>"'`]/g, (character) => ENTITIES[character] ?? '');
}

function textOf(value: Content): string {
  if (value === undefined || value === false) return '';
  if (typeof value === 'object' && 'markup' in value) {
    if (!made.has(value)) throw new TypeError('markup has to come from a template');
    return value.markup;
  }
  return typeof value === 'object' ? value.map(textOf).join('') : escaped(String(value));
}

function requireSafePlace(before: string): void {
  const open = before.lastIndexOf('<');
  const tag = open > before.lastIndexOf('>') ? before.slice(open) : '';
  const inQuotes = (tag.split('"').length - 1) % 2 === 1;
  const isText = tag === '' && !/<(?:script|style)[^<]*$/i.test(before);
  if (!isText && !inQuotes) {
    throw new TypeError('a value may stand in text and in a quoted attribute only');
  }
}
