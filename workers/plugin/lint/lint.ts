// Texts → findings. Pure.
import { Checker, isOurs } from './check.ts';
import { type Placed, readDocuments } from './documents.ts';
import { type Finding, FindingRule, type Problem, pathOf } from './finding.ts';
import { isFields, type Value } from './schema.ts';

/** A text to check. */
export interface Source {
  /** Path for people, or "-". */
  readonly file: string;
  readonly text: string;
}

/** What came of it. */
export interface Linted {
  readonly findings: readonly Finding[];
  /** Objects of our kinds that were checked. */
  readonly checked: number;
  /** Objects of other groups, which were left alone. */
  readonly skipped: number;
}

/** Checks every object of our group in the texts. */
export function lint(sources: readonly Source[]): Linted {
  const checker = new Checker();
  const findings: Finding[] = [];
  let [checked, skipped] = [0, 0];
  for (const { file, text } of sources) {
    const documents = readDocuments(file, text);
    const lines = new Map<string, number>();
    findings.push(...documents.findings);
    for (const object of documents.objects) {
      if (!isOurs(object.value)) {
        skipped += 1;
        continue;
      }
      checked += 1;
      const problems = [...checker.problems(object.value), ...duplicate(object.value, object, lines)];
      findings.push(...problems.map((problem) => findingOf(problem, file, object)));
    }
  }
  return { findings: findings.sort(inOrder(sources)), checked, skipped };
}

function findingOf(problem: Problem, file: string, object: Placed): Finding {
  const { line, column } = object.place(problem.steps);
  const { rule, message } = problem;
  return { file, line, column, object: identityOf(object.value), path: pathOf(problem.steps), rule, message };
}

function identityOf(object: Value): string {
  if (!isFields(object)) return '';
  const { kind, metadata } = object;
  const name = isFields(metadata) ? (metadata['name'] ?? metadata['generateName']) : undefined;
  return name === undefined ? String(kind ?? '') : `${String(kind ?? '')}/${String(name)}`;
}

/**
 * The second of two objects of one name in one file: whoever applies it gets the last one. Files are not compared, since
 * an overlay gives objects of many files their namespaces.
 */
function duplicate(
  object: Readonly<Record<string, Value>>,
  placed: Placed,
  lines: Map<string, number>,
): readonly Problem[] {
  const { metadata } = object;
  if (!isFields(metadata) || typeof metadata['name'] !== 'string') return [];
  const key = `${String(metadata['namespace'] ?? '')}/${identityOf(object)}`;
  const before = lines.get(key);
  lines.set(key, placed.place([]).line);
  if (before === undefined) return [];
  const message = `is also in line ${before}: remove one, or give it another name or namespace`;
  return [{ steps: ['metadata', 'name'], rule: FindingRule.duplicate, message }];
}

function inOrder(sources: readonly Source[]): (a: Finding, b: Finding) => number {
  const order = new Map(sources.map(({ file }, index) => [file, index]));
  return (a, b) =>
    (order.get(a.file) ?? 0) - (order.get(b.file) ?? 0) || a.line - b.line || a.column - b.column;
}
