// FHIR -> events -> FHIR: the product's ingestion reads from generated FHIR exactly the event list that it was written
// from, and what it read is written as the same FHIR again.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { ClinicalEvent } from '../../../workers/ingest/fhir/clinical-event.ts';
import { python, type ReadPerson, type Resource, readPersons, readResource } from './generated.ts';

const CAUSE_OF_DEATH = '69453-9';
const CHECK_UP = '162673000';
const seed = 41;

type Listed = readonly [code: string, minute: string, value: number | null, unit: string | null];

interface Person {
  readonly handle: string;
  readonly events: readonly Listed[];
}

const lines = <T>(text: string): readonly T[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as T);

/** The event as the MEDS view writes it; undefined for what is in FHIR only: ends of acute diseases, visits. */
function asListed(event: ClinicalEvent): string | undefined {
  if (event.action === 'ACTION_RESOLVE' || event.code === CHECK_UP) return undefined;
  const minute = event.time.instant.slice(0, 16);
  if (event.code === CAUSE_OF_DEATH) return JSON.stringify(['MEDS_DEATH', minute, null, null]);
  const { value } = event;
  const verb = { ACTION_START: '//START', ACTION_STOP: '//STOP' }[event.action as string] ?? '';
  const concept = value?.kind === 'concept' ? `//${value.concept.system}|${value.concept.code}` : '';
  const number = value?.kind === 'number' ? Math.fround(value.literal.number) : null;
  const unit = value?.kind === 'number' ? value.ucum : null;
  return JSON.stringify([`${event.system}|${event.code}${verb}${concept}`, minute, number, unit]);
}

function asExpected([code, minute, value, unit]: Listed): string {
  return JSON.stringify([code.replace(/^MEDS_DEATH.*/, 'MEDS_DEATH'), minute, value, unit]);
}

const eventsOf = (person: ReadPerson): readonly ClinicalEvent[] =>
  person.records.flatMap((record) => record.events);

function forRewriting(person: ReadPerson): string {
  const known = person.records.find((record) => record.person !== undefined)?.person;
  const events = eventsOf(person).map(({ system, code, action, time, value }) => ({
    system,
    code,
    action: action.replace('ACTION_', ''),
    time: time.instant,
    ...(value?.kind === 'number' ? { number: value.literal.number, ucum: value.ucum } : {}),
    ...(value?.kind === 'concept' ? { concept: [value.concept.system, value.concept.code] } : {}),
  }));
  const sex = known?.sex.replace('SEX_', '').toLowerCase();
  const about = { sex, birthDate: known?.birthDate, deceased: known?.deceased };
  return JSON.stringify({ handle: person.handle, ...about, events });
}

/** Everything that a resource says, without its number; of the Patient only what events and facts can say. */
function content(resource: Resource): string {
  const { id: _, ...said } = resource;
  if (resource['resourceType'] !== 'Patient') return JSON.stringify(said);
  const { gender, birthDate, deceasedDateTime } = said;
  return JSON.stringify({ resourceType: 'Patient', gender, birthDate, deceasedDateTime });
}

/** Fails with the first lines that only one of the two has. */
function assertSame(found: readonly string[], wanted: readonly string[], handle: string): void {
  const [more, less] = [[...found].sort(), [...wanted].sort()];
  const only = (own: readonly string[], other: ReadonlySet<string>) => own.filter((line) => !other.has(line));
  const differing = [only(more, new Set(less)).slice(0, 3), only(less, new Set(more)).slice(0, 3)];
  assert.deepEqual(differing, [[], []], handle);
  assert.equal(more.length, less.length, handle);
}

for (const [world, count] of [
  ['matched', 40],
  ['second-site', 25],
  ['first', 10],
] as const) {
  describe(`round trip of the world ${world}`, () => {
    let folder: string;
    let people: readonly ReadPerson[];

    before(async () => {
      folder = await mkdtemp(join(tmpdir(), 'twinward-population-'));
      people = await readPersons(world, count, seed, folder);
    });
    after(() => rm(folder, { recursive: true, force: true }));

    it('gives the event list that the FHIR was written from', async () => {
      const which = ['--world', world, '--count', String(count), '--seed', String(seed)];
      const expected = lines<Person>(await python(['population.round_trip', 'list', ...which]));
      const read = new Map(people.map((person) => [person.handle, eventsOf(person)]));
      assert.equal(read.size, count);
      for (const { handle, events } of expected) {
        const known = world === 'first' ? events.filter(([code]) => !code.startsWith('MEDS_DEATH')) : events;
        const found = (read.get(handle) ?? []).flatMap((event) => asListed(event) ?? []);
        assertSame(found, known.map(asExpected), handle);
      }
    });

    // Deaths of the first world have no cause in FHIR, so its events do not say which they were.
    if (world === 'first') return;
    it('gives the same FHIR again', async () => {
      const input = people.map(forRewriting).join('\n');
      const again = await python(['population.round_trip', 'rewrite', '--world', world], input);
      const rewritten = lines<{ readonly handle: string; readonly resources: readonly Resource[] }>(again);
      assert.equal(rewritten.length, count);
      const original = new Map(people.map((person) => [person.handle, person.resources]));
      for (const { handle, resources } of rewritten) {
        const given = original.get(handle) ?? [];
        assertSame(resources.map(content), given.map(content), handle);
      }
    });
  });
}

describe('a resource that ingestion would refuse', () => {
  const resource = (unit: string): Resource => ({
    resourceType: 'Observation',
    id: 'one',
    status: 'final',
    subject: { reference: 'Patient/one' },
    code: { coding: [{ system: 'http://loinc.org', code: '2339-0' }] },
    effectiveDateTime: '2020-01-01T00:00:00Z',
    valueQuantity: { value: 5, unit, system: 'http://unitsofmeasure.org', code: unit },
  });

  it('fails the reading of these tests', () => {
    assert.equal(readResource(resource('mmol/L')).events.length, 1);
    assert.throws(() => readResource(resource('mm[Hg]')), /Observation/);
    assert.throws(() => readResource({ ...resource('mmol/L'), effectiveDateTime: undefined }), /left out/);
  });
});
