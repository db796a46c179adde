import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aContainer, aPod } from './a-pod.ts';
import { listeningAddresses, podAddress } from './address.ts';
import type { Pod, Service } from './pod.ts';
import { serviceTable } from './services.ts';

const web = (
  ip: string,
  more: {
    ready?: boolean;
    deleted?: boolean;
    phase?: string;
    labels?: Record<string, string>;
    hostname?: string;
  } = {},
): Pod =>
  aPod(
    {
      containers: [aContainer('main', { ports: [{ name: 'grpc', containerPort: 9000 }] })],
      ...(more.hostname === undefined ? {} : { hostname: more.hostname, subdomain: 'twins' }),
    },
    {
      metadata: {
        name: ip,
        namespace: 'ward',
        labels: more.labels ?? { app: 'web' },
        ...(more.deleted ? { deletionTimestamp: 'now' } : {}),
      },
      status: {
        phase: more.phase ?? 'Running',
        podIP: ip,
        conditions: [{ type: 'Ready', status: more.ready === false ? 'False' : 'True' }],
      },
    },
  );
const twins = (spec: Service['spec']): Service => ({
  metadata: { name: 'twins', namespace: 'ward' },
  spec: { selector: { app: 'web' }, ports: [{ port: 8443, targetPort: 'grpc' }], ...spec },
});
const names = (spec: Service['spec'], pods: readonly Pod[]) =>
  serviceTable([twins(spec)], pods).names['twins.ward'];
const headless = { clusterIP: 'None' };

describe('a Service', () => {
  const pods = [
    web('127.64.0.2'),
    web('127.64.0.1'),
    web('127.64.0.3', { ready: false }),
    web('127.64.0.4', { deleted: true }),
    web('127.64.0.5', { phase: 'Succeeded' }),
    web('127.64.0.6', { labels: { app: 'other' } }),
  ];
  it('without cluster IP is the ready pods that are not leaving', () => {
    assert.deepEqual(names(headless, pods), ['127.64.0.1', '127.64.0.2']);
  });
  it('may publish pods that are not ready', () => {
    assert.deepEqual(names({ ...headless, publishNotReadyAddresses: true }, pods), [
      '127.64.0.1',
      '127.64.0.2',
      '127.64.0.3',
      '127.64.0.4',
    ]);
  });
  it('without ready pods has a name without addresses', () => assert.deepEqual(names(headless, []), []));
  it('with a cluster IP is that address, forwarded to the named port of its pods', () => {
    const table = serviceTable([twins({ clusterIP: '127.96.0.9' })], pods);
    assert.deepEqual(table.names, { 'twins.ward': ['127.96.0.9'] });
    const backends = ['127.64.0.1', '127.64.0.2'].map((address) => ({ address, port: 9000 }));
    assert.deepEqual(table.ports, [{ address: '127.96.0.9', port: 8443, backends }]);
  });
  it('names the pods behind it that have a host name', () => {
    const table = serviceTable([twins(headless)], [web('127.64.0.1', { hostname: 'web-0' })]);
    assert.deepEqual(table.names['web-0.twins.ward'], ['127.64.0.1']);
  });
  it('without a selector, or of another namespace, is not ours to resolve', () => {
    assert.deepEqual(
      serviceTable(
        [{ metadata: { name: 'kubernetes', namespace: 'default' }, spec: { clusterIP: '127.96.0.1' } }],
        pods,
      ).names,
      {},
    );
    assert.deepEqual(
      serviceTable([{ ...twins(headless), metadata: { name: 'twins', namespace: 'other' } }], pods).names[
        'twins.other'
      ],
      [],
    );
  });
});

describe('the address of a pod', () => {
  it('is the same for the same uid, and another one when that is taken', () => {
    const first = podAddress('u1', new Set(), new Set());
    assert.match(first, /^127\.64\.\d+\.\d+$/);
    assert.equal(podAddress('u1', new Set(), new Set()), first);
    const second = podAddress('u1', new Set([first]), new Set());
    assert.notEqual(second, first);
    assert.notEqual(podAddress('u1', new Set([first]), new Set([second])), second);
  });
  it('is none on which somebody listens', () => {
    const table =
      '  sl  local_address rem_address   st\n   0: 0100407F:1F91 00000000:0000 0A 0\n   1: 0200407F:1F91 0100407F:0001 01 0\n   2: 0100007F:0050 00000000:0000 0A 0\n';
    assert.deepEqual([...listeningAddresses(table)], ['127.64.0.1']);
  });
});
