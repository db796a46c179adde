import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { mintHandle } from '#crds/patient-twin/handle.ts';
import { toEntry } from '../sources/folder/bundle.ts';
import type { ClinicalEvent } from './clinical-event.ts';
import { normalise } from './normalise.ts';
import type { NormalisedRecord } from './record.ts';
import { EMPTY_INDEX } from './reference.ts';
import { createUcum } from './ucum.ts';
import { createUnits } from './unit.ts';
import { createZone } from './zone.ts';

const SNOMED = 'http://snomed.info/sct';
const LOINC = 'http://loinc.org';
const RXNORM = 'http://www.nlm.nih.gov/research/umls/rxnorm';
const units = createUnits(
  createUcum(),
  new Map([
    ['8480-6', ['mm[Hg]', 'kPa']],
    ['2339-0', ['mg/dL', 'mmol/L']],
  ]),
);
const context = {
  units,
  index: EMPTY_INDEX,
  enrolled: new Map<string, string>(),
  modifiedAt: Date.parse('2026-01-01T00:00:00Z'),
  time: { zone: createZone('UTC'), receivedAt: Date.parse('2026-11-24T00:00:00Z') },
};
const coded = (system: string, code: string) => ({
  coding: [{ system, code, display: 'Free Text' }],
  text: 'Free Text',
});
const about = { id: 'one', subject: { reference: 'Patient/p1' } };
const at = '2020-05-06T07:08:09Z';

/** Runs a resource through as a bundle entry; `rawNumbers` replaces `"@1.50"` by the bare literal. */
function run(resource: Record<string, unknown>) {
  const text = JSON.stringify({ resource }).replaceAll(/"@([^"]+)"/g, '$1');
  const entry = toEntry(Buffer.from(text));
  assert.ok(entry);
  return normalise(entry, context);
}

function recordOf(resource: Record<string, unknown>): NormalisedRecord {
  const outcome = run(resource);
  assert.ok(outcome.kind === 'record', JSON.stringify(outcome));
  return outcome.record;
}

/** `action code time value` of each event. */
function told(events: readonly ClinicalEvent[]): readonly string[] {
  return events.map((event) => {
    const { value } = event;
    const shown =
      value === undefined
        ? []
        : value.kind === 'number'
          ? [`${value.literal.text} ${value.ucum}`]
          : [`=${value.concept.code}`];
    return [event.action.slice(7), event.code, event.time.instant, ...shown].join(' ');
  });
}

