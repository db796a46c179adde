import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { controllerReference } from './object-key.ts';
import type { KubernetesObject } from './objects.ts';
import { Store } from './store.ts';

const anObject = (
  name: string,
  version = '1',
  more: Partial<KubernetesObject['metadata']> = {},
): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'a', uid: `uid-${name}`, resourceVersion: version, ...more },
});
const byColour = { colour: (object: KubernetesObject) => Object.values(object.metadata.labels ?? {}) };
const names = (objects: readonly KubernetesObject[]): string[] =>
  objects.map(({ metadata }) => metadata.name).sort();

describe('the store', () => {
  it('tells what a put changed, and nothing for a version it knows', () => {
    const store = new Store<KubernetesObject>();
    assert.equal(store.put(anObject('x'))?.type, 'Added');
    assert.equal(store.put(anObject('x')), undefined);
    const change = store.put(anObject('x', '2'));
    assert.equal(change?.type, 'Updated');
    assert.equal(change.old.metadata.resourceVersion, '1');
  });

  it('finds objects by owner, namespace and own indexes, and no longer by what they were', () => {
    const store = new Store(byColour);
    const owner = anObject('owner');
    store.put(anObject('x', '1', { labels: { c: 'red' }, ownerReferences: [controllerReference(owner)] }));
    store.put(anObject('y', '1', { namespace: 'b', labels: { c: 'red' } }));
    assert.deepEqual(names(store.by('colour', 'red')), ['x', 'y']);
    assert.deepEqual(names(store.ownedBy('uid-owner')), ['x']);
    assert.deepEqual(names(store.list('b')), ['y']);
    store.put(anObject('x', '2', { labels: { c: 'blue' } }));
    assert.deepEqual(names(store.by('colour', 'red')), ['y']);
    assert.deepEqual(store.ownedBy('uid-owner'), []);
    assert.throws(() => store.by('size', 'big'), /no index called size/);
  });

  it('a full list tells exactly the difference', () => {
    const store = new Store<KubernetesObject>();
    for (const name of ['same', 'changed', 'gone']) store.put(anObject(name));
    const changes = store.replace([anObject('same'), anObject('changed', '2'), anObject('new')]);
    const told = changes.map(({ type, object, initial }) => `${type} ${object.metadata.name} ${initial}`);
    assert.deepEqual(told.sort(), ['Added new true', 'Deleted gone true', 'Updated changed true']);
  });

  it('its indexes always agree with its objects', () => {
    const anEdit = fc.record({
      name: fc.constantFrom('x', 'y', 'z'),
      colour: fc.constantFrom('red', 'blue'),
      remove: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(anEdit), (edits) => {
        const store = new Store(byColour);
        for (const [version, { name, colour, remove }] of edits.entries()) {
          const object = anObject(name, String(version), { labels: { c: colour } });
          if (remove) store.remove(object);
          else store.put(object);
        }
        for (const colour of ['red', 'blue']) {
          const want = store.list().filter((object) => object.metadata.labels?.['c'] === colour);
          assert.deepEqual(names(store.by('colour', colour)), names(want));
        }
      }),
    );
  });
});
