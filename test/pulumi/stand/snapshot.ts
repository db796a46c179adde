// What a program registered, as a file that people read in a review: sorted, without what only the wire needs.

import type { Resource } from './monitor.ts';
import type { Run } from './program.ts';

const isReference = ({ type }: Resource): boolean => type === 'pulumi:pulumi:Stack';

/** `type name`, which is unique enough for people. */
export function shortName(urn: string): string {
  const [, , types = '', name = ''] = urn.split('::');
  return `${types.split('$').at(-1)} ${name}`;
}

function described(resource: Resource): object {
  return {
    resource: shortName(resource.urn),
    parent: shortName(resource.parent),
    ...(resource.protect && { protect: true }),
    ...(resource.retainOnDelete && { retainOnDelete: true }),
    ...(resource.ignoreChanges.length > 0 && { ignoreChanges: resource.ignoreChanges }),
    ...(resource.secretInputs.length > 0 && { secretInputs: resource.secretInputs }),
    ...(resource.dependencies.length > 0 && { dependsOn: resource.dependencies.map(shortName).sort() }),
    ...(resource.custom && { inputs: sorted(resource.inputs) }),
  };
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([key, item]) => [key, sorted(item)]),
  );
}

/** The snapshot of a run, as text. */
export function snapshot(run: Run): string {
  const resources = run.resources.filter((resource) => !isReference(resource));
  const lines = {
    resources: resources
      .map(described)
      .sort((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1)),
    outputs: sorted(run.stack.outputs),
    secretOutputs: run.stack.secretOutputs,
  };
  return `${JSON.stringify(lines, null, 2)}\n`;
}
