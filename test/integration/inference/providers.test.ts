// A device that was asked for and is not there fails the worker, unless the CPU may take its place; then it says so.
// With TWINWARD_TEST_GPU=cuda (or tensorrt), on a machine that has one, the device itself is tested.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aRequest, cellOf, simulate, startWorker, untilReady, type Worker } from './worker.ts';

const metricsOf = (worker: Worker): Promise<string> =>
  fetch(`${worker.probes}/metrics`).then((response) => response.text());
const gpu = process.env['TWINWARD_TEST_GPU'];
const skipWithDevice = gpu === undefined ? false : 'this machine has a device';
const skipWithoutDevice =
  gpu === undefined ? 'set TWINWARD_TEST_GPU=cuda or tensorrt on a machine with the device' : false;

describe('a worker that asks for a device', () => {
  for (const provider of ['cuda', 'tensorrt']) {
    it(`ends where there is none, says so and may be tried again: ${provider}`, {
      skip: skipWithDevice,
    }, async () => {
      const worker = await startWorker({ env: { TWINWARD_PROVIDER: provider } });
      assert.equal(await worker.exited, 1);
      const { reason, message } = JSON.parse(worker.terminationLog());
      assert.equal(reason, 'ProviderUnavailable');
      assert.match(message, new RegExp(`${provider}.*TWINWARD_PROVIDER_FALLBACK=cpu`));
      worker.client.close();
    });
  }

  it('serves on the CPU only where that may be, and counts it', { skip: skipWithDevice }, async () => {
    const env = { TWINWARD_PROVIDER: 'cuda', TWINWARD_PROVIDER_FALLBACK: 'cpu' };
    const worker = await untilReady(await startWorker({ env }));
    try {
      const described = await worker.client.call('Describe', {}, 10_000);
      assert.match(described.engine, /\/cpu\//, 'the engine class says what it runs on');
      assert.equal(described.replayable, true);
      const metrics = await metricsOf(worker);
      assert.match(metrics, /twinward_inference_provider_fallbacks_total 1/);
      assert.match(metrics, /twinward_inference_provider\{provider="cpu"\} 1/);
      assert.match(metrics, /twinward_inference_provider\{provider="cuda"\} 0/);
      assert.match(worker.logs(), /PROVIDER_FALLBACK/);
    } finally {
      await worker.stop();
    }
  });

  it('counts no fallback where the CPU was asked for', { skip: skipWithDevice }, async () => {
    const worker = await untilReady(await startWorker());
    try {
      assert.match(await metricsOf(worker), /twinward_inference_provider_fallbacks_total 0/);
    } finally {
      await worker.stop();
    }
  });

  it('agrees with the CPU on a device, and does not promise its bits', {
    skip: skipWithoutDevice,
  }, async () => {
    const device = await untilReady(await startWorker({ env: { TWINWARD_PROVIDER: gpu ?? '' } }));
    const reference = await untilReady(await startWorker());
    try {
      const described = await device.client.call('Describe', {}, 10_000);
      assert.match(described.engine, new RegExp(`/${gpu}/`));
      assert.equal(described.replayable, false);
      const request = aRequest({ ranges: [{ from: 0, to: 4_096 }] });
      const [one, other] = [
        await simulate(device.client, request),
        await simulate(reference.client, request),
      ];
      for (const horizon of [0, 1, 2]) {
        const death = (leaves: typeof one.leaves): number =>
          leaves.reduce((sum, leaf) => sum + cellOf(leaf, 0, 3, horizon).sA, 0) / 4_096;
        assert.ok(Math.abs(death(one.leaves) - death(other.leaves)) < 1e-3);
      }
    } finally {
      await device.stop();
      await reference.stop();
    }
  });
});
