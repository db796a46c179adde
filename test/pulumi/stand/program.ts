// Runs a Pulumi program as the CLI would: the same host, the same arguments, the configuration of a stack file.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { installPulumiPackages, pulumiFolder } from './install.ts';
import { type Resource, type StackOutputs, startMonitor } from './monitor.ts';
import { loadStubs } from './wire.ts';

/** The four projects, in the order in which they are brought up. */
export const projects = ['foundation', 'data', 'cluster', 'bootstrap'] as const;
export type Project = (typeof projects)[number];

/** Configuration of a stack: text or data by full key, such as `twinward-data:database`. */
export type Config = Readonly<Record<string, unknown>>;

/** The configuration in Pulumi.<stack>.yaml. */
export function stackConfig(project: Project, stack: string): Config {
  return parse(readFileSync(join(pulumiFolder, project, `Pulumi.${stack}.yaml`), 'utf8')).config;
}

/** What came of a run. */
export interface Run {
  readonly exitCode: number;
  readonly resources: readonly Resource[];
  readonly stack: StackOutputs;
  /** Errors that the program told the engine. */
  readonly errors: readonly string[];
  /** What it wrote. */
  readonly output: string;
}

/** How a run differs from bringing up a committed stack. */
export interface RunOptions {
  readonly config?: Config;
  /** A preview, in which resources of these types are not known yet (`*`: of all types). */
  readonly preview?: readonly string[];
  readonly stacks?: Readonly<Record<string, StackOutputs>>;
}

/** Name under which other stacks refer to a stack. */
export function stackName(project: Project, stack: string): string {
  return `organization/twinward-${project}/${stack}`;
}

/** Runs one program. */
export async function runProject(project: Project, stack: string, options: RunOptions = {}): Promise<Run> {
  await installPulumiPackages();
  const config = options.config ?? stackConfig(project, stack);
  const place = { project: String(config['gcp:project']), region: String(config['gcp:region']) };
  const monitor = await startMonitor(loadStubs(), {
    project: `twinward-${project}`,
    stack,
    place,
    stacks: options.stacks ?? {},
    unknownTypes: options.preview ?? [],
  });
  try {
    const { exitCode, output } = await host(
      project,
      stack,
      monitor.address,
      config,
      options.preview !== undefined,
    );
    return {
      exitCode,
      output,
      resources: monitor.resources,
      errors: monitor.errors,
      stack: monitor.stackOutputs(),
    };
  } finally {
    monitor.close();
  }
}

function host(
  project: Project,
  stack: string,
  address: string,
  config: Config,
  isPreview: boolean,
): Promise<{ readonly exitCode: number; readonly output: string }> {
  const texts = Object.entries(config).map(([key, value]) => [
    key,
    typeof value === 'string' ? value : JSON.stringify(value),
  ]);
  const child = spawn(
    process.execPath,
    [
      join(pulumiFolder, 'node_modules/@pulumi/pulumi/cmd/run/index.js'),
      `--monitor=${address}`,
      `--engine=${address}`,
      '--organization=organization',
      `--project=twinward-${project}`,
      `--stack=${stack}`,
      `--root-directory=${join(pulumiFolder, project)}`,
      `--pwd=${join(pulumiFolder, project)}`,
      '--parallel=16',
      ...(isPreview ? ['--dry-run'] : []),
      'index.ts',
    ],
    {
      env: {
        PATH: process.env['PATH'],
        HOME: process.env['HOME'],
        PULUMI_CONFIG: JSON.stringify(Object.fromEntries(texts)),
        PULUMI_NODEJS_TYPESCRIPT: 'false',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ exitCode: code ?? -1, output }));
  });
}

/** All four programs of a stack, each run with the outputs of those before. */
export async function runAll(
  stack: string,
  configOf: (project: Project) => Config = (project) => stackConfig(project, stack),
): Promise<Readonly<Record<Project, Run>>> {
  const runs: Partial<Record<Project, Run>> = {};
  const stacks: Record<string, StackOutputs> = {};
  for (const project of projects) {
    const run = await runProject(project, stack, { stacks, config: configOf(project) });
    if (run.exitCode !== 0) {
      throw new Error(
        `${project} of ${stack} ended with ${run.exitCode}:\n${run.errors.join('\n')}\n${run.output}`,
      );
    }
    runs[project] = run;
    stacks[stackName(project, stack)] = run.stack;
  }
  return runs as Readonly<Record<Project, Run>>;
}
