import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Deployment } from '#runtime/objects.ts';
import { aModel, anInstallation, aPod, aTenant, digest, endedWith } from '../../test/build.ts';
import type { Child } from '../plan.ts';
import { decide } from './decide.ts';
import type { Observed } from './observed.ts';

const now = new Date('2026-11-24T00:00:00Z');

const serving = (ready: number, sha256 = digest('a')): Deployment => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: {
    name: `trajectory-${sha256.slice(0, 8)}`,
    namespace: 'clinic',
    generation: 1,
    annotations: { 'twinward.io/sha256': sha256 },
  },
  spec: { selector: {}, template: { spec: { containers: [] } } },
  status: { observedGeneration: 1, replicas: 1, updatedReplicas: 1, readyReplicas: ready },
});

const observed = (more: Partial<Observed> = {}): Observed => ({
  model: aModel(),
  tenant: aTenant,
  installation: anInstallation,
  deployments: [],
  pods: [],
  existing: [],
  pinnedBy: {},
  ...more,
});

const active = { 'twinward.io/sha256': digest('a') };

const cases: Record<string, { given: Partial<Observed>; want: Record<string, string> }> = {
  'a new model is rolling out': {
    given: {},
    want: {
      Ready: 'Unknown/RollingOut',
      ArtifactVerified: 'Unknown/Fetching',
      Available: 'Unknown/Starting',
      Reconciling: 'True/ApplyingSpec',
    },
  },
  'a model whose pods are ready serves': {
    given: { deployments: [serving(1)] },
    want: { Ready: 'True/RolledOut', ArtifactVerified: 'True/DigestMatches', Available: 'True/Serving' },
  },
  'a bundle with another digest stalls it': {
    given: {
      deployments: [serving(0)],
      pods: [aPod({}, endedWith('DigestMismatch', 'spec.artifact.sha256 is …'), active)],
    },
    want: {
      Ready: 'False/DigestMismatch',
      ArtifactVerified: 'False/DigestMismatch',
      Available: 'False/NoReadyReplicas',
      Stalled: 'True/DigestMismatch',
    },
  },
  'a bundle that breaks the contract stalls it': {
    given: {
      deployments: [serving(0)],
      pods: [aPod({}, endedWith('ContractViolation', 'operator Sin'), active)],
    },
    want: {
      Ready: 'False/ContractViolation',
      ArtifactVerified: 'False/ContractViolation',
      Available: 'False/NoReadyReplicas',
      Stalled: 'True/ContractViolation',
    },
  },
  'trouble of a pod of another bundle does not matter': {
    given: {
      deployments: [serving(1)],
      pods: [aPod({}, endedWith('DigestMismatch', ''), { 'twinward.io/sha256': digest('b') })],
    },
    want: { Ready: 'True/RolledOut', ArtifactVerified: 'True/DigestMatches', Available: 'True/Serving' },
  },
  'zero replicas are accepted': {
    given: { model: aModel({ replicas: 0 }) },
    want: {
      Ready: 'True/ScaledToZero',
      ArtifactVerified: 'Unknown/Fetching',
      Available: 'Unknown/ScaledToZero',
    },
  },
  'a suspended model is Ready and says Suspended': {
    given: { model: aModel({ suspend: true }), deployments: [serving(0)] },
    want: {
      Ready: 'True/Suspended',
      ArtifactVerified: 'Unknown/Fetching',
      Available: 'Unknown/Starting',
      Suspended: 'True/Suspended',
    },
  },
  'clinical use without a local report is not calibrated': {
    given: { model: aModel({ use: 'Clinical' }), deployments: [serving(1)] },
    want: {
      Ready: 'True/RolledOut',
      ArtifactVerified: 'True/DigestMatches',
      Available: 'True/Serving',
      Calibrated: 'Unknown/NoLocalReport',
    },
  },
};

function deploymentOf(child: Child | undefined): Deployment {
  assert.equal(child?.object.kind, 'Deployment');
  return child?.object as Deployment;
}

describe('conditions of a TwinModel', () => {
  for (const [name, { given, want }] of Object.entries(cases)) {
    it(name, () => {
      const { conditions = [] } = decide(observed(given), now).status;
      const seen = Object.fromEntries(conditions.map((each) => [each.type, `${each.status}/${each.reason}`]));
      assert.deepEqual(seen, want);
    });
  }
});

describe('children of a TwinModel', () => {
  const names = (given: Partial<Observed>): readonly string[] =>
    decide(observed(given), now).children.map(({ object }) => `${object.kind}/${object.metadata.name}`);

  it('are a Deployment and a Service per bundle, and one PodDisruptionBudget', () => {
    assert.deepEqual(names({}), [
      'Deployment/trajectory-aaaaaaaa',
      'Service/trajectory-aaaaaaaa',
      'PodDisruptionBudget/trajectory',
    ]);
  });

  it('keep an older bundle while an unfinished run is pinned to it', () => {
    const old = serving(1, digest('b'));
    const given = { deployments: [old], existing: [old] };
    assert.ok(!names(given).includes('Deployment/trajectory-bbbbbbbb'));
    assert.ok(names({ ...given, pinnedBy: { [digest('b')]: 1 } }).includes('Deployment/trajectory-bbbbbbbb'));
  });

  it('replace pods one by one when each holds an accelerator', () => {
    const model = aModel({ accelerator: { resource: { name: 'nvidia.com/gpu', count: 1 } } });
    const [first] = decide(observed({ model }), now).children;
    const { spec } = deploymentOf(first);
    assert.deepEqual(spec.strategy?.rollingUpdate, { maxSurge: 0, maxUnavailable: 1 });
    assert.equal(spec.template.spec.containers[0]?.resources?.limits?.['nvidia.com/gpu'], '1');
  });

  it('mount a bundle from a claim read-only', () => {
    const model = aModel({ artifact: { uri: 'pvc://models/core', sha256: digest('a') } });
    const [first] = decide(observed({ model }), now).children;
    const { volumes, containers } = deploymentOf(first).spec.template.spec;
    assert.deepEqual(volumes, [
      { name: 'bundle', persistentVolumeClaim: { claimName: 'models', readOnly: true } },
    ]);
    assert.equal(containers[0]?.volumeMounts?.[0]?.mountPath, '/bundle');
  });
});

describe('events of a TwinModel', () => {
  it('are told once per change', () => {
    const first = decide(observed({ deployments: [serving(1)] }), now);
    assert.ok(first.events.some(({ reason }) => reason === 'RolledOut'));
    const again = decide(
      observed({ deployments: [serving(1)], model: aModel({}, { status: first.status }) }),
      now,
    );
    assert.deepEqual(again.events, []);
    assert.deepEqual(again.status, first.status);
  });
});
