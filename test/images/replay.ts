// Does what a build does with a Dockerfile, without an engine: a folder per stage, COPY from the build context or from
// an earlier stage, RUN in that folder. The final stage begins empty; what its base image holds is not there.
import { cpSync, existsSync, lstatSync, mkdirSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { runProgram } from '../../local/processes/run.ts';
import { root } from './catalogue.ts';
import type { Command, Dockerfile } from './dockerfile-reader.ts';

/** The final stage, on disk. */
export interface Replay {
  /** What the container would see as `/`. */
  readonly tree: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly workingDirectory: string;
  readonly entrypoint: readonly string[];
}

interface Place {
  readonly tree: string;
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
}

/**
 * Replays `file` below `scratch`; `context` are the files that a build may copy.
 * @throws Error naming the instruction that a build would refuse, or that cannot be replayed.
 */
export async function replay(file: Dockerfile, context: readonly string[], scratch: string): Promise<Replay> {
  const trees = new Map<string, string>();
  let place: Place = { tree: '', folder: '/', environment: {} };
  for (const [index, stage] of file.stages.entries()) {
    const tree = join(scratch, stage.name === '' ? `stage-${index}` : stage.name);
    mkdirSync(tree, { recursive: true });
    trees.set(stage.name, tree);
    placeBase(stage.base, tree);
    place = { tree, folder: '/', environment: {} };
    for (const command of stage.commands) place = await applied(command, place, context, trees);
  }
  const start = file.stages.at(-1)?.commands.find(({ kind }) => kind === 'ENTRYPOINT');
  return {
    tree: place.tree,
    environment: place.environment,
    workingDirectory: place.folder,
    entrypoint: start?.words ?? [],
  };
}

/** The files of base images that Dockerfiles here copy: the npm package `node` carries the release of the image. */
const BASE_FILES: readonly (readonly [base: string, source: string, target: string])[] = [
  ['node:', join(root, 'node_modules/node/bin/node'), 'usr/local/bin/node'],
  ['python:', '/usr/lib/x86_64-linux-gnu/libz.so.1', 'usr/lib/x86_64-linux-gnu/libz.so.1'],
];

function placeBase(base: string, tree: string): void {
  for (const [prefix, source, target] of BASE_FILES) {
    if (base.startsWith(prefix)) copyInto(realpathSync(source), join(tree, target));
  }
}

async function applied(
  command: Command,
  place: Place,
  context: readonly string[],
  trees: ReadonlyMap<string, string>,
): Promise<Place> {
  switch (command.kind) {
    case 'WORKDIR': {
      const folder = posix.resolve(place.folder, command.destination);
      mkdirSync(join(place.tree, folder), { recursive: true });
      return { ...place, folder };
    }
    case 'ENV':
      return { ...place, environment: { ...place.environment, ...command.values } };
    case 'COPY': {
      const from = trees.get(command.from);
      if (command.from !== '' && from === undefined)
        throw new Error(`COPY --from=${command.from}: no such stage`);
      if (from === undefined || command.from === '') copyContext(command, place, context);
      else copyStage(command, place, from);
      return place;
    }
    case 'RUN':
      await runShell(command, place);
      return place;
    default:
      return place;
  }
}

async function runShell(command: Command, place: Place): Promise<void> {
  if (!command.isShell) throw new Error(`RUN ${command.words.join(' ')}: write it in the shell form`);
  const bin = join(place.tree, 'usr/local/bin');
  await runProgram('/bin/sh', ['-e', '-c', command.words.join(' ')], {
    cwd: join(place.tree, place.folder),
    env: { ...place.environment, PATH: `${bin}:${pathWithoutPackages()}` },
    timeoutMilliseconds: 240_000,
  });
}

/** npm runs scripts with its packages on the path; a build has none of these. */
function pathWithoutPackages(): string {
  const parts = (process.env['PATH'] ?? '').split(':');
  return parts.filter((part) => !part.includes('node_modules')).join(':');
}

function copyContext(command: Command, place: Place, context: readonly string[]): void {
  for (const source of command.sources) {
    const path = posix.normalize(source).replace(/\/$/, '');
    const target = targetOf(command, place, path, context.includes(path));
    if (context.includes(path)) {
      copyInto(join(root, path), target);
      continue;
    }
    const below = context.filter((file) => file.startsWith(`${path}/`));
    if (below.length === 0) throw new Error(`COPY ${source}: the build context has no such file`);
    for (const file of below) copyInto(join(root, file), join(target, file.slice(path.length + 1)));
  }
}

function copyStage(command: Command, place: Place, from: string): void {
  for (const source of command.sources) {
    const path = join(from, source);
    if (!existsSync(path))
      throw new Error(`COPY --from=${command.from} ${source}: the stage has no such file`);
    copyInto(path, targetOf(command, place, source, statSync(path).isFile()));
  }
}

/** A file goes below a destination that is a folder; the content of a folder goes into the destination. */
function targetOf(command: Command, place: Place, source: string, isFile: boolean): string {
  const target = join(place.tree, posix.resolve(place.folder, command.destination));
  const isFolder = command.destination.endsWith('/') || /(^|\/)\.$/.test(command.destination);
  return isFile && isFolder ? join(target, posix.basename(source)) : target;
}

function copyInto(source: string, target: string): void {
  mkdirSync(dirname(target), { recursive: true });
  cpSync(source, target, { recursive: true, verbatimSymlinks: true });
}

/** Bytes of all files below `folder`, links not followed. */
export function bytesOf(folder: string): number {
  let bytes = 0;
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isDirectory()) bytes += lstatSync(join(entry.parentPath, entry.name)).size;
  }
  return bytes;
}
