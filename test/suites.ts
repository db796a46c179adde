// What `npm test` runs, in order. A suite is a command whose counts can be read; a check is a command that passes.
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Repository root. */
export const root: string = join(import.meta.dirname, '..');

/** Tests that ran, as the closing line reports them. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** One step of the run. `counts` reads what the command left behind; a check counts as one test. */
export interface Suite {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
  readonly env?: Readonly<Record<string, string>>;
  /** After this it hangs, whatever the machine: several times what it takes on two busy cores. */
  readonly minutes: number;
  counts(exitCode: number): Counts;
}

const check = (name: string, ...command: [string, ...string[]]): Suite => ({
  name,
  command,
  minutes: 30,
  counts: (exitCode) => ({ passed: exitCode === 0 ? 1 : 0, failed: exitCode === 0 ? 0 : 1, skipped: 0 }),
});

interface NodeTests {
  readonly patterns: readonly string[];
  readonly minutes: number;
  readonly concurrency?: number;
}

function nodeTests(name: string, scratch: string, { patterns, minutes, concurrency = 1 }: NodeTests): Suite {
  const file = join(scratch, `${name}.json`);
  const files = patterns.flatMap((pattern) => globSync(pattern, { cwd: root })).sort();
  return {
    name,
    minutes,
    command: [
      process.execPath,
      `--import=${join(root, 'test/bound-shrinking.ts')}`,
      '--test',
      `--test-concurrency=${concurrency}`,
      '--test-timeout=900000',
      '--test-reporter=spec',
      '--test-reporter-destination=stdout',
      `--test-reporter=${join(root, 'test/count-reporter.mjs')}`,
      `--test-reporter-destination=${file}`,
      ...(files.length > 0 ? files : ['no-test-file-found']),
    ],
    counts: (exitCode) => readNodeCounts(file, exitCode),
  };
}

function readNodeCounts(file: string, exitCode: number): Counts {
  const broken: Counts = { passed: 0, failed: 1, skipped: 0 };
  if (!existsSync(file)) return broken;
  const line = readFileSync(file, 'utf8').trim().split('\n').at(-1);
  if (line === undefined || line === '') return broken;
  const seen = JSON.parse(line) as Record<string, number>;
  const failed = (seen['failed'] ?? 0) + (seen['cancelled'] ?? 0);
  return {
    passed: seen['passed'] ?? 0,
    failed: exitCode !== 0 && failed === 0 ? 1 : failed,
    skipped: (seen['skipped'] ?? 0) + (seen['todo'] ?? 0),
  };
}

function pythonTests(scratch: string): Suite {
  const file = join(scratch, 'python.xml');
  return {
    name: 'python',
    minutes: 30,
    command: [join(root, '.venv/bin/python'), '-m', 'pytest', 'models', '-q', `--junitxml=${file}`],
    env: { PYTHONDONTWRITEBYTECODE: '1' },
    counts: (exitCode) => readJunit(file, exitCode),
  };
}

function readJunit(file: string, exitCode: number): Counts {
  if (!existsSync(file)) return { passed: 0, failed: 1, skipped: 0 };
  const head = readFileSync(file, 'utf8').match(/<testsuite [^>]*>/)?.[0] ?? '';
  const figure = (name: string): number => Number(head.match(new RegExp(` ${name}="(\\d+)"`))?.[1] ?? 0);
  const failed = figure('failures') + figure('errors');
  const skipped = figure('skipped');
  return {
    passed: figure('tests') - failed - skipped,
    failed: exitCode !== 0 && failed === 0 ? 1 : failed,
    skipped,
  };
}

/** What `npm run test:deploy` runs: each name is a group and a folder below test/. */
export const deployGroups: readonly string[] = ['chart', 'network', 'images', 'pulumi', 'gitops'];

/** What `npm test` runs. */
export const testGroups: readonly string[] = ['check', 'unit', 'python', 'integration', 'e2e'];

/** All suites by group. `scratch` is an empty folder for what they leave behind. */
export function suitesOf(scratch: string): Readonly<Record<string, readonly Suite[]>> {
  return {
    check: [
      check('type check', 'tsc', '-p', root),
      check('lint', 'biome', 'check', '--error-on-warnings', root),
      check('proto lint', 'buf', 'lint', join(root, 'proto')),
      check('generated files are current', process.execPath, join(root, 'test/generate.ts'), '--verify'),
    ],
    unit: [
      nodeTests('unit', scratch, {
        patterns: ['{crds,operator,workers,dashboard,local,proto}/**/*.test.ts'],
        minutes: 15,
        concurrency: 2,
      }),
    ],
    python: [pythonTests(scratch)],
    integration: [
      nodeTests('integration', scratch, {
        patterns: ['test/{integration,faults}/**/*.test.ts'],
        minutes: 45,
      }),
    ],
    e2e: [nodeTests('e2e', scratch, { patterns: ['test/e2e/**/*.test.ts'], minutes: 40 })],
    tools: [check('tools of deployment', process.execPath, join(root, 'test/tools.ts'))],
    ...Object.fromEntries(
      deployGroups.map((name) => [
        name,
        [nodeTests(name, scratch, { patterns: [`test/${name}/**/*.test.ts`], minutes: 30 })],
      ]),
    ),
  };
}
