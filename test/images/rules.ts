// What every Dockerfile here must keep, beyond what BuildKit's linter knows.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './catalogue.ts';
import type { Command, Dockerfile, Stage } from './dockerfile-reader.ts';

const PINNED = /^[a-z0-9./-]+:[\w.-]+@sha256:[0-9a-f]{64}$/;
const SMALL = /^gcr\.io\/distroless\/|-slim(-[a-z]+)?@/;
const FINAL_KINDS = ['WORKDIR', 'ENV', 'COPY', 'USER', 'ENTRYPOINT'];
const USER = '65532:65532';

/** Sentences, one per rule that the file breaks; empty when it keeps all. */
export function findings(file: Dockerfile): readonly string[] {
  const final = file.stages.at(-1);
  if (final === undefined) return ['it has no stage'];
  return [
    ...file.warnings.map(({ rule, message, line }) => `line ${line}: ${rule}: ${message}`),
    ...file.stages.flatMap((stage) => baseFindings(stage, file.stages)),
    ...file.stages.flatMap((stage) => stage.commands.flatMap(commandFindings)),
    ...sourceFindings(file.stages),
    ...finalFindings(final),
    ...(file.stages.length < 2 ? ['it has one stage, so the image holds the tools that built it'] : []),
  ];
}

function baseFindings(stage: Stage, stages: readonly Stage[]): readonly string[] {
  if (stages.some((earlier) => earlier.name === stage.base)) return [];
  const found: string[] = [];
  if (!PINNED.test(stage.base)) found.push(`base ${stage.base} is not pinned as name:tag@sha256:digest`);
  if (!SMALL.test(stage.base)) found.push(`base ${stage.base} is neither distroless nor slim`);
  const node = /^node:([\d.]+)-/.exec(stage.base)?.[1];
  if (stage.base.startsWith('node:') && node !== pinnedNode()) {
    found.push(`base ${stage.base} is not Node ${pinnedNode()}, with which everything is tested`);
  }
  return found;
}

/** The Node that package.json installs for tests. */
function pinnedNode(): string {
  const text = readFileSync(join(root, 'node_modules/node/package.json'), 'utf8');
  return (JSON.parse(text) as { readonly version: string }).version;
}

/** COPY --from with a name that is no stage takes an image of that name. */
function sourceFindings(stages: readonly Stage[]): readonly string[] {
  const names = stages.map((stage) => stage.name);
  const copies = stages.flatMap((stage) => stage.commands).filter(({ from }) => from !== '');
  return copies
    .filter(({ from }) => !names.includes(from))
    .map(({ from }) => `COPY --from=${from} takes an image that no digest pins`);
}

function commandFindings(command: Command): readonly string[] {
  const text = command.words.join(' ');
  const found: string[] = [];
  if (command.kind === 'ADD') found.push('ADD fetches and unpacks what nobody checked: use COPY');
  if (command.kind === 'VOLUME') found.push('VOLUME makes a part of a read-only root writable');
  if (command.kind !== 'RUN') return found;
  if (/(^|[\s"'=])\/(?!dev\/null)/.test(text))
    found.push('RUN names an absolute path, so it cannot be replayed');
  if (/\b(curl|wget|apt-get|apt|npx)\b/.test(text)) found.push('RUN fetches what no lock pins');
  if (/\bnpm (?!ci\b)/.test(text)) found.push('RUN uses npm for more than npm ci');
  if (/\bnpm ci\b/.test(text) && !text.includes('--ignore-scripts'))
    found.push('npm ci runs install scripts');
  if (/\bnpm ci\b/.test(text) && !text.includes('--omit=dev'))
    found.push('npm ci installs development tools');
  if (/\bpip install\b/.test(text) && !text.includes('--require-hashes')) {
    found.push('pip install takes packages without a hash');
  }
  return found;
}

function finalFindings(final: Stage): readonly string[] {
  const found: string[] = [];
  const kinds = final.commands.map((command) => command.kind);
  for (const kind of kinds) {
    if (!FINAL_KINDS.includes(kind)) found.push(`the final stage has ${kind}: it may only copy`);
  }
  const users = final.commands.filter((command) => command.kind === 'USER').flatMap(({ words }) => words);
  if (users.length !== 1 || users[0] !== USER) found.push(`the final stage does not say USER ${USER}, once`);
  const folder = final.commands.find((command) => command.kind === 'WORKDIR')?.destination;
  if (folder !== '/app') found.push('the final stage has no WORKDIR /app');
  const start = final.commands.find((command) => command.kind === 'ENTRYPOINT');
  if (start === undefined || start.isShell || start.words[0] !== 'node' || start.words.length !== 2) {
    found.push('the final stage has no ENTRYPOINT ["node", "<main.ts>"]');
  }
  return found;
}
