import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { subjectOf } from './reference.ts';

const index = {
  patientByUrl: new Map([
    ['urn:uuid:1111', 'p1'],
    ['https://server.example/fhir/Patient/p2', 'p2'],
  ]),
  patientByIdentifier: new Map([['http://mrn|7', 'p3']]),
  medications: new Map(),
};
const patient = (key: string) => ({ kind: 'patient', key });

describe('subjectOf', () => {
  const cases = [
    { name: 'a relative reference', given: { reference: 'Patient/9' }, want: patient('9') },
    { name: 'a versioned reference', given: { reference: 'Patient/9/_history/2' }, want: patient('9') },
    { name: 'an absolute reference', given: { reference: 'https://a.b/fhir/Patient/9' }, want: patient('9') },
    {
      name: 'an absolute versioned reference to an entry',
      given: { reference: 'https://server.example/fhir/Patient/p2/_history/4' },
      want: patient('p2'),
    },
    { name: 'a urn of an entry', given: { reference: 'urn:uuid:1111' }, want: patient('p1') },
    { name: 'a urn that is not in the bundle', given: { reference: 'urn:uuid:2222' }, want: patient('2222') },
    {
      name: 'a conditional reference to an entry',
      given: { reference: 'Patient?identifier=http%3A%2F%2Fmrn%7C7' },
      want: patient('p3'),
    },
    {
      name: 'a conditional reference to somebody else',
      given: { reference: 'Patient?identifier=http://mrn|8' },
      want: patient('http://mrn|8'),
    },
    {
      name: 'a logical reference',
      given: { identifier: { system: 'http://mrn', value: '8' } },
      want: patient('http://mrn|8'),
    },
    {
      name: 'a logical reference to an entry',
      given: { type: 'Patient', identifier: { system: 'http://mrn', value: '7' } },
      want: patient('p3'),
    },
    { name: 'a contained patient with an identifier', given: { reference: '#c' }, want: patient('p3') },
    { name: 'a group', given: { reference: 'Group/1' }, want: { kind: 'other' } },
    { name: 'a display only', given: { display: 'Mrs. Smith' }, want: { kind: 'none' } },
    { name: 'a reference that is none', given: { reference: 'Mrs. Smith' }, want: { kind: 'none' } },
  ];
  for (const { name, given, want } of cases) {
    it(`follows ${name}`, () => {
      const contained = [
        { resourceType: 'Patient', id: 'c', identifier: [{ system: 'http://mrn', value: '7' }] },
      ];
      assert.deepEqual(subjectOf({ subject: given, contained }, index), want);
    });
  }

  it('knows no subject where there is none', () => {
    assert.deepEqual(subjectOf({}, index), { kind: 'none' });
  });
});
