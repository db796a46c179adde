// BuildKit's own parser, linter and .dockerignore matcher, and actionlint, built once from the Go program beside this file.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { cacheRoot } from '../../local/binaries/catalogue.ts';
import { withLock } from '../../local/processes/lock.ts';
import { runProgram } from '../../local/processes/run.ts';
import { lineProgress } from '../../local/progress.ts';

const SOURCES = join(import.meta.dirname, 'dockerfile');

const command = z.object({
  kind: z.string(),
  from: z.string().default(''),
  sources: z.array(z.string()).default([]),
  destination: z.string().default(''),
  words: z.array(z.string()).default([]),
  isShell: z.boolean().default(false),
  values: z.record(z.string(), z.string()).default({}),
});
const stage = z.object({
  name: z.string(),
  base: z.string(),
  platform: z.string(),
  commands: z.array(command),
});
const finding = z.object({ rule: z.string(), message: z.string(), line: z.number() });
const dockerfile = z.object({
  path: z.string(),
  stages: z.array(stage),
  warnings: z.array(finding),
});
const libraries = z.object({ path: z.string(), needed: z.array(z.string()), versions: z.array(z.string()) });

/** One instruction. `from`, `sources`, `destination`: COPY; `destination`: WORKDIR; `words`: RUN, ENTRYPOINT, CMD, USER. */
export type Command = Readonly<z.output<typeof command>>;
/** One FROM and what follows it. */
export type Stage = Readonly<z.output<typeof stage>>;
/** A parsed Dockerfile with what the linter says about it. */
export type Dockerfile = Readonly<z.output<typeof dockerfile>>;
/** What a linter says about a line. */
export type Finding = Readonly<z.output<typeof finding>>;
/** What an ELF file needs from the system. */
export type Libraries = Readonly<z.output<typeof libraries>>;

/** Reads Dockerfiles, build contexts and ELF files. All reject with the program's words when it refuses a file. */
export interface DockerfileReader {
  read(path: string): Promise<Dockerfile>;
  /** Files below `folder` that `.dockerignore` lets a build copy, relative to it. */
  contextFiles(folder: string): Promise<readonly string[]>;
  libraries(paths: readonly string[]): Promise<readonly Libraries[]>;
  /** What actionlint says about a workflow. */
  lintWorkflow(path: string): Promise<readonly Finding[]>;
}

/** The reader, built if the cache does not have it: half a minute the first time. */
export async function openDockerfileReader(): Promise<DockerfileReader> {
  const program = await builtProgram();
  const ask = async <T>(schema: z.ZodType<T>, ...args: readonly string[]): Promise<T> =>
    schema.parse(JSON.parse(await runProgram(program, args, { timeoutMilliseconds: 60_000 })));
  return {
    read: async (path) => {
      const [file] = await ask(z.array(dockerfile), 'read', path);
      if (file === undefined) throw new Error(`${path} was not read`);
      return file;
    },
    contextFiles: (folder) => ask(z.array(z.string()), 'context', folder),
    lintWorkflow: async (path) => (await ask(z.array(z.array(finding)), 'workflows', path)).flat(),
    libraries: (paths) => ask(z.array(libraries), 'libraries', ...paths),
  };
}

async function builtProgram(): Promise<string> {
  const folder = join(cacheRoot(), `dockerfile-${sourceHash()}-${process.platform}-${process.arch}`);
  const program = join(folder, 'dockerfile');
  if (existsSync(program)) return program;
  mkdirSync(folder, { recursive: true });
  const progress = lineProgress((line) => process.stderr.write(`${line}\n`));
  await progress.step('the Dockerfile reader', (detail) =>
    withLock(
      join(folder, '.lock'),
      (pid) => detail(`waiting for process ${pid}, which builds it`),
      async () => {
        if (existsSync(program)) return;
        await runProgram(
          'go',
          ['build', '-v', '-trimpath', '-ldflags', '-s -w', '-o', `${program}.next`, '.'],
          {
            cwd: SOURCES,
            env: { CGO_ENABLED: '0', GOTOOLCHAIN: 'auto', GOFLAGS: '-buildvcs=false' },
            onErrorLine: detail,
          },
        );
        renameSync(`${program}.next`, program);
      },
    ),
  );
  return program;
}

function sourceHash(): string {
  const hash = createHash('sha256');
  for (const name of readdirSync(SOURCES).sort()) hash.update(name).update(readFileSync(join(SOURCES, name)));
  return hash.digest('hex').slice(0, 16);
}
