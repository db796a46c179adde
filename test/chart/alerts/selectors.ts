// What a PromQL expression asks for: the names of series with what it wants of their labels.
import type { Series } from './processes.ts';

/** A wish of a selector. */
export interface Matcher {
  readonly label: string;
  readonly operator: '=' | '!=' | '=~' | '!~';
  readonly value: string;
}

/** One selector of an expression. */
export interface Selector {
  readonly name: string;
  readonly matchers: readonly Matcher[];
  /** Position in the expression, to tell two of one name apart. */
  readonly at: number;
}

const tokens = /"(?:[^"\\]|\\.)*"|[A-Za-z_:][\w:]*|\d[\w.]*|=~|!~|!=|\S/g;
const words = new Set([
  'and',
  'or',
  'unless',
  'offset',
  'bool',
  'by',
  'without',
  'on',
  'ignoring',
  'group_left',
  'group_right',
]);
const lists = new Set(['by', 'without', 'on', 'ignoring', 'group_left', 'group_right']);

/** Every selector of an expression. */
export function selectorsOf(expression: string): readonly Selector[] {
  const found = [...expression.matchAll(tokens)].map((match) => ({ text: match[0], at: match.index }));
  const selectors: Selector[] = [];
  for (let at = 0; at < found.length; at += 1) {
    const { text = '', at: position = 0 } = found[at] ?? {};
    const next = found[at + 1]?.text;
    if (lists.has(text) && next === '(') {
      while (found[at]?.text !== ')') at += 1;
      continue;
    }
    if (!/^[A-Za-z_:]/.test(text) || words.has(text) || next === '(' || next === 'by' || next === 'without')
      continue;
    const matchers: Matcher[] = [];
    if (next === '{') {
      at += 2;
      while (found[at]?.text !== '}' && at < found.length) {
        const [label, operator, value] = [found[at], found[at + 1], found[at + 2]].map(
          (token) => token?.text ?? '',
        );
        matchers.push({
          label: label ?? '',
          operator: operator as Matcher['operator'],
          value: JSON.parse(value ?? '""'),
        });
        at += found[at + 3]?.text === ',' ? 4 : 3;
      }
    }
    selectors.push({ name: text, matchers, at: position });
  }
  return selectors;
}

/** Labels that scraping adds: no process knows them. */
const scraped = new Set(['job', 'namespace', 'pod', 'instance', 'container']);

/** Whether some process shows a series that the selector takes. `up` is Prometheus' own. */
export function isShown(selector: Selector, processes: ReadonlyMap<string, readonly Series[]>): boolean {
  if (selector.name === 'up') return true;
  const own = selector.matchers.filter(({ label }) => !scraped.has(label));
  const jobs = selector.matchers.filter(({ label }) => label === 'job');
  return [...processes].some(
    ([job, series]) =>
      jobs.every((matcher) => fits(matcher, job)) &&
      series.some(
        ({ name, labels }) =>
          name === selector.name &&
          own.every((matcher) => matcher.label in labels && fits(matcher, labels[matcher.label] ?? '')),
      ),
  );
}

function fits({ operator, value }: Matcher, text: string): boolean {
  switch (operator) {
    case '=':
      return text === value;
    case '!=':
      return text !== value;
    case '=~':
      return new RegExp(`^(?:${value})$`).test(text);
    case '!~':
      return !new RegExp(`^(?:${value})$`).test(text);
  }
}
