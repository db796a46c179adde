import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { KubernetesObject } from './objects.ts';
import { RESOURCES } from './resource-types.ts';
import { Store } from './store.ts';
import { WriteTracker } from './write-tracker.ts';

const type = RESOURCES.jobs;
const key = { namespace: 'a', name: 'x' };
const anObject = (uid: string, more: object = {}): KubernetesObject => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { ...key, uid, resourceVersion: '1', ...more },
});

/** A cache whose state the test sets. */
function aCache(resourceVersion = '10') {
  const store = new Store<KubernetesObject>();
  const state = { resourceVersion, lists: 1 };
  return { type, store, state, resourceVersion: () => state.resourceVersion, lists: () => state.lists };
}

describe('reading your writes', () => {
  it('waits until the cache has passed the version of the write, compared as numbers', () => {
    const [tracker, cache] = [new WriteTracker(), aCache('99')];
    tracker.observe(cache);
    tracker.wrote('k', { kind: 'Written', type, resourceVersion: '100' });
    assert.equal(tracker.isVisible('k'), false);
    assert.equal(tracker.isVisible('another'), true);
    cache.state.resourceVersion = '101';
    assert.equal(tracker.isVisible('k'), true);
    assert.equal(tracker.size, 0);
  });

  it('remembers one write per resource, the newest', () => {
    const [tracker, cache] = [new WriteTracker(), aCache()];
    tracker.observe(cache);
    for (const resourceVersion of ['20', '30'])
      tracker.wrote('k', { kind: 'Written', type, resourceVersion });
    cache.state.resourceVersion = '20';
    assert.equal(tracker.isVisible('k'), false);
    cache.state.resourceVersion = '30';
    assert.equal(tracker.isVisible('k'), true);
  });

  it('an older version that comes after a newer one does not end the wait', () => {
    const [tracker, cache] = [new WriteTracker(), aCache()];
    tracker.observe(cache);
    for (const resourceVersion of ['30', '20'])
      tracker.wrote('k', { kind: 'Written', type, resourceVersion });
    cache.state.resourceVersion = '25';
    assert.equal(tracker.isVisible('k'), false);
  });

  it('waits until a deleted object is gone, is going, or has been replaced', () => {
    const gone = [undefined, anObject('u1', { deletionTimestamp: 'now' }), anObject('u2')];
    for (const after of gone) {
      const [tracker, cache] = [new WriteTracker(), aCache()];
      tracker.observe(cache);
      cache.store.put(anObject('u1'));
      tracker.wrote('k', { kind: 'Deleted', type, key, uid: 'u1' });
      assert.equal(tracker.isVisible('k'), false);
      cache.store.remove(anObject('u1'));
      if (after !== undefined) cache.store.put(after);
      assert.equal(tracker.isVisible('k'), true);
    }
  });

  it('ends the wait at the second list after the write, also when versions went backwards', () => {
    const [tracker, cache] = [new WriteTracker(), aCache('1000')];
    tracker.observe(cache);
    tracker.wrote('k', { kind: 'Written', type, resourceVersion: '1001' });
    cache.state.resourceVersion = '5';
    cache.state.lists = 2;
    assert.equal(tracker.isVisible('k'), false);
    cache.state.lists = 3;
    assert.equal(tracker.isVisible('k'), true);
  });

  it('does not wait for a resource that nobody caches', () => {
    const tracker = new WriteTracker();
    tracker.wrote('k', { kind: 'Written', type, resourceVersion: '100' });
    assert.equal(tracker.isVisible('k'), true);
  });
});
