import assert from 'node:assert/strict';
import https from 'node:https';
import { after, before, describe, it } from 'node:test';
import { selfSigned } from './certificate.ts';
import { type KubeletServer, serveKubelet } from './kubelet-server.ts';

describe('what the node serves to kubectl', () => {
  let server: KubeletServer;
  before(async () => {
    server = await serveKubelet(
      selfSigned('node', Date.now()),
      0,
      () => ({ problem: 'no such pod' }),
      Date.now,
    );
  });
  after(() => server.close());

  function ask(path: string): Promise<number> {
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    const options = { host: '127.0.0.1', port: server.port, path, rejectUnauthorized: false };
    https
      .get(options, (answer) => {
        answer.resume();
        resolve(answer.statusCode ?? 0);
      })
      .on('error', reject);
    return promise;
  }

  for (const [path, want] of [
    ['/%', 400],
    ['//', 400],
    ['/containerLogs/%E0%A4%A/x/y', 400],
    ['/containerLogs/..%2f..%2fetc/passwd/x', 400],
    ['/exec/ns/pod/container', 501],
    ['/configz', 404],
    ['/healthz', 200],
  ] as const) {
    it(`answers ${want} to ${path} and goes on`, async () => {
      assert.equal(await ask(path), want);
      assert.equal(await ask('/healthz'), 200);
    });
  }
});
