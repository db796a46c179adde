// The committed stacks, run once for all suites of a process.
import type { Resource, StackOutputs } from './monitor.ts';
import { type Project, projects, type Run, runAll, stackName } from './program.ts';

/** Environments that have a stack file in every project. */
export const environments = ['dev', 'prod'] as const;
export type Environment = (typeof environments)[number];

/** Runs by environment and project. */
export type Runs = Readonly<Record<Environment, Readonly<Record<Project, Run>>>>;

let running: Promise<Runs> | undefined;

/** All programs of both environments; the second call gets what the first one ran. */
export function committedRuns(): Promise<Runs> {
  running ??= Promise.all([runAll('dev'), runAll('prod')]).then(([dev, prod]) => ({ dev, prod }));
  return running;
}

/** Resources of all programs of an environment. */
export function resourcesOf(runs: Runs, environment: Environment): readonly Resource[] {
  return projects.flatMap((project) => runs[environment][project].resources);
}

/** Outputs of the stacks that are brought up before a project. */
export function outputsBefore(
  runs: Runs,
  environment: Environment,
  project: Project,
): Readonly<Record<string, StackOutputs>> {
  const earlier = projects.slice(0, projects.indexOf(project));
  return Object.fromEntries(
    earlier.map((name) => [stackName(name, environment), runs[environment][name].stack]),
  );
}
