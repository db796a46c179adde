// Records of the synthetic population, read by the product's own mapping.
import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type NormaliseContext, normalise } from '../../../workers/ingest/fhir/normalise.ts';
import type { NormalisedRecord } from '../../../workers/ingest/fhir/record.ts';
import { EMPTY_INDEX } from '../../../workers/ingest/fhir/reference.ts';
import { createUcum } from '../../../workers/ingest/fhir/ucum.ts';
import { createUnits } from '../../../workers/ingest/fhir/unit.ts';
import { readUnitTable } from '../../../workers/ingest/fhir/unit-table.ts';
import { createZone } from '../../../workers/ingest/fhir/zone.ts';
import { toEntry } from '../../../workers/ingest/sources/folder/bundle.ts';
import { root } from '../../suites.ts';

/** A resource as JSON. */
export type Resource = Readonly<Record<string, unknown>>;

/** What ingestion made of the bundle of one person, and the resources that it read. */
export interface ReadPerson {
  readonly handle: string;
  readonly resources: readonly Resource[];
  readonly records: readonly NormalisedRecord[];
}

const run = promisify(execFile);
const unitTable = new URL('../../../workers/ingest/fhir/codes.gen.json', import.meta.url);
const context: NormaliseContext = {
  units: createUnits(createUcum(), readUnitTable(unitTable)),
  index: EMPTY_INDEX,
  enrolled: new Map(),
  modifiedAt: Date.parse('2026-11-01T00:00:00Z'),
  time: { zone: createZone('UTC'), receivedAt: Date.parse('2026-11-24T00:00:00Z') },
};

/** Runs a Python module of models/; `input` is its standard input. Throws with what it wrote to standard error. */
export async function python(args: readonly string[], input = ''): Promise<string> {
  const running = run(join(root, '.venv/bin/python'), ['-m', ...args], {
    cwd: join(root, 'models'),
    env: { ...process.env, PYTHONPATH: join(root, 'models'), PYTHONDONTWRITEBYTECODE: '1' },
    maxBuffer: 256 * 1024 * 1024,
  });
  running.child.stdin?.end(input);
  return (await running).stdout;
}

/** Writes persons of a world as bundles and reads each entry as the ingest worker does. Throws when one is refused. */
export async function readPersons(
  world: string,
  count: number,
  seed: number,
  folder: string,
): Promise<readonly ReadPerson[]> {
  const which = ['--world', world, '--count', String(count), '--seed', String(seed)];
  await python(['population', 'fhir', ...which, '--workers', '1', '--format', 'bundles', '--out', folder]);
  const files = (await readdir(folder)).filter((name) => name.endsWith('.json')).sort();
  return Promise.all(files.map(async (name) => readPerson(await readFile(join(folder, name), 'utf8'))));
}

function readPerson(text: string): ReadPerson {
  const bundle = JSON.parse(text) as {
    readonly id: string;
    readonly entry: readonly { resource: Resource }[];
  };
  const resources = bundle.entry.map((entry) => entry.resource);
  return { handle: bundle.id, resources, records: resources.map(readResource) };
}

/** One resource, as ingestion keeps it. Throws with the reason when it is refused or part of it is left out. */
export function readResource(resource: Resource): NormalisedRecord {
  const entry = toEntry(Buffer.from(JSON.stringify({ resource })));
  if (entry === undefined) throw new Error('the entry is no JSON object');
  const outcome = normalise(entry, context);
  if (outcome.kind !== 'record') throw new Error(`${String(resource['resourceType'])}: ${outcome.reason}`);
  const left = Object.values(outcome.leftOut).reduce((sum, count) => sum + count, 0);
  if (left > 0) throw new Error(`${String(resource['resourceType'])}: ${left} events were left out`);
  return outcome.record;
}
