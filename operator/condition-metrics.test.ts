import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createRegistry } from '#runtime/metrics.ts';
import type { KubernetesObject } from '#runtime/objects.ts';
import { exportConditions } from './condition-metrics.ts';

function twin(name: string, ...conditions: readonly (readonly [string, string])[]): KubernetesObject {
  const status = { conditions: conditions.map(([type, value]) => ({ type, status: value })) };
  return Object.assign(
    { apiVersion: 'twinward.io/v1alpha1', kind: 'PatientTwin', metadata: { name, namespace: 'clinic' } },
    conditions.length === 0 ? {} : { status },
  );
}

describe('twinward_conditions', () => {
  it('counts objects at the moment it is read, and says nothing of which they are', async () => {
    const registry = createRegistry({ process: false });
    const twins: KubernetesObject[] = [];
    const none = (): readonly KubernetesObject[] => [];
    exportConditions(registry, {
      TwinModel: none,
      DataSource: none,
      Simulation: none,
      PatientTwin: () => twins,
    });
    const before = await registry.metrics();
    assert.match(before, /twinward_conditions\{kind="Simulation",type="Succeeded",status="False"\} 0/);
    twins.push(
      twin('pt-a', ['UpToDate', 'True']),
      twin('pt-b', ['UpToDate', 'False'], ['Ready', 'True']),
      twin('pt-c'),
    );
    const after = await registry.metrics();
    assert.match(after, /\{kind="PatientTwin",type="UpToDate",status="True"\} 1/);
    assert.match(after, /\{kind="PatientTwin",type="UpToDate",status="False"\} 1/);
    assert.match(after, /\{kind="PatientTwin",type="UpToDate",status="Unknown"\} 1/);
    assert.match(after, /\{kind="PatientTwin",type="Ready",status="Unknown"\} 2/);
    assert.doesNotMatch(after, /pt-|clinic/);
  });
});
