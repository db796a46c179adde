import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseDataSource } from './data-source/v1alpha1.ts';
import { parsePatientTwin } from './patient-twin/v1alpha1.ts';

const metadata = { name: 'a', namespace: 'clinic', uid: 'u', generation: 1 };

describe('a stored object', () => {
  test('gets the defaults that an older version did not store', () => {
    const source = parseDataSource({
      apiVersion: 'twinward.io/v1alpha1',
      kind: 'DataSource',
      metadata,
      spec: { type: 'Folder', folder: { uri: 'builtin:records' } },
    });
    assert.equal(source.spec.folder?.scanIntervalSeconds, 10);
    assert.deepEqual(source.status, { observedGeneration: -1 });
  });

  test('may have fields that only a newer version knows', () => {
    const twin = parsePatientTwin({
      apiVersion: 'twinward.io/v1alpha1',
      kind: 'PatientTwin',
      metadata: { ...metadata, managedFields: [] },
      spec: { modelRefs: [{ name: 'm', weight: 3 }], mood: 'Good' },
    });
    assert.deepEqual(twin.spec.modelRefs, [{ name: 'm' }]);
    assert.deepEqual(twin.metadata, metadata);
  });

  test('without what is required is refused by the name of the field', () => {
    const broken = { apiVersion: 'twinward.io/v1alpha1', kind: 'PatientTwin', metadata, spec: {} };
    assert.throws(() => parsePatientTwin(broken), /modelRefs/);
  });
});