const resources: readonly {
  readonly name: string;
  readonly given: Record<string, unknown>;
  readonly want: readonly string[];
  readonly deleted?: boolean;
}[] = [
  {
    name: 'a Condition occurs at onset and resolves at abatement',
    given: {
      resourceType: 'Condition',
      code: coded(SNOMED, '44054006'),
      onsetDateTime: '2019-01-01',
      recordedDate: '2019-03-01',
      abatementDateTime: '2020-01-01',
    },
    want: ['OCCUR 44054006 2019-01-01T00:00:00Z', 'RESOLVE 44054006 2020-01-01T00:00:00Z'],
  },
  {
    name: 'a Condition without onset occurs when recorded',
    given: { resourceType: 'Condition', code: coded(SNOMED, '44054006'), recordedDate: '2019-03-01' },
    want: ['OCCUR 44054006 2019-03-01T00:00:00Z'],
  },
  {
    name: 'a Condition with an onset period uses its start',
    given: {
      resourceType: 'Condition',
      code: coded(SNOMED, '44054006'),
      onsetPeriod: { start: '2018', end: '2019' },
    },
    want: ['OCCUR 44054006 2018-01-01T00:00:00Z'],
  },
  {
    name: 'a Condition entered in error takes its events back',
    given: {
      resourceType: 'Condition',
      code: coded(SNOMED, '44054006'),
      onsetDateTime: '2019-01-01',
      verificationStatus: coded(
        'http://terminology.hl7.org/CodeSystem/condition-ver-status',
        'entered-in-error',
      ),
    },
    want: [],
    deleted: true,
  },
  {
    name: 'a refuted Condition says nothing',
    given: {
      resourceType: 'Condition',
      code: coded(SNOMED, '44054006'),
      onsetDateTime: '2019-01-01',
      verificationStatus: coded('http://terminology.hl7.org/CodeSystem/condition-ver-status', 'refuted'),
    },
    want: [],
  },
  {
    name: 'an Observation keeps the literal of its number',
    given: {
      resourceType: 'Observation',
      status: 'final',
      code: coded(LOINC, '2339-0'),
      effectiveDateTime: at,
      valueQuantity: { value: '@5.10', unit: 'mmol/L', system: 'http://unitsofmeasure.org', code: 'mmol/L' },
    },
    want: ['MEASURE 2339-0 2020-05-06T07:08:09Z 5.10 mmol/L'],
  },
  {
    name: 'an Observation keeps a comparator with its literal',
    given: {
      resourceType: 'Observation',
      status: 'final',
      code: coded(LOINC, '2339-0'),
      effectiveDateTime: at,
      valueQuantity: { value: '@1e1', comparator: '<', code: 'mg/dL' },
    },
    want: ['MEASURE 2339-0 2020-05-06T07:08:09Z <1e1 mg/dL'],
  },
  {
    name: 'a panel Observation gives its components only',
    given: {
      resourceType: 'Observation',
      status: 'final',
      code: coded(LOINC, '85354-9'),
      effectiveDateTime: at,
      component: [
        { code: coded(LOINC, '8480-6'), valueQuantity: { value: '@120', unit: 'mmHg' } },
        { code: coded(LOINC, '8462-4'), valueQuantity: { value: '@80', unit: 'mm Hg' } },
        { code: coded(LOINC, '8867-4'), dataAbsentReason: coded('http://x', 'unknown') },
      ],
    },
    want: ['MEASURE 8480-6 2020-05-06T07:08:09Z 120 mm[Hg]', 'MEASURE 8462-4 2020-05-06T07:08:09Z 80 mm[Hg]'],
  },
  {
    name: 'an Observation with a coded value keeps the concept',
    given: {
      resourceType: 'Observation',
      status: 'final',
      code: coded(LOINC, '72166-2'),
      effectiveDateTime: at,
      valueCodeableConcept: coded(SNOMED, '266919005'),
    },
    want: ['MEASURE 72166-2 2020-05-06T07:08:09Z =266919005'],
  },
  {
    name: 'an Observation with a text value keeps no text',
    given: {
      resourceType: 'Observation',
      status: 'final',
      code: coded(LOINC, '72166-2'),
      effectiveDateTime: at,
      valueString: 'smokes a pipe',
    },
    want: ['MEASURE 72166-2 2020-05-06T07:08:09Z'],
  },
  {
    name: 'an Observation with two LOINC codings is one event',
    given: {
      resourceType: 'Observation',
      status: 'final',
      code: {
        coding: [
          { system: SNOMED, code: '386725007' },
          { system: LOINC, code: '8310-5' },
          { system: LOINC, code: '8331-1' },
        ],
      },
      effectiveDateTime: at,
      valueQuantity: { value: '@37.0', unit: 'degC' },
    },
    want: ['MEASURE 8310-5 2020-05-06T07:08:09Z 37.0 Cel'],
  },
  {
    name: 'a cancelled Observation takes its events back',
    given: { resourceType: 'Observation', status: 'cancelled', code: coded(LOINC, '2339-0') },
    want: [],
    deleted: true,
  },
  {
    name: 'a MedicationRequest starts a course',
    given: {
      resourceType: 'MedicationRequest',
      status: 'active',
      intent: 'order',
      medicationCodeableConcept: coded(RXNORM, '314231'),
      authoredOn: '2020-01-01',
      dispenseRequest: { validityPeriod: { end: '2020-06-01' } },
    },
    want: ['START 314231 2020-01-01T00:00:00Z'],
  },
  {
    name: 'a completed MedicationRequest stops at the end of its validity',
    given: {
      resourceType: 'MedicationRequest',
      status: 'completed',
      intent: 'order',
      medicationCodeableConcept: coded(RXNORM, '314231'),
      authoredOn: '2020-01-01',
      dispenseRequest: { validityPeriod: { end: '2020-06-01' } },
    },
    want: ['START 314231 2020-01-01T00:00:00Z', 'STOP 314231 2020-06-01T00:00:00Z'],
  },
  {
    name: 'an open-ended MedicationRequest has no stop',
    given: {
      resourceType: 'MedicationRequest',
      status: 'stopped',
      intent: 'order',
      medicationCodeableConcept: coded(RXNORM, '314231'),
      authoredOn: '2020-01-01',
      dispenseRequest: { validityPeriod: { end: '2099-12-31' } },
    },
    want: ['START 314231 2020-01-01T00:00:00Z'],
  },
  {
    name: 'a MedicationRequest finds its contained medication',
    given: {
      resourceType: 'MedicationRequest',
      status: 'active',
      intent: 'order',
      contained: [{ resourceType: 'Medication', id: 'm', code: coded(RXNORM, '860975') }],
      medicationReference: { reference: '#m' },
      authoredOn: '2020-01-01',
    },
    want: ['START 860975 2020-01-01T00:00:00Z'],
  },
  {
    name: 'a proposed MedicationRequest says nothing',
    given: {
      resourceType: 'MedicationRequest',
      status: 'active',
      intent: 'proposal',
      medicationCodeableConcept: coded(RXNORM, '314231'),
      authoredOn: '2020-01-01',
    },
    want: [],
  },
  {
    name: 'a cancelled MedicationRequest takes its events back',
    given: { resourceType: 'MedicationRequest', status: 'cancelled', intent: 'order' },
    want: [],
    deleted: true,
  },
  {
    name: 'a completed MedicationStatement starts and stops',
    given: {
      resourceType: 'MedicationStatement',
      status: 'completed',
      medicationCodeableConcept: coded('http://www.whocc.no/atc', 'C10AA05'),
      effectivePeriod: { start: '2020-01-01', end: '2021-01-01' },
    },
    want: ['START C10AA05 2020-01-01T00:00:00Z', 'STOP C10AA05 2021-01-01T00:00:00Z'],
  },
  {
    name: 'a medication that was not taken says nothing',
    given: {
      resourceType: 'MedicationStatement',
      status: 'not-taken',
      medicationCodeableConcept: coded(RXNORM, '314231'),
      effectiveDateTime: '2020-01-01',
    },
    want: [],
  },
  {
    name: 'a single dose occurs',
    given: {
      resourceType: 'MedicationAdministration',
      status: 'completed',
      medicationCodeableConcept: coded(RXNORM, '1804799'),
      effectiveDateTime: at,
    },
    want: ['OCCUR 1804799 2020-05-06T07:08:09Z'],
  },
  {
    name: 'an infusion starts and stops',
    given: {
      resourceType: 'MedicationAdministration',
      status: 'completed',
      medicationCodeableConcept: coded(RXNORM, '1804799'),
      effectivePeriod: { start: '2020-05-06T07:00:00Z', end: '2020-05-06T08:00:00Z' },
    },
    want: ['START 1804799 2020-05-06T07:00:00Z', 'STOP 1804799 2020-05-06T08:00:00Z'],
  },
  {
    name: 'an administration that was not done takes its events back',
    given: { resourceType: 'MedicationAdministration', status: 'not-done' },
    want: [],
    deleted: true,
  },
  {
    name: 'a Procedure occurs when it began',
    given: {
      resourceType: 'Procedure',
      status: 'completed',
      code: coded(SNOMED, '73761001'),
      performedPeriod: { start: at, end: '2020-05-06T08:00:00Z' },
    },
    want: ['OCCUR 73761001 2020-05-06T07:08:09Z'],
  },
  {
    name: 'a Procedure that was not done takes its events back',
    given: { resourceType: 'Procedure', status: 'not-done', code: coded(SNOMED, '73761001') },
    want: [],
    deleted: true,
  },
  {
    name: 'a visit occurs under its type',
    given: {
      resourceType: 'Encounter',
      status: 'finished',
      class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'AMB' },
      type: [coded(SNOMED, '185345009')],
      period: { start: at },
    },
    want: ['OCCUR 185345009 2020-05-06T07:08:09Z'],
  },
  {
    name: 'an inpatient stay occurs under its class when its type does not tell',
    given: {
      resourceType: 'Encounter',
      status: 'in-progress',
      class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'IMP' },
      type: [coded(SNOMED, '185345009')],
      period: { start: at },
    },
    want: ['OCCUR IMP 2020-05-06T07:08:09Z'],
  },
  {
    name: 'an elective admission occurs under its type',
    given: {
      resourceType: 'Encounter',
      status: 'finished',
      class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'IMP' },
      type: [coded(SNOMED, '8715000')],
      period: { start: at },
    },
    want: ['OCCUR 8715000 2020-05-06T07:08:09Z'],
  },
  {
    name: 'a cancelled Encounter takes its events back',
    given: {
      resourceType: 'Encounter',
      status: 'cancelled',
      class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'IMP' },
    },
    want: [],
    deleted: true,
  },
  {
    name: 'an Immunization occurs under its CVX code',
    given: {
      resourceType: 'Immunization',
      status: 'completed',
      vaccineCode: {
        coding: [
          { system: SNOMED, code: '86198006' },
          { system: 'http://hl7.org/fhir/sid/cvx', code: '140' },
        ],
      },
      patient: { reference: 'Patient/p1' },
      occurrenceDateTime: at,
    },
    want: ['OCCUR 140 2020-05-06T07:08:09Z'],
  },
  {
    name: 'an Immunization that was not done takes its events back',
    given: { resourceType: 'Immunization', status: 'not-done', vaccineCode: {} },
    want: [],
    deleted: true,
  },
  {
    name: 'an AllergyIntolerance occurs when recorded',
    given: {
      resourceType: 'AllergyIntolerance',
      clinicalStatus: coded('http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical', 'active'),
      code: coded(SNOMED, '419474003'),
      recordedDate: '2003-05-21',
    },
    want: ['OCCUR 419474003 2003-05-21T00:00:00Z'],
  },
  {
    name: 'an AllergyIntolerance entered in error takes its events back',
    given: {
      resourceType: 'AllergyIntolerance',
      verificationStatus: coded('http://x', 'entered-in-error'),
      code: coded(SNOMED, '419474003'),
    },
    want: [],
    deleted: true,
  },
  {
    name: 'a DiagnosticReport occurs',
    given: {
      resourceType: 'DiagnosticReport',
      status: 'final',
      code: coded(LOINC, '57698-3'),
      effectiveDateTime: at,
      conclusion: 'Mrs. Smith is fine',
    },
    want: ['OCCUR 57698-3 2020-05-06T07:08:09Z'],
  },
  {
    name: 'a Patient gives no event: birth and death are facts of the person',
    given: { resourceType: 'Patient', birthDate: '1950-01-02', deceasedDateTime: '2020-03-04' },
    want: [],
  },
  {
    name: 'an unknown type is kept without events',
    given: { resourceType: 'CarePlan', status: 'active', note: [{ text: 'secret' }] },
    want: [],
  },
  {
    name: 'a code of a system that is not on the list gives no event',
    given: {
      resourceType: 'Condition',
      code: coded('http://hospital.example/diagnoses', 'John Smith'),
      onsetDateTime: '2019-01-01',
    },
    want: [],
  },
  {
    name: 'a text in the code of a known system gives no event',
    given: { resourceType: 'Condition', code: coded(SNOMED, 'John Smith'), onsetDateTime: '2019-01-01' },
    want: [],
  },
];

