// One object of ours: is it what the API server would accept?

import { withDefaults } from './defaults.ts';
import { FindingRule, type Problem } from './finding.ts';
import { customResourceKinds } from './kinds.ts';
import { metadataProblems } from './metadata.ts';
import { didYouMean } from './nearest.ts';
import { Rules } from './rules.ts';
import { isFields, schemaProblems, type Value } from './schema.ts';

type Fields = Readonly<Record<string, Value>>;

const GROUP = 'twinward.io/';

/** Whether an object is of our group; others are somebody else's to check. */
export function isOurs(object: Value): object is Fields {
  return (
    isFields(object) && typeof object['apiVersion'] === 'string' && object['apiVersion'].startsWith(GROUP)
  );
}

/** Checks objects of our kinds. */
export class Checker {
  readonly #kinds = customResourceKinds();
  readonly #rules = new Rules();

  /** Every problem of an object of our group. Rules are looked at when the schema has nothing to say. */
  problems(object: Fields): readonly Problem[] {
    const kind = this.#kinds.find((each) => each.kind === object['kind']);
    if (kind === undefined) return [this.#unknownKind(object['kind'])];
    if (object['apiVersion'] !== kind.apiVersion) return [wrongVersion(kind.apiVersion)];
    const { metadata, status: _status, ...rest } = object;
    const judged = { ...rest, metadata: isFields(metadata) ? nameOnly(metadata) : metadata };
    const problems = [...metadataProblems(metadata), ...schemaProblems(judged, kind.schema)];
    const unique = problems.filter(
      (one, index) => problems.findIndex((other) => sameField(one, other)) === index,
    );
    if (unique.length > 0) return unique;
    return this.#rules.problems(withDefaults(judged, kind.schema), kind.schema).map(atName);
  }

  #unknownKind(kind: Value): Problem {
    const known = this.#kinds.map((each) => each.kind);
    const hint = didYouMean(String(kind), known);
    const message = `${GROUP.slice(0, -1)} has no kind ${String(kind)}${hint}; there are ${known.join(', ')}`;
    return { steps: ['kind'], rule: FindingRule.unknownKind, message };
  }
}

function wrongVersion(apiVersion: string): Problem {
  return { steps: ['apiVersion'], rule: FindingRule.unknownKind, message: `must be ${apiVersion}` };
}

/** What the schema and rules see of metadata. */
function nameOnly({ name, generateName }: Fields): Fields {
  return { ...(name === undefined ? {} : { name }), ...(generateName === undefined ? {} : { generateName }) };
}

/** A rule on the name belongs to the object as a whole; what to look at is the name. */
function atName(problem: Problem): Problem {
  const isOnName = problem.steps.length === 0 && problem.message.startsWith('metadata.name ');
  return isOnName ? { ...problem, steps: ['metadata', 'name'] } : problem;
}

function sameField(one: Problem, other: Problem): boolean {
  return one.rule === other.rule && JSON.stringify(one.steps) === JSON.stringify(other.steps);
}
