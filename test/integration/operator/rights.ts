// The rights in the operator's shipped roles against what it used of them.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { type AuditEntry, resourceOf } from './audit.ts';
import { ROOT } from './stand.ts';

interface Rule {
  /** Absent in a rule for paths that are no resources. */
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly verbs: readonly string[];
}

/** All rights of the roles named twinward-operator in demo.yaml, as `verb group/resource`. */
export function shippedRights(): ReadonlySet<string> {
  const rights = new Set<string>();
  for (const document of parseAllDocuments(readFileSync(join(ROOT, 'charts/manifests/demo.yaml'), 'utf8'))) {
    const object = document.toJSON();
    if (!['Role', 'ClusterRole'].includes(object?.kind) || object.metadata.name !== 'twinward-operator')
      continue;
    const rules: readonly Rule[] = object.rules;
    for (const { apiGroups = [], resources = [], verbs } of rules)
      for (const group of apiGroups)
        for (const resource of resources)
          for (const verb of verbs) rights.add(`${verb} ${group}/${resource}`);
  }
  return rights;
}

/** Shipped rights that no entry used. An apply that made its object (201) has used `create` too. */
export function unusedVerbs(entries: readonly AuditEntry[]): readonly string[] {
  const used = new Set(
    entries.flatMap((entry) => {
      const resource = resourceOf(entry);
      const made = entry.verb === 'patch' && entry.responseStatus?.code === 201;
      return [`${entry.verb} ${resource}`, ...(made ? [`create ${resource}`] : [])];
    }),
  );
  return [...shippedRights()].filter((right) => !used.has(right)).sort();
}

const ourKinds = ['twinmodels', 'datasources', 'patienttwins', 'simulations'].map(
  (name) => `twinward.io/${name}`,
);
const childKinds = [
  '/services',
  'apps/deployments',
  'batch/cronjobs',
  'batch/jobs',
  'policy/poddisruptionbudgets',
];
const readKinds = ['/configmaps', '/namespaces', '/pods', '/serviceaccounts'];
const on = (verb: string, resources: readonly string[]): readonly string[] =>
  resources.map((resource) => `${verb} ${resource}`);

/** Every right that a run need not use, and why the operator holds it. */
export const wantedUnused: ReadonlySet<string> = new Set([
  // Caches stream their first state with a watch; they list where a server cannot do that, and after an expired version.
  ...on('list', [...ourKinds, ...childKinds, ...readKinds]),
  // Only to see whose a Job of a child's name is.
  'get batch/jobs',
]);
