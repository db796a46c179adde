import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { ConnectionError } from '#runtime/api.ts';
import { inClusterCredentials } from '#runtime/credentials.ts';
import { milliseconds } from '#runtime/duration.ts';
import { createHttpClient } from '#runtime/http.ts';
import { createRegistry } from '#runtime/metrics.ts';
import { createRestMetrics } from '#runtime/rest-metrics.ts';
import { startFaultProxy } from '../../faults/proxy.ts';
import { clock, type Plane, random, startPlane } from './plane.ts';

const VERSION = { method: 'GET', path: '/version' } as const;
const REVIEW = {
  method: 'POST',
  path: '/apis/authentication.k8s.io/v1/selfsubjectreviews',
  body: { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' },
} as const;

describe('the client of a real API server', () => {
  let plane: Plane;
  before(async () => {
    plane = await startPlane();
  });
  after(() => plane.stop());

  const tokenOf = async (account: string): Promise<string> => {
    await plane.client.request({
      method: 'POST',
      path: '/api/v1/namespaces/default/serviceaccounts',
      body: { metadata: { name: account } },
    });
    const answer = await plane.client.request<{ status: { token: string } }>({
      method: 'POST',
      path: `/api/v1/namespaces/default/serviceaccounts/${account}/token`,
      body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} },
    });
    return answer.status.token;
  };

  it('is the pod account below the mount point, and reads a token again that was rotated', async () => {
    const root = mkdtempSync(join(tmpdir(), 'twinward-mount-'));
    const folder = join(root, 'var/run/secrets/kubernetes.io/serviceaccount');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'ca.crt'), plane.plane.certificateAuthority);
    writeFileSync(join(folder, 'namespace'), 'default\n');
    writeFileSync(join(folder, 'token'), 'no longer valid');
    const credentials = inClusterCredentials(clock, {
      CONTAINER_SANDBOX_MOUNT_POINT: root,
      KUBERNETES_SERVICE_HOST: '127.0.0.1',
      KUBERNETES_SERVICE_PORT: String(plane.plane.port),
    });
    const registry = createRegistry({ process: false });
    const metrics = createRestMetrics(registry, new URL(credentials.server).host);
    const client = createHttpClient({ credentials, clock, random, metrics, userAgent: 'twinward-test/0' });
    await assert.rejects(client.request({ ...VERSION, path: '/api/v1/pods', retries: 0 }), {
      code: 'Unauthorized',
    });
    await credentials.headers();
    writeFileSync(join(folder, 'token'), `${await tokenOf('rotated')}\n`);
    const who = await client.request<{ status: { userInfo: { username: string } } }>(REVIEW);
    assert.equal(who.status.userInfo.username, 'system:serviceaccount:default:rotated');
    assert.equal(credentials.namespace, 'default');
    const text = await registry.metrics();
    assert.match(text, /rest_client_requests_total\{code="401",method="POST",host="127[^"]*"\} 1/);
    assert.match(text, /rest_client_requests_total\{code="201",method="POST",host="127[^"]*"\} 1/);
    assert.match(text, /rest_client_requests_total\{code="500",method="GET",host="127[^"]*"\} 0/);
    await client.close();
    rmSync(root, { recursive: true });
  });

  it('gives up an attempt that gets no answer in time, and says what it was', async () => {
    const proxy = await startFaultProxy(plane.plane.server, plane.plane.certificateAuthority);
    const client = plane.clientThrough(proxy.url);
    proxy.setRule(() => ({ kind: 'Stall', afterBytes: 0 }));
    await assert.rejects(
      client.request({ ...VERSION, timeout: milliseconds(100), retries: 1 }),
      (error: unknown) => {
        assert.ok(error instanceof ConnectionError);
        assert.match(error.message, /GET \/version got no answer in time/);
        return true;
      },
    );
    assert.equal(proxy.seen.length, 2);
    const stop = new AbortController();
    const waiting = client.request({ ...VERSION, signal: stop.signal });
    stop.abort();
    await assert.rejects(waiting, /was given up/);
    await client.close();
    await proxy.close();
  });

  it('asks at the last moment whether a request may begin, also when that waited for a socket', async () => {
    const proxy = await startFaultProxy(plane.plane.server, plane.plane.certificateAuthority);
    const client = plane.clientThrough(proxy.url);
    let allowed = true;
    const mayBegin = (): boolean => allowed;
    await client.request({ ...VERSION, mayBegin });
    assert.equal(proxy.seen.length, 1);
    proxy.resetAll();
    // Both were allowed when they were asked for; their sockets open later.
    const late = [0, 1].map(() => client.request({ ...VERSION, mayBegin, retries: 0 }));
    allowed = false;
    for (const request of late) await assert.rejects(request, { code: 'ConnectionFailed' });
    assert.equal(proxy.seen.length, 1);
    allowed = true;
    await client.request({ ...VERSION, mayBegin });
    await client.close();
    await proxy.close();
  });

  it('lets an urgent request pass when all other sockets are taken', async () => {
    const proxy = await startFaultProxy(plane.plane.server, plane.plane.certificateAuthority);
    const client = plane.clientThrough(proxy.url);
    proxy.setRule(({ path }) => (path === '/readyz' ? { kind: 'Stall', afterBytes: 0 } : undefined));
    const stop = new AbortController();
    const stuck = Array.from({ length: 40 }, () =>
      client.request({ method: 'GET', path: '/readyz', signal: stop.signal }).catch(() => undefined),
    );
    const started = performance.now();
    const late = client.request({ ...VERSION, timeout: milliseconds(300), retries: 0 });
    await assert.rejects(late, { code: 'ConnectionFailed' });
    assert.ok(performance.now() - started < 1_000, 'waiting for a socket counts');
    await client.request({ ...VERSION, timeout: milliseconds(2_000), urgent: true });
    stop.abort();
    await Promise.all(stuck);
    await client.close();
    await proxy.close();
  });
});
