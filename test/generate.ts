// `npm run generate` writes every generated file; `npm run verify` does the same and fails, with a list, when a file
// was not what its generator writes.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, globSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generateCrds } from '../crds/generate.ts';
import { resolveTool } from '../local/binaries/tools.ts';
import { readValues } from './chart/values/definition.ts';
import { schemaOf } from './chart/values/schema.ts';
import { withTable } from './chart/values/table.ts';
import { images } from './images/catalogue.ts';
import { writeImageFiles } from './images/image-lock.ts';
import { renderChart } from './network/policies.ts';
import { withTables } from './network/security-page.ts';

const root = join(import.meta.dirname, '..');
const bundles = 'models/bundles';
const python = join(root, '.venv/bin/python');
const codeTable = 'models/generate_codes.py';

interface Generator {
  readonly name: string;
  /** Files that it writes, as glob patterns. */
  readonly writes: readonly string[];
  /** Why it cannot run here; undefined when it can. */
  unavailable(): Promise<string | undefined>;
  run(): Promise<void>;
}

function run(command: string, args: readonly string[]): string {
  const done = spawnSync(command, args, { cwd: root, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  if (done.status !== 0) {
    throw new Error(`${command} ${args.join(' ')} failed:\n${done.stderr || done.error?.message || ''}`);
  }
  return done.stdout;
}

/** Writes the digest of each bundle into the samples that name the bundle. */
function pinSamples(): void {
  for (const path of globSync('samples/**/*.yaml', { cwd: root })) {
    const text = readFileSync(join(root, path), 'utf8');
    const pinned = text.replaceAll(
      /(uri: "?builtin:([a-z0-9-]+)"?\n\s+sha256: "?)[0-9a-f]{64}/g,
      (found: string, before: string, bundle: string) => {
        const manifest = join(root, bundles, bundle, 'manifest.json');
        return existsSync(manifest)
          ? before + createHash('sha256').update(readFileSync(manifest)).digest('hex')
          : found;
      },
    );
    if (pinned !== text) {
      writeFileSync(join(root, path), pinned);
    }
  }
}

/** The schema of the chart's values and the table in its README. */
function describeValues(): void {
  const chart = join(root, 'charts/twinward');
  const values = readValues(readFileSync(join(chart, 'values.yaml'), 'utf8'));
  writeFileSync(join(chart, 'values.schema.json'), `${JSON.stringify(schemaOf(values), null, 2)}\n`);
  const readme = join(chart, 'README.md');
  writeFileSync(readme, withTable(readFileSync(readme, 'utf8'), values));
}

let helm = 'helm';

async function findHelm(): Promise<string | undefined> {
  try {
    helm = await resolveTool('helm');
    return undefined;
  } catch (error) {
    return `helm cannot be had (${error instanceof Error ? error.message : String(error)})`;
  }
}

function render(): void {
  const mark = '# Rendered by test/generate.ts with helm. Do not edit.\n';
  const manifests = join(root, 'charts/manifests');
  const render = (chart: string, file: string, ...values: readonly string[]): void => {
    const args = ['template', 'twinward', join(root, 'charts', chart), '--namespace', 'twinward-system'];
    writeFileSync(join(manifests, file), mark + run(helm, [...args, ...values]));
  };
  render('twinward-crds', 'crds.yaml');
  render('twinward', 'install.yaml', '--values', join(manifests, 'install.values.yaml'));
  render('twinward', 'demo.yaml', '--values', join(manifests, 'demo.values.yaml'));
}

const always = (): Promise<undefined> => Promise.resolve(undefined);

const generators: readonly Generator[] = [
  {
    name: 'kinds and API reference',
    writes: ['charts/twinward-crds/templates/*.yaml', 'docs/api/*.md'],
    unavailable: always,
    run: async () => {
      generateCrds();
    },
  },
  {
    name: 'types of RPC messages',
    writes: ['proto/gen/**/*'],
    unavailable: always,
    run: async () => {
      run(process.execPath, ['proto/generate.ts']);
    },
  },
  {
    name: 'views of the code table',
    writes: ['models/*.gen.*', 'workers/**/*.gen.*'],
    unavailable: async () => {
      if (!existsSync(join(root, codeTable))) return `${codeTable} does not exist`;
      return existsSync(python)
        ? undefined
        : 'the Python environment .venv does not exist; run npm run test:python once';
    },
    run: async () => {
      run(python, [codeTable]);
    },
  },
  {
    name: 'digests in samples',
    writes: ['samples/**/*.yaml'],
    unavailable: async () =>
      existsSync(join(root, bundles)) ? undefined : `${bundles} does not exist, so no digest can be pinned`,
    run: async () => pinSamples(),
  },
  {
    name: "schema and table of the chart's values",
    writes: ['charts/twinward/{values.schema.json,README.md}'],
    unavailable: always,
    run: async () => describeValues(),
  },
  {
    name: 'packages of images',
    writes: ['{operator,dashboard,workers/*}/image/*.gen.json'],
    unavailable: always,
    run: async () => {
      for (const image of images) writeImageFiles(root, image);
    },
  },
  {
    name: 'rendered charts',
    writes: ['charts/manifests/{crds,install,demo}.yaml'],
    unavailable: findHelm,
    run: async () => render(),
  },
  {
    name: 'flows and permissions in the security model',
    writes: ['docs/security.md'],
    unavailable: findHelm,
    run: async () => {
      const page = join(root, 'docs/security.md');
      const objects = await renderChart('--set=dashboard.enabled=true');
      writeFileSync(page, withTables(readFileSync(page, 'utf8'), objects));
    },
  },
];

type Contents = ReadonlyMap<string, string>;

function contentsOf(patterns: readonly string[]): Contents {
  const paths = patterns.flatMap((pattern) => globSync(pattern, { cwd: root }));
  const files = paths.filter((path) => statSync(join(root, path)).isFile());
  return new Map(files.map((path) => [path, readFileSync(join(root, path), 'utf8')]));
}

function differences(before: Contents, after: Contents): readonly string[] {
  const paths = [...new Set([...before.keys(), ...after.keys()])].sort();
  return paths.filter((path) => before.get(path) !== after.get(path));
}

async function main(verify: boolean): Promise<number> {
  const drifted: string[] = [];
  const skipped: string[] = [];
  for (const generator of generators) {
    const reason = await generator.unavailable();
    if (reason !== undefined) {
      console.log(`skipped  ${generator.name}: ${reason}`);
      skipped.push(generator.name);
      continue;
    }
    const before = contentsOf(generator.writes);
    await generator.run();
    const after = contentsOf(generator.writes);
    const changed = differences(before, after);
    drifted.push(...changed);
    console.log(`written  ${generator.name}: ${after.size} files, ${changed.length} changed`);
  }
  if (!verify) {
    return 0;
  }
  for (const path of drifted) {
    console.error(`drifted  ${path}`);
  }
  if (drifted.length > 0) {
    console.error(`${drifted.length} files were not what their generator writes. They are now: commit them.`);
  }
  if (skipped.includes('rendered charts')) {
    console.error('charts/manifests could not be verified without helm.');
    return 1;
  }
  return drifted.length > 0 ? 1 : 0;
}

process.exitCode = await main(process.argv.includes('--verify'));
