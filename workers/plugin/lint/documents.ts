// Files of YAML or JSON as objects whose fields have places.
import {
  type Document,
  isCollection,
  isMap,
  isNode,
  isScalar,
  LineCounter,
  type Node,
  parseAllDocuments,
} from 'yaml';
import { type Finding, FindingRule, type Step } from './finding.ts';
import { kubectlTags } from './scalars.ts';
import { isFields, type Value } from './schema.ts';

/** An object in a file. */
export interface Placed {
  readonly value: Value;
  /** Line and column, from 1, of a field of the object, or of the nearest field above it that is there. */
  place(steps: readonly Step[]): { readonly line: number; readonly column: number };
}

/** The objects of a file, and why the rest of it could not be read. */
export interface Documents {
  readonly objects: readonly Placed[];
  readonly findings: readonly Finding[];
}

/** Takes a text apart. Items of a List count as objects of their own. */
export function readDocuments(file: string, text: string): Documents {
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, { lineCounter: lines, merge: true, customTags: kubectlTags });
  const read = (Array.isArray(documents) ? documents : []).map((document) => readDocument(document, lines));
  return {
    objects: read.flatMap((each) => ('objects' in each ? each.objects : [])),
    findings: read.flatMap((each) => ('objects' in each ? [] : [syntaxFinding(file, each, lines)])),
  };
}

interface Broken {
  readonly message: string;
  readonly offset: number;
}

/** The objects of a document, or why there are none. Aliases that lead nowhere only show when they are followed. */
function readDocument(
  document: Document.Parsed,
  lines: LineCounter,
): { readonly objects: readonly Placed[] } | Broken {
  // What follows a first error is mostly its echo.
  const [error] = document.errors;
  if (error !== undefined) return { message: error.message, offset: error.pos[0] };
  try {
    return { objects: objectsOf(document, lines) };
  } catch (thrown) {
    const message = thrown instanceof Error ? thrown.message : 'cannot be read';
    return { message, offset: offsetOf(document.contents) ?? 0 };
  }
}

function syntaxFinding(file: string, broken: Broken, lines: LineCounter): Finding {
  const { line, col } = lines.linePos(broken.offset);
  const message = broken.message.split('\n')[0]?.replace(/ at line \d+, column \d+:?$/, '') ?? '';
  const place = { line: Math.max(1, line), column: Math.max(1, col) };
  return { file, ...place, object: '', path: '', rule: FindingRule.syntax, message };
}

function objectsOf(document: Document, lines: LineCounter): readonly Placed[] {
  const value: Value = document.toJS();
  const placed = (steps: readonly Step[], of: Value): Placed => ({
    value: of,
    place: (more) => placeOf(document, [...steps, ...more], lines),
  });
  if (value === null || value === undefined) return [];
  if (isFields(value) && value['kind'] === 'List' && Array.isArray(value['items']))
    return value['items'].map((item: Value, index) => placed(['items', index], item));
  return [placed([], value)];
}

function placeOf(
  document: Document,
  steps: readonly Step[],
  lines: LineCounter,
): { readonly line: number; readonly column: number } {
  let node: Node | null = document.contents;
  let found = offsetOf(node);
  for (const step of steps) {
    const next = stepInto(node, step);
    if (next === undefined) break;
    found = next.offset ?? found;
    node = next.node;
  }
  const { line, col } = lines.linePos(found ?? 0);
  return { line: Math.max(1, line), column: Math.max(1, col) };
}

interface Stepped {
  readonly node: Node | null;
  readonly offset: number | undefined;
}

/** A field stands where its name does, an item of a list where it begins. */
function stepInto(node: Node | null, step: Step): Stepped | undefined {
  if (isMap(node)) {
    const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step));
    if (pair === undefined) return undefined;
    return {
      node: isNode(pair.value) ? pair.value : null,
      offset: isNode(pair.key) ? offsetOf(pair.key) : undefined,
    };
  }
  if (!isCollection(node)) return undefined;
  const item: unknown = node.items[Number(step)];
  return isNode(item) ? { node: item, offset: offsetOf(item) } : undefined;
}

function offsetOf(node: Node | null): number | undefined {
  return node?.range?.[0];
}
