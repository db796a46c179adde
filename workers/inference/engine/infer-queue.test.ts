import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type InferJob, InferQueue } from './infer-queue.ts';
import type { Tensors } from './messages.ts';
import type { OnnxGraphSession, PlainTensor } from './onnx-graph.ts';

const CONTRACT = {
  inputs: [
    { name: 'x', type: 'float32', perRow: true, shape: [2] },
    { name: 'shared', type: 'float32', perRow: false, shape: [1] },
  ],
  batchRows: 32,
} as const;

const floats = (shape: readonly number[], ...values: number[]): PlainTensor => ({
  ...{ type: 'float32', shape },
  data: Float32Array.from(values),
});

const aJob = (id: number, x: readonly number[], change: Partial<InferJob> = {}): InferJob => ({
  ...{ id, member: 0, outputs: ['y'], rows: x.length / 2, deadline: Infinity, arrivedAt: 0, slot: -1 },
  packed: Float32Array.from([...x, 10]),
  ...change,
});

/** y = 10 x0 + x1 for every row; tells how many rows each run had. */
function aGraph(): { readonly graph: OnnxGraphSession; readonly runs: number[] } {
  const runs: number[] = [];
  const infer = async (inputs: Tensors): Promise<Tensors> => {
    const x = inputs['x']?.data ?? new Float32Array();
    runs.push(x.length / 2);
    const scale = inputs['shared']?.data[0] ?? 0;
    const y = Array.from(
      { length: x.length / 2 },
      (_, row) => scale * (x[2 * row] ?? 0) + (x[2 * row + 1] ?? 0),
    );
    return { y: floats([y.length], ...y) };
  };
  const unused = async (): Promise<never> => {
    throw new Error('not used');
  };
  return { graph: { provider: 'cpu', infer, run: unused, release: async () => undefined }, runs };
}

async function drain(queue: InferQueue, graph: OnnxGraphSession, now = 0): Promise<Map<number, unknown>> {
  const answers = new Map<number, unknown>();
  while (queue.isBusy) {
    for (const result of await queue.runOnce([graph, graph], now)) {
      if ('failure' in result) {
        answers.set(result.id, result.failure);
        continue;
      }
      let from = 0;
      for (const { id, rows } of result.passes) {
        answers.set(id, [...(result.outputs['y']?.data.subarray(from, from + rows) ?? [])]);
        from += rows;
      }
    }
  }
  return answers;
}

describe('the queue of forward passes', () => {
  it('runs what waits together once, and gives everybody their own rows', async () => {
    const [queue, { graph, runs }] = [new InferQueue(CONTRACT), aGraph()];
    queue.add(aJob(1, [1, 2]));
    queue.add(aJob(2, [3, 4, 5, 6]));
    queue.add(aJob(3, [7, 8]));
    const answers = await drain(queue, graph);
    assert.deepEqual(runs, [16]);
    assert.deepEqual([answers.get(1), answers.get(2), answers.get(3)], [[12], [34, 56], [78]]);
  });

  it('keeps apart what would not give the same answer in one run', async () => {
    const [queue, { graph, runs }] = [new InferQueue(CONTRACT), aGraph()];
    queue.add(aJob(1, [1, 2]));
    queue.add(aJob(2, [1, 2], { member: 1 }));
    queue.add(aJob(3, [1, 2], { packed: Float32Array.from([1, 2, 100]) }));
    const answers = await drain(queue, graph);
    assert.equal(runs.length, 3);
    assert.deepEqual([answers.get(1), answers.get(2), answers.get(3)], [[12], [12], [102]]);
  });

  it('never puts more rows into a shared run than it may, but takes a larger pass alone', async () => {
    const [queue, { graph, runs }] = [new InferQueue(CONTRACT), aGraph()];
    const rows = (count: number): number[] => Array.from({ length: 2 * count }, () => 1);
    for (const [id, count] of [20, 20, 5, 100].entries()) queue.add(aJob(id, rows(count)));
    await drain(queue, graph);
    assert.deepEqual(runs, [32, 32, 112]);
  });

  it('does not compute what nobody waits for any more', async () => {
    const [queue, { graph, runs }] = [new InferQueue(CONTRACT), aGraph()];
    queue.add(aJob(1, [1, 2], { deadline: 1_000 }));
    queue.add(aJob(2, [3, 4], { deadline: 1_001 }));
    queue.add(aJob(3, [5, 6]));
    queue.cancel(3);
    const answers = await drain(queue, graph, 1_000);
    assert.deepEqual([answers.get(1), answers.get(2), answers.get(3)], ['DEADLINE_EXPIRED', [34], undefined]);
    assert.deepEqual(runs, [16]);
  });

  it('fails the passes of a broken run only', async () => {
    const [queue, { graph }] = [new InferQueue(CONTRACT), aGraph()];
    queue.add(aJob(1, [1, 2], { member: 5 }));
    queue.add(aJob(2, [3, 4]));
    const answers = await drain(queue, graph);
    assert.deepEqual([answers.get(1), answers.get(2)], ['ENGINE_FAILED', [34]]);
  });
});
