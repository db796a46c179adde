// FHIR R4 bundles of invented patients, for tests that say exactly what is in them.
import { randomBytes } from 'node:crypto';
import { mintHandle } from '#crds/patient-twin/handle.ts';
import type { Json } from './stack.ts';

/** A fresh handle. */
export const aHandle = (): string => mintHandle(randomBytes(15));

const coding = (system: string, code: string): Json => ({ coding: [{ system, code }] });
const subjectOf = (handle: string): Json => ({ reference: `Patient/${handle}` });

/** A Patient that carries its handle. `text` goes into every free-text and identifying element. */
export const aPatient = (handle: string, text = 'Synthetic'): Json => ({
  resourceType: 'Patient',
  id: handle,
  meta: { versionId: '1', lastUpdated: '2026-01-01T00:00:00Z' },
  identifier: [
    { system: 'https://twinward.io/handle', value: handle },
    { system: 'https://hospital.example/mrn', value: `${text}-${handle}` },
  ],
  name: [{ family: text, given: [text] }],
  address: [{ line: [text], city: text }],
  telecom: [{ system: 'phone', value: text }],
  gender: 'female',
  birthDate: '1961-05-04',
});

/** A condition, coded in SNOMED CT. */
export const aCondition = (
  handle: string,
  id: string,
  code: string,
  onset: string,
  more: Json = {},
): Json => ({
  resourceType: 'Condition',
  id,
  meta: { versionId: '1', lastUpdated: `${onset}T12:00:00Z` },
  subject: subjectOf(handle),
  clinicalStatus: coding('http://terminology.hl7.org/CodeSystem/condition-clinical', 'active'),
  verificationStatus: coding('http://terminology.hl7.org/CodeSystem/condition-ver-status', 'confirmed'),
  code: coding('http://snomed.info/sct', code),
  onsetDateTime: `${onset}T12:00:00Z`,
  ...more,
});

/** A measurement, coded in LOINC. */
export const anObservation = (
  handle: string,
  id: string,
  code: string,
  day: string,
  value: number,
  unit: string,
): Json => ({
  resourceType: 'Observation',
  id,
  meta: { versionId: '1', lastUpdated: '2026-01-02T00:00:00Z' },
  status: 'final',
  subject: subjectOf(handle),
  code: coding('http://loinc.org', code),
  effectiveDateTime: day,
  valueQuantity: { value, unit, system: 'http://unitsofmeasure.org', code: unit },
});

/** A collection Bundle. */
export const aBundle = (...resources: readonly Json[]): Json => ({
  resourceType: 'Bundle',
  type: 'collection',
  entry: resources.map((resource) => ({
    fullUrl: `https://hospital.example/${resource.resourceType}/${resource.id}`,
    resource,
  })),
});

/** A patient with a year of ordinary blood pressures. */
export const anOrdinaryBundle = (handle: string, text?: string): Json =>
  aBundle(
    aPatient(handle, text),
    ...[1, 4, 7, 10].map((month) =>
      anObservation(
        handle,
        `${handle}-bp-${month}`,
        '8480-6',
        `2025-${String(month).padStart(2, '0')}-03T09:00:00Z`,
        128 + month,
        'mm[Hg]',
      ),
    ),
  );

/** A PatientTwin for a handle. */
export const aTwinObject = (handle: string, spec: Json = {}, namespace = 'default'): Json => ({
  apiVersion: 'twinward.io/v1alpha1',
  kind: 'PatientTwin',
  metadata: { name: handle, namespace },
  spec: {
    modelRefs: [{ name: 'trajectory' }],
    outcomes: [
      { name: 'mi', horizon: 'P5Y' },
      { name: 'death', horizon: 'P5Y' },
    ],
    update: { mode: 'OnData', debounceSeconds: 0 },
    ...spec,
  },
});
