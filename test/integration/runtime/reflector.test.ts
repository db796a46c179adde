import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import type { ApiClient } from '#runtime/api.ts';
import { collectionPath } from '#runtime/object-key.ts';
import { createReflector, type Reflector } from '#runtime/reflector.ts';
import { RESOURCES } from '#runtime/resource-types.ts';
import type { Change } from '#runtime/store.ts';
import { EXPIRED_EVENT, type Fault, type FaultProxy, startFaultProxy } from '../../faults/proxy.ts';
import {
  aConfigMap,
  type ConfigMap,
  clock,
  eventually,
  log,
  type Plane,
  put,
  random,
  remove,
  startPlane,
} from './plane.ts';

const yes = (): boolean => true;
const no = (): boolean => false;

/** What the server has and what the cache has, in comparable form. */
const versions = (objects: readonly ConfigMap[]): string[] =>
  objects.map(({ metadata }) => `${metadata.name}@${metadata.resourceVersion}`).sort();

describe('the reflector before a real API server', () => {
  let plane: Plane;
  let proxy: FaultProxy;
  let through: ApiClient;
  let stop: AbortController;
  let running: Promise<void> = Promise.resolve();
  let namespace = '';
  let changes: Change<ConfigMap>[] = [];
  let serial = 0;

  before(async () => {
    plane = await startPlane();
    proxy = await startFaultProxy(plane.plane.server, plane.plane.certificateAuthority);
    through = plane.clientThrough(proxy.url);
  });
  after(async () => {
    await through.close();
    await proxy.close();
    await plane.stop();
  });
  afterEach(async () => {
    proxy.setRule(undefined);
    stop.abort();
    await running;
  });

  const start = async (
    options: { inactivity?: number; objects?: number } = {},
  ): Promise<Reflector<ConfigMap>> => {
    namespace = `reflector-${serial++}`;
    await plane.createNamespace(namespace);
    const names = Array.from({ length: options.objects ?? 3 }, (_, i) => `c${i}`);
    await Promise.all(names.map((name) => put(plane.client, aConfigMap(namespace, name, { n: '0' }))));
    stop = new AbortController();
    changes = [];
    const reflector = createReflector<ConfigMap>(
      {
        type: RESOURCES.configMaps,
        namespace,
        labelSelector: 'test=yes',
        ...(options.inactivity ? { inactivity: options.inactivity } : {}),
        indexes: { n: (object) => [object.data?.['n'] ?? ''] },
      },
      { client: through, clock, random, log },
    );
    reflector.subscribe((change) => changes.push(change));
    running = reflector.run(stop.signal);
    return reflector;
  };
  const listed = async (): Promise<string[]> => {
    const path = collectionPath(RESOURCES.configMaps, namespace);
    const list = await plane.client.request<{ items: ConfigMap[] }>({
      method: 'GET',
      path,
      query: { labelSelector: 'test=yes' },
    });
    return versions(list.items);
  };
  const agrees = async (reflector: Reflector<ConfigMap>, milliseconds = 20_000): Promise<void> => {
    const want = (await listed()).join();
    await eventually(
      'the cache equals the server',
      () => versions(reflector.store.list()).join() === want,
      milliseconds,
    );
  };
  const watches = (): number =>
    proxy.seen.filter(({ isWatch, path }) => isWatch && path.includes(namespace)).length;
  const lists = (): number =>
    proxy.seen.filter(({ isWatch, path, method }) => !isWatch && method === 'GET' && path.includes(namespace))
      .length;

  it('takes the first list from one streaming request and follows every change', async () => {
    const reflector = await start();
    await reflector.synced;
    await agrees(reflector);
    assert.ok(changes.every((change) => change.type === 'Added' && change.initial));
    await put(plane.client, aConfigMap(namespace, 'c0', { n: '7' }));
    await put(plane.client, aConfigMap(namespace, 'new', { n: '7' }));
    await remove(plane.client, namespace, 'c1');
    await agrees(reflector);
    assert.deepEqual(
      versions(reflector.store.by('n', '7')).map((v) => v.split('@')[0]),
      ['c0', 'new'],
    );
    assert.deepEqual(
      reflector.store.by('n', '0').map((object) => object.metadata.name),
      ['c2'],
    );
    assert.equal(watches(), 1);
    assert.equal(lists(), 0);
  });

  it('keeps no managedFields and gives every object its kind', async () => {
    const reflector = await start();
    await reflector.synced;
    for (const object of reflector.store.list()) {
      assert.equal(object.kind, 'ConfigMap');
      assert.equal(object.apiVersion, 'v1');
      assert.ok(!('managedFields' in object.metadata));
    }
  });

  it('falls back to a paged list where the server has no WatchList', async () => {
    proxy.setRule((request) =>
      request.query.get('sendInitialEvents') === 'true' ? { kind: 'Answer', status: 422 } : undefined,
    );
    const reflector = await start({ objects: 5 });
    await reflector.synced;
    await agrees(reflector);
    assert.equal(lists(), 1);
    for (const object of reflector.store.list()) assert.equal(object.kind, 'ConfigMap');
    await put(plane.client, aConfigMap(namespace, 'later'));
    await agrees(reflector);
  });

  it('lists page by page, and begins again when a page has expired', async () => {
    let expire = true;
    proxy.setRule((request): Fault | undefined => {
      if (request.query.get('sendInitialEvents') === 'true') return { kind: 'Answer', status: 400 };
      if (!request.query.has('continue') || !expire) return undefined;
      expire = false;
      return { kind: 'Answer', status: 410 };
    });
    const reflector = await start({ objects: 501 });
    await reflector.synced;
    await agrees(reflector);
    assert.equal(reflector.store.size, 501);
    assert.equal(lists(), 4);
    assert.equal(changes.length, 501);
  });

  it('resumes after a reset where it was, without a list', async () => {
    const reflector = await start();
    await reflector.synced;
    proxy.resetAll();
    await put(plane.client, aConfigMap(namespace, 'during', { n: '1' }));
    await remove(plane.client, namespace, 'c0');
    await agrees(reflector, 2_500);
    assert.equal(reflector.lists(), 1);
  });

  it('notices a half-open connection by its silence', async () => {
    const reflector = await start({ inactivity: 700 });
    await reflector.synced;
    proxy.stallAll();
    await put(plane.client, aConfigMap(namespace, 'during'));
    const before = performance.now();
    await agrees(reflector);
    assert.ok(performance.now() - before < 3_000);
    assert.equal(reflector.lists(), 1);
  });

  it('lists again when its version has expired, and tells what was deleted meanwhile', async () => {
    const reflector = await start();
    await reflector.synced;
    let once = true;
    proxy.setRule((request): Fault | undefined => {
      if (!request.isWatch || request.query.get('sendInitialEvents') === 'true' || !once) return undefined;
      once = false;
      return { kind: 'Answer', status: 200, body: EXPIRED_EVENT };
    });
    changes = [];
    await remove(plane.client, namespace, 'c2');
    await agrees(reflector);
    changes = [];
    // While nobody watches, one object goes, one comes and one changes.
    proxy.setRule((request): Fault | undefined => {
      if (!request.isWatch || request.query.get('sendInitialEvents') === 'true') return undefined;
      return { kind: 'Answer', status: 410 };
    });
    proxy.resetAll();
    await remove(plane.client, namespace, 'c1');
    await put(plane.client, aConfigMap(namespace, 'c0', { n: '9' }));
    await put(plane.client, aConfigMap(namespace, 'c9'));
    await agrees(reflector);
    assert.ok(reflector.lists() >= 2);
    const told = changes.map((change) => `${change.type} ${change.object.metadata.name}`);
    for (const want of ['Deleted c1', 'Updated c0', 'Added c9'])
      assert.ok(told.includes(want), `${want} in ${told}`);
  });

  it('survives lines that are cut, errors and requests to wait', async () => {
    const reflector = await start();
    await reflector.synced;
    const faults: Fault[] = [
      { kind: 'Cut', afterBytes: 100 },
      { kind: 'Answer', status: 503 },
      { kind: 'Answer', status: 429, headers: { 'retry-after': '1' } },
      { kind: 'Reset', afterBytes: 150 },
      { kind: 'Refuse' },
    ];
    proxy.setRule((request) =>
      request.isWatch && request.path.includes(namespace) ? faults.shift() : undefined,
    );
    proxy.resetAll();
    for (let i = 0; i < 5; i++) await put(plane.client, aConfigMap(namespace, `x${i}`));
    await agrees(reflector);
    await put(plane.client, aConfigMap(namespace, 'last'));
    await eventually('all faults were met', () => faults.length === 0);
    await agrees(reflector);
    assert.equal(reflector.lists(), 1);
  });

  it('ends with exactly the state of the server after random faults and random changes', async () => {
    const reflector = await start({ inactivity: 500, objects: 10 });
    await reflector.synced;
    const pick = (): Fault | undefined => {
      const bytes = Math.floor(Math.random() * 1_500);
      const all: (Fault | undefined)[] = [
        { kind: 'Cut', afterBytes: bytes },
        { kind: 'Reset', afterBytes: bytes },
        { kind: 'Stall', afterBytes: bytes },
        { kind: 'Inject', afterBytes: bytes, text: EXPIRED_EVENT },
        { kind: 'Answer', status: 500 },
        { kind: 'Refuse' },
        undefined,
      ];
      return all[Math.floor(Math.random() * all.length)];
    };
    proxy.setRule((request) => (request.path.includes(namespace) ? pick() : undefined));
    proxy.resetAll();
    const known = new Set(Array.from({ length: 10 }, (_, i) => `c${i}`));
    for (let i = 0; i < 300; i++) {
      const name = `c${Math.floor(Math.random() * 30)}`;
      if (known.has(name) && Math.random() < 0.4) {
        await remove(plane.client, namespace, name);
        known.delete(name);
      } else {
        await put(plane.client, aConfigMap(namespace, name, { n: String(i) }));
        known.add(name);
      }
      if (i % 60 === 59) proxy.resetAll();
    }
    proxy.setRule(undefined);
    await agrees(reflector);
    // The changes that were told, replayed, give the same state: a reconciler missed nothing.
    const replayed = new Map<string, string>();
    for (const change of changes) {
      const { name, resourceVersion = '' } = change.object.metadata;
      if (change.type === 'Added') assert.ok(!replayed.has(name), 'added once');
      else assert.ok(replayed.has(name), 'updated or deleted only what was added');
      if (change.type === 'Deleted') replayed.delete(name);
      else replayed.set(name, resourceVersion);
    }
    assert.deepEqual([...replayed].map(([name, version]) => `${name}@${version}`).sort(), await listed());
  });

  it('resumes within two seconds after the API server was killed and started again', async () => {
    const reflector = await start();
    await reflector.synced;
    await plane.plane.kill('kube-apiserver', 'SIGKILL');
    // A client that tries a free port of loopback again and again may take that port itself for a moment.
    await eventually('the server starts', () => plane.plane.restart().then(yes, no));
    await eventually('the server answers', () =>
      put(plane.client, aConfigMap(namespace, 'after')).then(
        () => true,
        () => false,
      ),
    );
    await agrees(reflector, 2_500);
  });
});
