// Single forward passes, batched while the engine is busy: requests for the same graph that wait together run together.
// What the caller no longer waits for is dropped before it is computed. A row has the same bits in any batch.
import type { TensorContract } from '../bundle/graph-contract.ts';
import { ROW_PADDING } from '../trajectory/rows.ts';
import type { InferTiming, Tensors } from './messages.ts';
import type { OnnxGraphSession, PlainTensor } from './onnx-graph.ts';

/** One forward pass that waits. */
export interface InferJob {
  readonly id: number;
  readonly member: number;
  /** Unpadded. */
  readonly inputs: Tensors;
  readonly outputs: readonly string[];
  readonly rows: number;
  /** Milliseconds since 1970 after which nobody waits for the answer; Infinity = never. */
  readonly deadline: number;
  /** `performance.now()` of its arrival. */
  readonly arrivedAt: number;
}

/** What came of a pass. */
export type InferResult =
  | { readonly id: number; readonly outputs: Tensors; readonly timing: InferTiming }
  | { readonly id: number; readonly failure: 'DEADLINE_EXPIRED' | 'ENGINE_FAILED' };

/** The contract by which rows are put together and taken apart. */
export interface PassContract {
  readonly inputs: readonly TensorContract[];
  readonly outputs: readonly TensorContract[];
  /** Most rows of a run that several passes share. */
  readonly batchRows: number;
}

/** Passes in the order of their arrival. */
export class InferQueue {
  readonly #contract: PassContract;
  #waiting: InferJob[] = [];

  constructor(contract: PassContract) {
    this.#contract = contract;
  }

  /** Whether any pass waits. */
  get isBusy(): boolean {
    return this.#waiting.length > 0;
  }

  add(job: InferJob): void {
    this.#waiting.push(job);
  }

  /** Drops a pass that has not begun. Unknown ids are ignored. */
  cancel(id: number): void {
    this.#waiting = this.#waiting.filter((job) => job.id !== id);
  }

  /** Runs the oldest pass with those that fit beside it. `now`: milliseconds since 1970. */
  async runOnce(graphs: readonly OnnxGraphSession[], now: number): Promise<readonly InferResult[]> {
    const expired = this.#waiting.filter(({ deadline }) => deadline <= now);
    const results: InferResult[] = expired.map(({ id }) => ({ id, failure: 'DEADLINE_EXPIRED' }));
    if (expired.length > 0) this.#waiting = this.#waiting.filter(({ deadline }) => deadline > now);
    const batch = this.#takeBatch();
    const first = batch[0];
    if (first === undefined) return results;
    try {
      results.push(...(await runBatch(batch, graphs[first.member], this.#contract)));
    } catch {
      results.push(...batch.map(({ id }) => ({ id, failure: 'ENGINE_FAILED' as const })));
    }
    return results;
  }

  #takeBatch(): readonly InferJob[] {
    const [first] = this.#waiting;
    if (first === undefined) return [];
    const batch: InferJob[] = [first];
    let rows = first.rows;
    for (const job of this.#waiting.slice(1)) {
      if (rows + job.rows > this.#contract.batchRows || !mayShare(first, job, this.#contract)) continue;
      batch.push(job);
      rows += job.rows;
    }
    const taken = new Set(batch);
    this.#waiting = this.#waiting.filter((job) => !taken.has(job));
    return batch;
  }
}

/** Whether two passes give the same answers in one run: same graph, same outputs, same inputs that have no rows. */
function mayShare(one: InferJob, other: InferJob, { inputs }: PassContract): boolean {
  return (
    one.member === other.member &&
    one.outputs.length === other.outputs.length &&
    one.outputs.every((name, at) => other.outputs[at] === name) &&
    inputs.every(({ name, perRow }) => perRow || sameBytes(one.inputs[name], other.inputs[name]))
  );
}

function sameBytes(one: PlainTensor | undefined, other: PlainTensor | undefined): boolean {
  if (one === undefined || other === undefined) return false;
  const bytes = ({ data }: PlainTensor): Buffer => Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  return bytes(one).equals(bytes(other));
}

async function runBatch(
  batch: readonly InferJob[],
  graph: OnnxGraphSession | undefined,
  contract: PassContract,
): Promise<readonly InferResult[]> {
  if (graph === undefined) throw new RangeError('no graph of that member');
  const [first] = batch;
  const started = performance.now();
  const rows = batch.reduce((sum, job) => sum + job.rows, 0);
  const inputs = gather(batch, Math.ceil(rows / ROW_PADDING) * ROW_PADDING, contract);
  const gathered = performance.now();
  const outputs = await graph.infer(inputs, first?.outputs ?? []);
  const ran = performance.now();
  let from = 0;
  const parts = batch.map((job) => {
    const part = takeRows(outputs, from, job.rows, contract);
    from += job.rows;
    return part;
  });
  const times = { inputMs: gathered - started, inferMs: ran - gathered, outputMs: performance.now() - ran };
  return batch.map((job, at) => ({
    id: job.id,
    outputs: parts[at] ?? {},
    timing: { ...times, queueMs: started - job.arrivedAt, runRows: rows, isFirstOfRun: at === 0 },
  }));
}

function widthOf({ shape }: TensorContract): number {
  return shape.reduce((product, size) => product * size, 1);
}

function arrayOf(contract: TensorContract, length: number): Float32Array | Int32Array {
  return contract.type === 'float32' ? new Float32Array(length) : new Int32Array(length);
}

function gather(batch: readonly InferJob[], padded: number, contract: PassContract): Tensors {
  const entries = contract.inputs.map((input) => {
    if (!input.perRow) return [input.name, batch[0]?.inputs[input.name]] as const;
    const data = arrayOf(input, padded * widthOf(input));
    let at = 0;
    for (const job of batch) {
      const part = job.inputs[input.name]?.data ?? [];
      data.set(part, at);
      at += part.length;
    }
    return [input.name, { type: input.type, data, shape: [padded, ...input.shape] }] as const;
  });
  return Object.fromEntries(
    entries.flatMap(([name, tensor]) => (tensor === undefined ? [] : [[name, tensor]])),
  );
}

function takeRows(outputs: Tensors, from: number, rows: number, contract: PassContract): Tensors {
  const parts = contract.outputs.flatMap((output) => {
    const tensor = outputs[output.name];
    if (tensor === undefined) return [];
    const width = widthOf(output);
    const data = tensor.data.slice(from * width, (from + rows) * width);
    return [[output.name, { type: tensor.type, data, shape: [rows, ...output.shape] }] as const];
  });
  return Object.fromEntries(parts);
}