describe('normalise', () => {
  for (const { name, given, want, deleted } of resources) {
    it(name, () => {
      const record = recordOf({ ...about, ...given });
      assert.deepEqual(told(record.events), want);
      assert.equal(record.deleted, deleted ?? false);
      assert.equal(record.patientId, given['resourceType'] === 'Patient' ? 'one' : 'p1');
    });
  }

  const rejected: readonly {
    readonly name: string;
    readonly given: Record<string, unknown>;
    readonly want: string;
  }[] = [
    {
      name: 'a measurement about nobody',
      given: {
        resourceType: 'Observation',
        status: 'final',
        code: coded(LOINC, '2339-0'),
        subject: undefined,
      },
      want: 'NO_PATIENT',
    },
    {
      name: 'a day that does not exist',
      given: {
        resourceType: 'Observation',
        status: 'final',
        code: coded(LOINC, '2339-0'),
        effectiveDateTime: '2024-02-30',
      },
      want: 'IMPOSSIBLE_DATE',
    },
    {
      name: 'a birth in the year 1',
      given: { resourceType: 'Patient', birthDate: '0001-01-01' },
      want: 'IMPOSSIBLE_DATE',
    },
    {
      name: 'an update from the far future',
      given: { resourceType: 'CarePlan', meta: { lastUpdated: '2999-01-01T00:00:00Z' } },
      want: 'IMPOSSIBLE_DATE',
    },
    {
      name: 'a blood pressure in kilograms',
      given: {
        resourceType: 'Observation',
        status: 'final',
        code: coded(LOINC, '8480-6'),
        effectiveDateTime: at,
        valueQuantity: { value: '@120', code: 'kg' },
      },
      want: 'UNIT_MISMATCH',
    },
    {
      name: 'a component whose unit does not fit',
      given: {
        resourceType: 'Observation',
        status: 'final',
        code: coded(LOINC, '85354-9'),
        effectiveDateTime: at,
        component: [{ code: coded(LOINC, '8480-6'), valueQuantity: { value: '@120', unit: 'bpm' } }],
      },
      want: 'UNIT_MISMATCH',
    },
    {
      name: 'a Condition of STU3',
      given: { resourceType: 'Condition', clinicalStatus: 'active', code: coded(SNOMED, '44054006') },
      want: 'FHIR_VERSION',
    },
    {
      name: 'a MedicationRequest of R5',
      given: { resourceType: 'MedicationRequest', medication: { concept: coded(RXNORM, '314231') } },
      want: 'FHIR_VERSION',
    },
    {
      name: 'an Encounter of R5',
      given: { resourceType: 'Encounter', class: [coded('http://x', 'IMP')], actualPeriod: { start: at } },
      want: 'FHIR_VERSION',
    },
    {
      name: 'a profile of another version',
      given: {
        resourceType: 'CarePlan',
        meta: { profile: ['http://hl7.org/fhir/5.0/StructureDefinition/CarePlan'] },
      },
      want: 'FHIR_VERSION',
    },
    { name: 'JSON that is no resource', given: { hello: 'world' }, want: 'NOT_FHIR' },
    {
      name: 'a handle with a wrong checksum',
      given: {
        resourceType: 'Patient',
        identifier: [{ system: 'https://twinward.io/handle', value: 'pt-0123456789abcdef' }],
      },
      want: 'INVALID_HANDLE',
    },
  ];
  for (const { name, given, want } of rejected) {
    it(`quarantines ${name}`, () => {
      const outcome = run({ ...about, ...given });
      assert.equal(outcome.kind === 'rejected' && outcome.reason, want);
    });
  }

  it('reads who a Patient is into the person and nothing of it into events', () => {
    const handle = mintHandle(Buffer.alloc(15, 7));
    const record = recordOf({
      resourceType: 'Patient',
      id: 'p1',
      gender: 'female',
      birthDate: '1950-01',
      name: [{ family: 'Canary' }],
      identifier: [
        { system: 'https://twinward.io/handle', value: handle },
        { system: 'http://hospital', value: 'MRN-1' },
        { value: 'without a system' },
      ],
    });
    assert.deepEqual(record.person, {
      handle,
      identifiers: [{ system: 'http://hospital', value: 'MRN-1' }],
      sex: 'SEX_FEMALE',
      birthDate: '1950-01',
      deceased: '',
    });
    assert.doesNotMatch(JSON.stringify(record.events), /Canary|MRN/);
  });

  it('names a Patient by enrolment, and quarantines one that has another handle already', () => {
    const [one, other] = [mintHandle(Buffer.alloc(15, 1)), mintHandle(Buffer.alloc(15, 2))];
    const identifier = [{ system: 'http://hospital', value: 'MRN-1' }];
    const outcomes = [
      identifier,
      [...identifier, { system: 'https://twinward.io/handle', value: other }],
    ].map((identifiers) => {
      const entry = toEntry(
        Buffer.from(
          JSON.stringify({ resource: { resourceType: 'Patient', id: 'p1', identifier: identifiers } }),
        ),
      );
      assert.ok(entry);
      return normalise(entry, { ...context, enrolled: new Map([['http://hospital|MRN-1', one]]) });
    });
    assert.equal(outcomes[0]?.kind === 'record' && outcomes[0].record.person?.handle, one);
    assert.equal(outcomes[1]?.kind === 'rejected' && outcomes[1].reason, 'HANDLE_CONFLICT');
  });

  it('has the same hash for other white space and another hash for another digit', () => {
    const hashOf = (text: string): string => {
      const entry = toEntry(Buffer.from(`{"resource":${text}}`));
      assert.ok(entry);
      const outcome = normalise(entry, context);
      assert.ok(outcome.kind === 'record');
      return outcome.record.contentHash.toString('hex');
    };
    const subject = '"subject":{"reference":"Patient/p1"}';
    const base = hashOf(`{"resourceType":"CarePlan","id":"a b","value":1.5,${subject}}`);
    assert.equal(hashOf(`{ "resourceType" : "CarePlan",\n"id":"a b", "value":1.5, ${subject} }`), base);
    assert.notEqual(hashOf(`{"resourceType":"CarePlan","id":"a b","value":1.50,${subject}}`), base);
    assert.notEqual(hashOf(`{"resourceType":"CarePlan","id":"a  b","value":1.5,${subject}}`), base);
  });

  it('takes the order from lastUpdated, else from the file', () => {
    const plan = { resourceType: 'CarePlan', id: 'c', subject: { reference: 'Patient/p1' } };
    assert.equal(recordOf(plan).sourceOrder, context.modifiedAt);
    const dated = { ...plan, meta: { lastUpdated: '2020-01-01T00:00:00.123Z', versionId: '7' } };
    assert.equal(recordOf(dated).sourceOrder, Date.parse('2020-01-01T00:00:00.123Z'));
    assert.equal(recordOf(dated).version, '7');
  });

  it('keeps a DELETE of a history as a deletion', () => {
    const entry = toEntry(
      Buffer.from(JSON.stringify({ request: { method: 'DELETE', url: 'Condition/c9' } })),
    );
    assert.ok(entry);
    const outcome = normalise(entry, context);
    assert.ok(outcome.kind === 'record');
    assert.deepEqual(
      [outcome.record.type, outcome.record.id, outcome.record.deleted],
      ['Condition', 'c9', true],
    );
  });
});
