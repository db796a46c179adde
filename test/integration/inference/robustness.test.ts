// What an engine does under pressure: late work is never computed, memory stays where it is, a graph whose rows depend
// on their batch is not served.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { reasonOf } from '#proto/status.ts';
import { loadBundle } from '../../../workers/inference/bundle/load.ts';
import { isRowStable } from '../../../workers/inference/bundle/row-self-test.ts';
import { openGraph } from '../../../workers/inference/engine/onnx-graph.ts';
import { aBundleCopy } from './bundle-copy.ts';
import {
  aRequest,
  bundleFolder,
  fileSha256,
  repository,
  simulate,
  startWorker,
  untilReady,
  type Worker,
} from './worker.ts';

async function metric(worker: Worker, name: string): Promise<number> {
  const text = await fetch(`${worker.probes}/metrics`, { headers: { connection: 'close' } }).then(
    (response) => response.text(),
  );
  return Number(new RegExp(`^${name} ([\\d.e+-]+)`, 'm').exec(text)?.[1] ?? Number.NaN);
}

describe('an engine under pressure', () => {
  let worker: Worker;
  before(async () => {
    worker = await untilReady(await startWorker({ env: { TWINWARD_ENGINE_THREADS: '1' } }));
  });
  after(async () => {
    await worker.stop();
  });

  const untilNothingWaits = async (otherwise: string): Promise<void> => {
    const end = performance.now() + 10_000;
    while ((await metric(worker, 'twinward_inference_queue_rows')) > 0) {
      assert.ok(performance.now() < end, otherwise);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  };

  it('computes no row of a request that waits beyond its deadline', async () => {
    await simulate(worker.client, aRequest({ ranges: [{ from: 0, to: 1_024 }] }));
    const busy = simulate(
      worker.client,
      aRequest({ priority: 'PRIORITY_BATCH', ranges: [{ from: 0, to: 16_384 }] }),
    );
    const outcomes: string[] = [];
    for (let index = 0; index < 8; index++) {
      const late = aRequest({
        priority: 'PRIORITY_BATCH',
        subjectKey: Buffer.from(`late-${index}`),
        ranges: [{ from: 0, to: 4_096 }],
      });
      try {
        const { done, leaves } = await simulate(worker.client, late, 150);
        assert.equal(leaves.length, 0);
        assert.deepEqual(done.unfinished, [{ from: 0, to: 4_096 }]);
        outcomes.push(`${done.steps} steps`);
      } catch (error) {
        outcomes.push(reasonOf(error));
      }
    }
    const finished = await busy;
    assert.equal(finished.leaves.length, 256, 'the batch work itself is finished');
    assert.ok(
      outcomes.every((outcome) => ['0 steps', 'QUEUE_FULL'].includes(outcome)),
      outcomes.join(),
    );
    assert.ok(outcomes.includes('QUEUE_FULL'), 'admission predicts that it would be too late');
  });

  it('answers what is urgent before batch work that came first', async () => {
    const ended: string[] = [];
    const batch = aRequest({ priority: 'PRIORITY_BATCH', ranges: [{ from: 0, to: 8_192 }] });
    const running = simulate(worker.client, batch).then(() => ended.push('batch'));
    const urgent = aRequest({ ranges: [{ from: 0, to: 64 }] });
    await simulate(worker.client, urgent).then(() => ended.push('urgent'));
    await running;
    assert.deepEqual(ended, ['urgent', 'batch']);
  });

  it('keeps its memory over a million rows', { timeout: 240_000 }, async () => {
    const request = aRequest({ ranges: [{ from: 0, to: 8_192 }] });
    const resident = async (): Promise<number> => {
      const readings: number[] = [];
      for (let reading = 0; reading < 5; reading++) {
        await new Promise((resolve) => setTimeout(resolve, 50));
        readings.push(await metric(worker, 'process_resident_memory_bytes'));
      }
      return Math.min(...readings);
    };
    for (let warmUp = 0; warmUp < 2; warmUp++) await simulate(worker.client, request);
    const slopes: number[] = [];
    // A leak grows in every million; a heap that finds its size grows in one.
    while (slopes.length < 3 && !slopes.some((slope) => slope <= 10)) {
      const points: { rows: number; bytes: number }[] = [];
      let rows = 0;
      while (rows < 1_000_000 || points.length < 6) {
        const { done } = await simulate(worker.client, request);
        rows += Number(done.steps);
        points.push({ rows, bytes: await resident() });
      }
      slopes.push(slopeOf(points));
      console.log(`  ${rows.toLocaleString('en')} rows, ${slopes.at(-1)?.toFixed(2)} B per row`);
    }
    assert.ok(
      slopes.some((slope) => slope <= 10),
      `${slopes.join(', ')} B per row`,
    );
  });

  it('frees what a caller leaves behind', async () => {
    // The gauge is set once a second.
    await untilNothingWaits('rows of finished calls stay in the queue');
    const calls = Array.from({ length: 50 }, async (_, index) => {
      const stream = worker.client.serverStream(
        'Simulate',
        aRequest({ subjectKey: Buffer.from(`gone-${index}`), ranges: [{ from: 0, to: 4_096 }] }),
        60_000,
      );
      await new Promise((resolve) => setTimeout(resolve, 20));
      stream.cancel();
      await new Promise((resolve) => stream.once('error', resolve));
    });
    await Promise.all(calls);
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    await untilNothingWaits('rows of cancelled calls stay in the queue');
    assert.equal((await simulate(worker.client, aRequest())).leaves.length, 8);
  });
});

/** Least-squares slope, in bytes per row. */
function slopeOf(points: readonly { readonly rows: number; readonly bytes: number }[]): number {
  const mean = (pick: (point: (typeof points)[number]) => number): number =>
    points.reduce((sum, point) => sum + pick(point), 0) / points.length;
  const [rows, bytes] = [mean((point) => point.rows), mean((point) => point.bytes)];
  const covariance = mean((point) => (point.rows - rows) * (point.bytes - bytes));
  return covariance / mean((point) => (point.rows - rows) ** 2);
}

describe('a graph whose rows depend on their batch', () => {
  const folder = mkdtempSync(join(tmpdir(), 'twinward-mutant-'));
  const python = join(repository, '.venv/bin/python');
  after(() => rmSync(folder, { recursive: true, force: true }));

  const mutant = (operator: string): string => {
    assert.ok(existsSync(python), 'run npm run test:integration, which makes .venv');
    const target = join(folder, `${operator}.onnx`);
    const script = join(repository, 'test/integration/inference/clients/mutant_graph.py');
    const made = spawnSync(python, [script, join(bundleFolder, 'member-0/step.onnx'), operator, target], {
      encoding: 'utf8',
    });
    assert.equal(made.status, 0, made.stderr);
    return target;
  };

  for (const operator of ['ReduceSum', 'Sin', 'Log', 'Softplus']) {
    it(`is refused for its operator: ${operator}`, async () => {
      const copy = aBundleCopy();
      try {
        writeFileSync(copy.path('member-0/step.onnx'), readFileSync(mutant(operator)));
        copy.seal();
        const worker = await startWorker({ folder: copy.folder });
        assert.equal(await worker.exited, 78);
        assert.match(worker.terminationLog(), new RegExp(`ContractViolation.*operator ${operator}`));
        worker.client.close();
      } finally {
        copy.remove();
      }
    });
  }

  it('is found out by the row self-test where the list of operators is passed over', async () => {
    const { model } = loadBundle(bundleFolder, fileSha256(join(bundleFolder, 'manifest.json')));
    const verdict = async (path: string): Promise<boolean> => {
      const session = await openGraph(readFileSync(path), model);
      try {
        return await isRowStable(model.sizes, session.infer);
      } finally {
        await session.release();
      }
    };
    assert.equal(await verdict(join(bundleFolder, 'member-0/step.onnx')), true);
    assert.equal(await verdict(mutant('ReduceSum')), false);
  });
});
