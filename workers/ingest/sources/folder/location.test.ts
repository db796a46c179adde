import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formatOf } from './file-format.ts';
import { readLocation } from './location.ts';

describe('readLocation', () => {
  const cases = [
    ['builtin:getting-started', { kind: 'builtin', name: 'getting-started' }],
    ['pvc://records/in/fhir', { kind: 'pvc', path: 'in/fhir' }],
    ['pvc://records', { kind: 'pvc', path: '' }],
    ['pvc://records/./in//', { kind: 'pvc', path: 'in' }],
    ['gs://clinic-exports/in/', { kind: 'gs', bucket: 'clinic-exports', prefix: 'in/' }],
    ['gs://clinic', { kind: 'gs', bucket: 'clinic', prefix: '' }],
  ] as const;
  for (const [given, want] of cases) it(`reads ${given}`, () => assert.deepEqual(readLocation(given), want));

  for (const given of ['builtin:../etc', 'pvc://records/../../etc', 'file:///etc', 'gs://', 'builtin:']) {
    it(`refuses ${given}`, () => assert.throws(() => readLocation(given), { code: 'InvalidSourceUri' }));
  }
});

describe('formatOf', () => {
  const cases = [
    ['a/b.json', { content: 'document', gzip: false }],
    ['b.JSON.gz', { content: 'document', gzip: true }],
    ['Patient.ndjson', { content: 'lines', gzip: false }],
    ['Patient.ndjson.gz', { content: 'lines', gzip: true }],
    ['in/enrolment.csv', { content: 'enrolment', gzip: false }],
    ['LICENSE', undefined],
    ['.hidden.json', undefined],
    ['..data/a.json', undefined],
    ['a.csv', undefined],
  ] as const;
  for (const [given, want] of cases) it(given, () => assert.deepEqual(formatOf(given), want));
});
