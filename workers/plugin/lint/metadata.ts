// What the API server checks of metadata, as far as it can be checked without one.
import { FindingRule, type Problem, type Step } from './finding.ts';
import { didYouMean } from './nearest.ts';
import { isFields, type Value } from './schema.ts';

const FIELDS: readonly string[] = [
  ...['name', 'generateName', 'namespace', 'labels', 'annotations', 'finalizers', 'ownerReferences'],
  ...['uid', 'resourceVersion', 'generation', 'creationTimestamp', 'deletionTimestamp', 'selfLink'],
  ...['deletionGracePeriodSeconds', 'managedFields'],
];

/** Problems of `metadata`: unknown fields, labels and annotations that are not text, a missing name. */
export function metadataProblems(metadata: Value): readonly Problem[] {
  const schema = (steps: readonly Step[], message: string): Problem => ({
    steps: ['metadata', ...steps],
    rule: FindingRule.schema,
    message,
  });
  if (!isFields(metadata)) return [schema([], 'must be a mapping with a name')];
  const problems: Problem[] = Object.keys(metadata)
    .filter((name) => !FIELDS.includes(name))
    .map((name) => ({
      steps: ['metadata', name],
      rule: FindingRule.unknownField,
      message: `there is no such field${didYouMean(name, FIELDS)}`,
    }));
  if (metadata['name'] === undefined && metadata['generateName'] === undefined)
    problems.push(schema(['name'], 'is required: add the name of the object'));
  for (const field of ['labels', 'annotations']) {
    const map = metadata[field];
    if (map === undefined || map === null) continue;
    if (!isFields(map)) problems.push(schema([field], 'must be a mapping of texts'));
    else problems.push(...textProblems(map).map(([name, message]) => schema([field, name], message)));
  }
  return problems;
}

function textProblems(
  map: Readonly<Record<string, Value>>,
): readonly (readonly [name: string, message: string])[] {
  return Object.entries(map)
    .filter(([, value]) => typeof value !== 'string' && value !== null)
    .map(([name, value]) => [name, `must be a text: put it in quotes, as "${String(value)}"`]);
}
