// What is derived from the states and the health scripts: recorded objects, the tests of the scripts, the ConfigMap of
// Argo CD, the table in docs/gitops.md. `node test/gitops/record.ts` writes it; record.test.ts fails when it differs.
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { ask, resolveProgram, type Verdicts } from './program.ts';
import { states } from './states/all.ts';
import { type State, yamlOf } from './states/state.ts';

export const ROOT: string = join(import.meta.dirname, '../..');
const ARGO = 'charts/gitops/argocd';
const PAGE = 'docs/gitops.md';
const BEGIN = '<!-- states: written by test/gitops/record.ts -->';
const END = '<!-- end of states -->';

/** Kinds, in the order of the table. */
export const kinds: readonly string[] = [...new Set(states.map(({ kind }) => kind))];

const folderOf = (kind: string): string => `${ARGO}/resource_customizations/twinward.io/${kind}`;

/** The health script of each kind. */
export function healthScripts(): Readonly<Record<string, string>> {
  const script = (kind: string): string => readFileSync(join(ROOT, folderOf(kind), 'health.lua'), 'utf8');
  return Object.fromEntries(kinds.map((kind) => [kind, script(kind)]));
}

/** What the tools say of every state, in their order. */
export function verdictsOnStates(program: string): readonly Verdicts[] {
  return ask(program, { objects: states.map(({ object }) => object), scripts: healthScripts() }).objects;
}

/** Every recorded file, by path, with what it must hold. */
export function recordings(program: string): ReadonlyMap<string, string> {
  const verdicts = verdictsOnStates(program);
  const files = new Map<string, string>();
  for (const state of states) files.set(`${folderOf(state.kind)}/testdata/${state.name}.yaml`, yamlOf(state));
  for (const kind of kinds) files.set(`${folderOf(kind)}/health_test.yaml`, healthTests(kind, verdicts));
  files.set(`${ARGO}/argocd-cm.yaml`, configMap());
  files.set(PAGE, withTable(readFileSync(join(ROOT, PAGE), 'utf8')));
  for (const path of globSync('charts/gitops/{argocd/apps,flux/system}/*.yaml', { cwd: ROOT }))
    files.set(path, withVersion(readFileSync(join(ROOT, path), 'utf8')));
  return files;
}

/** The present version of the charts, wherever a line says that it is one. */
function withVersion(text: string): string {
  const chart = parse(readFileSync(join(ROOT, 'charts/twinward/Chart.yaml'), 'utf8'));
  return text.replaceAll(/: \S+ (?=# version of the charts$)/gm, `: ${chart.version} `);
}

/** Tests of a script in the form of Argo CD's own repository. */
function healthTests(kind: string, verdicts: readonly Verdicts[]): string {
  const tests = states.flatMap((state, index) =>
    state.kind === kind
      ? [
          {
            healthStatus: { status: argoOf(state), message: verdicts[index]?.argo?.message ?? '' },
            inputPath: `testdata/${state.name}.yaml`,
          },
        ]
      : [],
  );
  return stringify({ tests }, { lineWidth: 0 });
}

const kstatusOf = ({ want }: State): string => want.split('/')[0] ?? '';
const argoOf = ({ want }: State): string => want.split('/')[1] ?? '';

/** The health scripts as Argo CD reads them from its ConfigMap. */
function configMap(): string {
  const scripts = Object.entries(healthScripts()).map(([kind, script]) => [
    `resource.customizations.health.twinward.io_${kind}`,
    script,
  ]);
  const object = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: 'argocd-cm',
      namespace: 'argocd',
      labels: { 'app.kubernetes.io/name': 'argocd-cm', 'app.kubernetes.io/part-of': 'argocd' },
    },
    data: {
      ...Object.fromEntries(scripts),
      'resource.customizations.health.argoproj.io_Application': applicationHealth,
    },
  };
  return `# Written by test/gitops/record.ts from the health scripts beside it. Only these keys are ours; apply it with
#   kubectl apply --server-side --field-manager=twinward -f argocd-cm.yaml
${stringify(object, { lineWidth: 0 })}`;
}

/** Waves between Applications need the health of Applications, which Argo CD does not judge unless told to. */
const applicationHealth = `local hs = {}
hs.status = "Progressing"
hs.message = ""
if obj.status ~= nil and obj.status.health ~= nil then
  hs.status = obj.status.health.status
  hs.message = obj.status.health.message or ""
end
return hs
`;

function withTable(page: string): string {
  const [before, rest] = page.split(BEGIN);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined) throw new Error(`${PAGE} lacks ${BEGIN} or ${END}`);
  return `${before}${BEGIN}\n\n${kinds.map(tableOf).join('\n')}\n${END}${after}`;
}

function tableOf(kind: string): string {
  const rows = states
    .filter((state) => state.kind === kind)
    .map((state) => [state.what, conditionOf(state), kstatusOf(state), argoOf(state), state.advice]);
  const header = ['state', 'condition that tells it', 'kstatus', 'Argo CD', 'what to do'];
  const lines = [header, header.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
  return `### ${kind}\n\n${lines.join('\n')}\n`;
}

interface Seen {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
}

const telling = ['Stalled', 'Suspended', 'QuotaReserved', 'Succeeded', 'UpToDate', 'Synced', 'Calibrated'];

/** The condition that tells a state from the others of its kind. */
function conditionOf(state: State): string {
  const status = state.object['status'] as { readonly conditions?: readonly Seen[] };
  if (state.name === 'changed') return '`observedGeneration` is behind';
  const conditions = status.conditions ?? [];
  const ready = conditions.find(({ type }) => type === 'Ready');
  const first = telling.map((type) => conditions.find((each) => each.type === type)).find(isSet);
  const said = ready?.status === 'True' || first?.type === 'Stalled' ? (first ?? ready) : ready;
  return said === undefined ? '`observedGeneration` is -1' : `\`${said.type}=${said.status}\` ${said.reason}`;
}

function isSet(seen: Seen | undefined): seen is Seen {
  return seen !== undefined;
}

if (import.meta.main) {
  for (const [path, content] of recordings(await resolveProgram())) writeFileSync(join(ROOT, path), content);
}
