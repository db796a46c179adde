import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createRegistry } from './metrics.ts';
import { startProbes } from './probes.ts';

describe('probes', () => {
  it('answers 200 when every check holds and 503 with the reason when one does not', async () => {
    let ready = false;
    const probes = await startProbes({
      registry: createRegistry({ process: false }),
      ready: [{ name: 'caches', run: () => (ready ? { ok: true } : { ok: false, reason: 'NotSynced' }) }],
      host: '127.0.0.1',
      port: 0,
    });
    try {
      const get = (path: string): Promise<Response> => fetch(`http://127.0.0.1:${probes.port}${path}`);
      const before = await get('/readyz');
      assert.equal(before.status, 503);
      assert.match(await before.text(), /caches NotSynced/);
      ready = true;
      assert.equal((await get('/readyz?verbose')).status, 200);
      assert.equal((await get('/livez')).status, 200);
      assert.equal((await get('/metrics')).status, 200);
      assert.equal((await get('/other')).status, 404);
    } finally {
      await probes.close();
    }
  });
});
