// The tables of docs/security.md: flows from the list that the network test asks, permissions from the rendered chart.
import { z } from 'zod';
import { allowed, type Flow } from './flows.ts';
import type { Rendered } from './policies.ts';

/** The page with its tables written anew. Throws an Error when a mark is missing. */
export function withTables(page: string, objects: readonly Rendered[]): string {
  const tables = {
    flows: flowTable(allowed),
    permissions: permissionTable(objects),
    people: peopleTable(objects),
  };
  return Object.entries(tables).reduce((text, [name, table]) => {
    const [begin, end] = [`<!-- ${name}: generated -->\n`, `\n<!-- /${name} -->`];
    const [from, to] = [text.indexOf(begin), text.indexOf(end)];
    if (from < 0 || to < from) throw new Error(`docs/security.md has no ${begin.trim()} … ${end.trim()}`);
    return `${text.slice(0, from + begin.length)}\n${table}\n${text.slice(to)}`;
  }, page);
}

function tableOf(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** One row per pair and purpose, with all its ports. */
function flowTable(flows: readonly Flow[]): string {
  const rows = new Map<string, { readonly flow: Flow; readonly ports: Set<string> }>();
  for (const flow of flows) {
    const key = [flow.from, flow.to, flow.why].join('\n');
    const row = rows.get(key) ?? { flow, ports: new Set<string>() };
    row.ports.add(flow.protocol === undefined ? String(flow.port) : `${flow.port}/${flow.protocol}`);
    rows.set(key, row);
  }
  return tableOf(
    ['from', 'to', 'port', 'why', 'open'],
    [...rows.values()].map(({ flow, ports }) => [
      flow.from,
      flow.to,
      [...ports].join(', '),
      flow.why,
      flow.value === undefined ? 'by default' : `\`networkPolicy.${flow.value}\``,
    ]),
  );
}

const ruleSchema = z.object({
  apiGroups: z.array(z.string()).default([]),
  resources: z.array(z.string()).default([]),
  nonResourceURLs: z.array(z.string()).optional(),
  resourceNames: z.array(z.string()).optional(),
  verbs: z.array(z.string()),
});
const roleSchema = z.object({
  kind: z.enum(['Role', 'ClusterRole']),
  metadata: z.object({ name: z.string(), namespace: z.string().optional() }),
  rules: z.array(ruleSchema),
});
const bindingSchema = z.object({
  kind: z.enum(['RoleBinding', 'ClusterRoleBinding']),
  metadata: z.object({ namespace: z.string().optional() }),
  roleRef: z.object({ kind: z.string(), name: z.string() }),
  subjects: z.array(z.object({ kind: z.string(), name: z.string() })),
});

type Role = z.output<typeof roleSchema>;

function rolesOf(objects: readonly Rendered[]): readonly Role[] {
  return objects
    .filter(({ kind }) => kind === 'Role' || kind === 'ClusterRole')
    .map((each) => roleSchema.parse(each));
}

const code = (words: readonly string[]): string => words.map((word) => `\`${word}\``).join(', ');

function ruleCells(rule: z.output<typeof ruleSchema>): readonly string[] {
  const { apiGroups, resources, resourceNames, nonResourceURLs, verbs } = rule;
  if (nonResourceURLs !== undefined) return ['path', code(nonResourceURLs), verbs.join(', ')];
  const named = resourceNames === undefined ? '' : ` named ${code(resourceNames)}`;
  const groups = apiGroups.map((group) => (group === '' ? 'core' : group)).join(', ');
  return [groups, `${code(resources)}${named}`, verbs.join(', ')];
}

function permissionTable(objects: readonly Rendered[]): string {
  const roles = rolesOf(objects);
  const bindings = objects
    .filter(({ kind }) => kind.endsWith('RoleBinding'))
    .map((each) => bindingSchema.parse(each));
  const rows = bindings.flatMap(({ kind, metadata, roleRef, subjects }) => {
    const where = kind === 'ClusterRoleBinding' ? 'every namespace' : `\`${metadata.namespace ?? ''}\``;
    const role = roles.find((each) => each.kind === roleRef.kind && each.metadata.name === roleRef.name);
    return subjects.flatMap(({ name }) =>
      (role?.rules ?? []).map((rule) => [`\`${name}\``, where, ...ruleCells(rule)]),
    );
  });
  return tableOf(['account', 'where', 'group', 'resources', 'verbs'], rows);
}

/** Roles that the chart binds to nobody: they are for people and pipelines. */
function peopleTable(objects: readonly Rendered[]): string {
  const people = rolesOf(objects).filter(({ metadata }) =>
    /^twinward-(viewer|editor|admin)$/.test(metadata.name),
  );
  return tableOf(
    ['role', 'group', 'resources', 'verbs'],
    people.flatMap(({ metadata, rules }) =>
      rules.map((rule) => [`\`${metadata.name}\``, ...ruleCells(rule)]),
    ),
  );
}
