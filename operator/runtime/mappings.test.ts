import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { toKeys, toOwner, toSelf } from './mappings.ts';
import { controllerReference } from './object-key.ts';
import type { KubernetesObject } from './objects.ts';
import { PRIORITY } from './queue.ts';
import type { Change } from './store.ts';

const anObject = (metadata: Partial<KubernetesObject['metadata']> = {}): KubernetesObject => ({
  apiVersion: 'twinward.io/v1alpha1',
  kind: 'Simulation',
  metadata: { name: 'x', namespace: 'a', uid: 'u', generation: 1, ...metadata },
});
const key = { namespace: 'a', name: 'x' };

describe('a change of an object concerns itself', () => {
  const object = anObject();
  const cases: readonly { name: string; change: Change<KubernetesObject>; want: number }[] = [
    {
      name: 'urgently when it was created',
      change: { type: 'Added', object, initial: false },
      want: PRIORITY.userEdit,
    },
    {
      name: 'urgently when it was deleted',
      change: { type: 'Deleted', object, initial: false },
      want: PRIORITY.userEdit,
    },
    {
      name: 'urgently when its spec changed',
      change: { type: 'Updated', object: anObject({ generation: 2 }), old: object, initial: false },
      want: PRIORITY.userEdit,
    },
    {
      name: 'less so when only its status changed',
      change: { type: 'Updated', object, old: object, initial: false },
      want: PRIORITY.childEvent,
    },
    {
      name: 'least when it was listed',
      change: { type: 'Added', object, initial: true },
      want: PRIORITY.resync,
    },
  ];
  for (const { name, change, want } of cases) {
    it(name, () => assert.deepEqual(toSelf()(change), [{ key, priority: want }]));
  }
});

describe('a change of an object concerns others', () => {
  const owner = anObject({ name: 'owner' });
  const child = anObject({ name: 'child', ownerReferences: [controllerReference(owner)] });
  const change = { type: 'Added', object: child, initial: false } as const;

  it('its owner of that kind and group', () => {
    const want = [{ key: { namespace: 'a', name: 'owner' }, priority: PRIORITY.childEvent }];
    assert.deepEqual(toOwner('Simulation', 'twinward.io')(change), want);
    assert.deepEqual(toOwner('Simulation', 'other.io')(change), []);
    assert.deepEqual(toOwner('TwinModel', 'twinward.io')(change), []);
  });

  it('what it names and what it named before', () => {
    const named = (object: KubernetesObject) => [
      { namespace: 'a', name: object.metadata.labels?.['model'] ?? '' },
    ];
    const [old, object] = [anObject({ labels: { model: 'm1' } }), anObject({ labels: { model: 'm2' } })];
    const requests = toKeys(named)({ type: 'Updated', object, old, initial: false });
    assert.deepEqual(
      requests.map((request) => request.key.name),
      ['m2', 'm1'],
    );
  });
});
