import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type ApiClient, ApiError } from '#runtime/api.ts';
import { collectionPath, controllerReference, keyOf, objectPath } from '#runtime/object-key.ts';
import type { Deployment, KubernetesObject, ResourceType } from '#runtime/objects.ts';
import { RESOURCES } from '#runtime/resource-types.ts';
import type { Write } from '#runtime/write-tracker.ts';
import { Applier } from '../../../operator/adapters/kubernetes/apply.ts';
import { Recorder } from '../../../operator/adapters/kubernetes/recorder.ts';
import { type FaultProxy, startFaultProxy } from '../../faults/proxy.ts';
import {
  aConfigMap,
  type ConfigMap,
  clock,
  eventually,
  log,
  type Plane,
  put,
  random,
  startPlane,
} from './plane.ts';

const WIDGETS: ResourceType = { group: 'test.twinward.io', version: 'v1', plural: 'widgets', kind: 'Widget' };
const CRDS: ResourceType = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  plural: 'customresourcedefinitions',
  kind: 'CustomResourceDefinition',
  namespaced: false,
};
const free = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
const WIDGET_CRD = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'widgets.test.twinward.io' },
  spec: {
    group: WIDGETS.group,
    scope: 'Namespaced',
    names: { plural: 'widgets', kind: 'Widget' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: { openAPIV3Schema: { type: 'object', properties: { spec: free, status: free } } },
      },
    ],
  },
};

interface Widget extends KubernetesObject {
  readonly status?: Readonly<Record<string, unknown>>;
}

