// Generated FHIR is valid R4, said by the StructureDefinitions of the standard and not by us.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type ReadPerson, type Resource, readPersons } from './generated.ts';
import { createValidator, type Validate } from './validator.ts';

describe('FHIR of the synthetic population', () => {
  const folders: string[] = [];
  const people: ReadPerson[] = [];
  let validate: Validate;

  before(async () => {
    validate = await createValidator();
    for (const [world, count] of [
      ['matched', 25],
      ['second-site', 15],
    ] as const) {
      const folder = await mkdtemp(join(tmpdir(), 'twinward-validity-'));
      folders.push(folder);
      people.push(...(await readPersons(world, count, 77, folder)));
    }
  });
  after(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))));

  const all = (): readonly Resource[] => people.flatMap((person) => person.resources);
  const first = (type: string): Resource => {
    const found = all().find((resource) => resource['resourceType'] === type);
    assert.ok(found, `no ${type} was generated`);
    return found;
  };

  it('is valid FHIR R4', () => {
    const resources = all();
    const wrong = resources.flatMap((resource) =>
      validate(resource).map((issue) => `${String(resource['resourceType'])}: ${issue}`),
    );
    assert.deepEqual([...new Set(wrong)].slice(0, 10), []);
    assert.ok(resources.length > 4000, `only ${resources.length} resources`);
    const types = new Set(resources.map((resource) => resource['resourceType']));
    assert.deepEqual([...types].sort(), [
      'Condition',
      'Encounter',
      'Immunization',
      'MedicationRequest',
      'Observation',
      'Patient',
      'Procedure',
    ]);
  });

  it('is valid as a Bundle', () => {
    const [person] = people;
    assert.ok(person);
    const entry = person.resources.map((resource) => ({
      fullUrl: `https://twinward.io/fhir/${String(resource['resourceType'])}/${String(resource['id'])}`,
      resource,
    }));
    const bundle = { resourceType: 'Bundle', id: person.handle, type: 'collection', entry };
    assert.deepEqual(validate(bundle), []);
    const twice = { ...bundle, entry: [...entry, ...entry] };
    assert.notDeepEqual(validate(twice), []);
  });

  const faults: readonly { readonly name: string; readonly type: string; readonly change: Resource }[] = [
    { name: 'no status', type: 'Observation', change: { status: undefined } },
    { name: 'a status that does not exist', type: 'Observation', change: { status: 'done' } },
    { name: 'a number as text', type: 'Observation', change: { valueQuantity: { value: 'five' } } },
    { name: 'a member that does not exist', type: 'Procedure', change: { performedOn: '2020-01-01' } },
    { name: 'two values', type: 'Observation', change: { valueQuantity: { value: 1 }, valueString: 'one' } },
    { name: 'no subject', type: 'Condition', change: { subject: undefined } },
    { name: 'a day that is none', type: 'Condition', change: { onsetDateTime: '2020-1-1' } },
    { name: 'a code of another set', type: 'Patient', change: { gender: 'm' } },
    { name: 'no intent', type: 'MedicationRequest', change: { intent: undefined } },
    { name: 'no class', type: 'Encounter', change: { class: undefined } },
    { name: 'no vaccine', type: 'Immunization', change: { vaccineCode: undefined } },
    {
      name: 'an end of a disease that is still active (con-4)',
      type: 'Condition',
      change: {
        clinicalStatus: {
          coding: [{ system: 'http://terminology.hl7.org/CodeSystem/condition-clinical', code: 'active' }],
        },
        abatementDateTime: '2020-01-01',
      },
    },
  ];
  for (const { name, type, change } of faults) {
    it(`would not be valid with ${name}`, () => {
      const { value: _, ...base } = first(type);
      assert.notDeepEqual(validate(JSON.parse(JSON.stringify({ ...base, ...change }))), []);
    });
  }
});