describe('server-side apply before a real API server', () => {
  const namespace = 'apply';
  let plane: Plane;
  let proxy: FaultProxy;
  let through: ApiClient;
  let applier: Applier;
  let owner: ConfigMap;
  let writes: Write[] = [];
  const context = { signal: new AbortController().signal, wrote: (write: Write) => void writes.push(write) };

  before(async () => {
    plane = await startPlane();
    proxy = await startFaultProxy(plane.plane.server, plane.plane.certificateAuthority);
    through = plane.clientThrough(proxy.url);
    applier = new Applier({ client: through, fieldManager: 'twinward-operator' });
    await plane.createNamespace(namespace);
    owner = await put(plane.client, aConfigMap(namespace, 'owner'));
    await plane.client.request({ method: 'POST', path: collectionPath(CRDS), body: WIDGET_CRD });
    await eventually('widgets are served', () =>
      plane.client.request({ method: 'GET', path: collectionPath(WIDGETS, namespace) }).then(
        () => true,
        () => false,
      ),
    );
  });
  after(async () => {
    await through.close();
    await proxy.close();
    await plane.stop();
  });

  const get = <T>(type: ResourceType, name: string): Promise<T> =>
    plane.client.request({ method: 'GET', path: objectPath(type, { namespace, name }) });
  const child = (name: string, data: Record<string, string>): ConfigMap => {
    const object = aConfigMap(namespace, name, data);
    return {
      ...object,
      metadata: {
        ...object.metadata,
        ownerReferences: [controllerReference({ ...owner, apiVersion: 'v1', kind: 'ConfigMap' })],
      },
    };
  };
  const writesOf = (name: string): number =>
    proxy.seen.filter(({ method, path }) => method === 'PATCH' && path.split('/').includes(name)).length;

  it('writes once when it is applied twice', async () => {
    const desired = child('twice', { a: '1' });
    assert.equal(await applier.apply(RESOURCES.configMaps, desired, undefined, context), 'Applied');
    const live = await get<ConfigMap>(RESOURCES.configMaps, 'twice');
    assert.equal(await applier.apply(RESOURCES.configMaps, desired, live, context), 'Unchanged');
    assert.equal(writesOf('twice'), 1);
    assert.deepEqual(live.data, { a: '1' });
  });

  it('a fresh process applies once more, and the server changes nothing', async () => {
    const desired = child('restart', { a: '1' });
    await applier.apply(RESOURCES.configMaps, desired, undefined, context);
    const live = await get<ConfigMap>(RESOURCES.configMaps, 'restart');
    const fresh = new Applier({ client: through, fieldManager: 'twinward-operator' });
    assert.equal(await fresh.apply(RESOURCES.configMaps, desired, live, context), 'Unchanged');
    assert.equal(await fresh.apply(RESOURCES.configMaps, desired, live, context), 'Unchanged');
    assert.equal(writesOf('restart'), 2);
    const after = await get<ConfigMap>(RESOURCES.configMaps, 'restart');
    assert.equal(after.metadata.resourceVersion, live.metadata.resourceVersion);
  });

  it('removes a field that the intent no longer names, and reports the version it wrote', async () => {
    await applier.apply(RESOURCES.configMaps, child('fewer', { a: '1', b: '2' }), undefined, context);
    const live = await get<ConfigMap>(RESOURCES.configMaps, 'fewer');
    writes = [];
    await applier.apply(RESOURCES.configMaps, child('fewer', { a: '1' }), live, context);
    const after = await get<ConfigMap>(RESOURCES.configMaps, 'fewer');
    assert.deepEqual(after.data, { a: '1' });
    assert.deepEqual(writes, [
      { kind: 'Written', type: RESOURCES.configMaps, resourceVersion: after.metadata.resourceVersion },
    ]);
  });

  it('takes back a field of its child that somebody changed, and leaves fields that others added', async () => {
    const desired = child('drift', { a: '1' });
    await applier.apply(RESOURCES.configMaps, desired, undefined, context);
    await put(plane.client, aConfigMap(namespace, 'drift', { a: 'changed', theirs: 'x' }));
    const live = await get<ConfigMap>(RESOURCES.configMaps, 'drift');
    assert.equal(await applier.apply(RESOURCES.configMaps, desired, live, context), 'Applied');
    assert.deepEqual((await get<ConfigMap>(RESOURCES.configMaps, 'drift')).data, { a: '1', theirs: 'x' });
  });

  it('does not write when others change only fields that it does not name', async () => {
    const desired = child('beside', { a: '1' });
    await applier.apply(RESOURCES.configMaps, desired, undefined, context);
    await put(plane.client, aConfigMap(namespace, 'beside', { theirs: 'x' }));
    const live = await get<ConfigMap>(RESOURCES.configMaps, 'beside');
    const before = writesOf('beside');
    assert.equal(await applier.apply(RESOURCES.configMaps, desired, live, context), 'Unchanged');
    assert.equal(writesOf('beside'), before);
  });

  it('never touches an object that it does not control', async () => {
    await put(plane.client, aConfigMap(namespace, 'foreign', { a: 'theirs' }));
    const live = await get<ConfigMap>(RESOURCES.configMaps, 'foreign');
    await assert.rejects(applier.apply(RESOURCES.configMaps, child('foreign', { a: '1' }), live, context), {
      code: 'ChildNotOurs',
    });
    // The cache may not show the object, since it holds only what bears our labels: then it is looked up first.
    await assert.rejects(
      applier.apply(RESOURCES.configMaps, child('foreign', { a: '1' }), undefined, context),
      {
        code: 'ChildNotOurs',
      },
    );
    assert.deepEqual((await get<ConfigMap>(RESOURCES.configMaps, 'foreign')).data, { a: 'theirs' });
  });

  it('is not fooled by values that the server writes in another way', async () => {
    const labels = { app: 'x' };
    const resources = { requests: { cpu: '1000m', memory: '1024Mi' } };
    const desired: Deployment = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { ...child('quantities', {}).metadata },
      spec: {
        replicas: 0,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'i', resources }] } },
      },
    };
    await applier.apply(RESOURCES.deployments, desired, undefined, context);
    await eventually('its controller has written a status', async () => {
      const { status } = await get<Deployment>(RESOURCES.deployments, 'quantities');
      return status?.observedGeneration !== undefined;
    });
    const live = await get<Deployment>(RESOURCES.deployments, 'quantities');
    assert.equal(live.spec.template.spec.containers[0]?.resources?.requests?.['cpu'], '1');
    assert.equal(await applier.apply(RESOURCES.deployments, desired, live, context), 'Unchanged');
    assert.equal(writesOf('quantities'), 1);
  });

  it('makes a status be exactly what it is told, once, and only of the version that was decided about', async () => {
    await plane.client.request({
      method: 'POST',
      path: collectionPath(WIDGETS, namespace),
      body: {
        apiVersion: 'test.twinward.io/v1',
        kind: 'Widget',
        metadata: { name: 'w', namespace },
        spec: {},
      },
    });
    const first = await get<Widget>(WIDGETS, 'w');
    assert.equal(await applier.applyStatus(WIDGETS, first, { ready: true, note: 'x' }, context), 'Applied');
    const second = await get<Widget>(WIDGETS, 'w');
    assert.deepEqual(second.status, { ready: true, note: 'x' });
    assert.equal(
      await applier.applyStatus(WIDGETS, second, { note: 'x', ready: true }, context),
      'Unchanged',
    );
    assert.equal(writesOf('w'), 1);
    await applier.applyStatus(WIDGETS, second, { ready: false }, context);
    assert.deepEqual((await get<Widget>(WIDGETS, 'w')).status, { ready: false });
    await assert.rejects(applier.applyStatus(WIDGETS, second, { ready: true }, context), { code: 'Stale' });
  });

  it('creates once what is never changed afterwards', async () => {
    const desired = child('once', { a: '1' });
    assert.equal(await applier.create(RESOURCES.configMaps, desired, context), 'Applied');
    assert.equal(await applier.create(RESOURCES.configMaps, child('once', { a: '2' }), context), 'Unchanged');
    assert.deepEqual((await get<ConfigMap>(RESOURCES.configMaps, 'once')).data, { a: '1' });
  });

  it('deletes exactly what it has seen', async () => {
    const desired = child('doomed', { a: '1' });
    await applier.apply(RESOURCES.configMaps, desired, undefined, context);
    const live = await get<ConfigMap>(RESOURCES.configMaps, 'doomed');
    await put(plane.client, aConfigMap(namespace, 'doomed', { theirs: 'x' }));
    await assert.rejects(applier.remove(RESOURCES.configMaps, live, context), { code: 'Stale' });
    const changed = await get<ConfigMap>(RESOURCES.configMaps, 'doomed');
    writes = [];
    assert.equal(await applier.remove(RESOURCES.configMaps, changed, context), 'Deleted');
    assert.deepEqual(writes, [
      { kind: 'Deleted', type: RESOURCES.configMaps, key: keyOf(changed), uid: changed.metadata.uid },
    ]);
    assert.equal(await applier.remove(RESOURCES.configMaps, changed, context), 'Gone');
  });

  it('repeats what got no answer, waits as long as it is asked to, and creates nothing twice', async () => {
    const faults = [
      { kind: 'LoseAnswer' as const },
      { kind: 'Answer' as const, status: 429, headers: { 'retry-after': '1' } },
      { kind: 'Answer' as const, status: 503 },
      { kind: 'Refuse' as const },
    ];
    proxy.setRule(({ method }) => (method === 'PATCH' ? faults.shift() : undefined));
    const started = performance.now();
    await applier.apply(RESOURCES.configMaps, child('faulty', { a: '1' }), undefined, context);
    assert.ok(performance.now() - started >= 1_000);
    assert.equal(writesOf('faulty'), 5);
    let lost = true;
    proxy.setRule(({ method }) => {
      if (method !== 'POST' || !lost) return undefined;
      lost = false;
      return { kind: 'LoseAnswer' };
    });
    await assert.rejects(applier.create(RESOURCES.configMaps, child('posted', {}), context), {
      code: 'ConnectionFailed',
    });
    assert.equal(await applier.create(RESOURCES.configMaps, child('posted', {}), context), 'Unchanged');
    proxy.setRule(undefined);
  });

  it('gives the reason of the server as the code of the error', async () => {
    const bad = aConfigMap(namespace, 'Not A Name');
    await assert.rejects(put(plane.client, bad), (error: unknown) => {
      assert.ok(error instanceof ApiError);
      assert.equal(error.status, 422);
      assert.equal(error.code, 'Invalid');
      return true;
    });
  });

  it('records an event, and a repetition as its series', async () => {
    const recorder = new Recorder({
      client: through,
      clock,
      random,
      log,
      reportingController: 'twinward.io/operator',
      reportingInstance: 'i'.repeat(300),
    });
    const regarding = {
      ...(await get<ConfigMap>(RESOURCES.configMaps, 'owner')),
      apiVersion: 'v1',
      kind: 'ConfigMap',
    };
    const event = {
      type: 'Warning',
      reason: 'FailedToBind',
      action: 'Bind',
      note: 'n'.repeat(5_000),
    } as const;
    for (let i = 0; i < 3; i++) recorder.record(regarding, event);
    await recorder.flush();
    const { items } = await plane.client.request<{ items: Record<string, unknown>[] }>({
      method: 'GET',
      path: collectionPath(RESOURCES.events, namespace),
      query: { fieldSelector: 'reason=FailedToBind' },
    });
    assert.equal(items.length, 1);
    assert.equal(items[0]?.['action'], 'Bind');
    assert.equal(items[0]?.['reportingController'], 'twinward.io/operator');
    assert.equal(String(items[0]?.['note']).length <= 1_024, true);
    assert.match(JSON.stringify(items[0]?.['series']), /"count":2/);
  });
});
