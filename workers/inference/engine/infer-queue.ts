// Single forward passes, batched while the engine is busy: requests for the same graph that wait together run together.
// What the caller no longer waits for is dropped before it is computed. A row has the same bits in any batch.
import type { TensorContract } from '../bundle/graph-contract.ts';
import { ROW_PADDING } from '../trajectory/rows.ts';
import type { FinishedRun, PassMessage, Tensors } from './messages.ts';
import type { OnnxGraphSession } from './onnx-graph.ts';
import { lengthOf } from './pass-slots.ts';

/** One forward pass that waits; `arrivedAt` is `performance.now()` of its arrival. */
export interface InferJob extends PassMessage {
  readonly packed: Float32Array;
  readonly arrivedAt: number;
}

/** What came of passes: a run of some, or why there is none. */
export type InferResult =
  | FinishedRun
  | { readonly id: number; readonly failure: 'DEADLINE_EXPIRED' | 'ENGINE_FAILED' };

/** The contract by which rows are put together. */
export interface PassContract {
  readonly inputs: readonly TensorContract[];
  /** Most rows of a run that several passes share. */
  readonly batchRows: number;
}

/** Larger runs are rare, and their arrays are not kept. */
const MOST_KEPT_ROWS = 64;

/** Passes in the order of their arrival. */
export class InferQueue {
  readonly #contract: PassContract;
  readonly #gatherer: Gatherer;
  #waiting: InferJob[] = [];

  constructor(contract: PassContract) {
    this.#contract = contract;
    this.#gatherer = new Gatherer(contract);
  }

  /** Whether any pass waits. */
  get isBusy(): boolean {
    return this.#waiting.length > 0;
  }

  add(job: InferJob): void {
    this.#waiting.push(job);
  }

  /** Drops a pass that has not begun. False when there is none of that id. */
  cancel(id: number): boolean {
    const before = this.#waiting.length;
    this.#waiting = this.#waiting.filter((job) => job.id !== id);
    return this.#waiting.length < before;
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
      results.push(await runBatch(batch, graphs[first.member], this.#gatherer));
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
    inputs.every((input, at) => input.perRow || sameBytes(partOf(one, inputs, at), partOf(other, inputs, at)))
  );
}

function sameBytes(one: Float32Array, other: Float32Array): boolean {
  const bytes = (data: Float32Array): Buffer => Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  return bytes(one).equals(bytes(other));
}

/** One input of a pass. */
function partOf({ packed, rows }: InferJob, inputs: readonly TensorContract[], at: number): Float32Array {
  const from = lengthOf(inputs.slice(0, at), rows);
  return packed.subarray(from, from + lengthOf(inputs.slice(at, at + 1), rows));
}

async function runBatch(
  batch: readonly InferJob[],
  graph: OnnxGraphSession | undefined,
  gatherer: Gatherer,
): Promise<FinishedRun> {
  if (graph === undefined) throw new RangeError('no graph of that member');
  const started = performance.now();
  const inputs = gatherer.gather(batch);
  const gathered = performance.now();
  const outputs = await graph.infer(inputs, batch[0]?.outputs ?? []);
  return {
    passes: batch.map(({ id, rows, slot, arrivedAt }) => ({ id, rows, slot, queueMs: started - arrivedAt })),
    outputs,
    inputMs: gathered - started,
    inferMs: performance.now() - gathered,
  };
}

/** Puts the rows of passes together. Runs of a size share their arrays: one is over before the next begins. */
class Gatherer {
  readonly #contract: PassContract;
  readonly #columns: readonly { readonly name: string; readonly width: number; readonly perRow: boolean }[];
  readonly #bySize = new Map<number, Tensors>();

  constructor(contract: PassContract) {
    this.#contract = contract;
    this.#columns = contract.inputs.map((input) => {
      return { name: input.name, width: lengthOf([input], 1), perRow: input.perRow };
    });
  }

  /** Tensors with the rows of all passes, padded; valid until the next call. */
  gather(batch: readonly InferJob[]): Tensors {
    const rows = batch.reduce((sum, job) => sum + job.rows, 0);
    const padded = Math.ceil(rows / ROW_PADDING) * ROW_PADDING;
    const tensors = this.#tensorsOf(padded);
    const columns = this.#columns.map(({ name, width, perRow }) => {
      return { data: tensors[name]?.data, width, perRow, at: 0 };
    });
    for (const [place, job] of batch.entries()) {
      let from = 0;
      for (const column of columns) {
        const size = column.perRow ? column.width * job.rows : column.width;
        if (column.perRow || place === 0) column.data?.set(job.packed.subarray(from, from + size), column.at);
        column.at += size;
        from += size;
      }
    }
    return tensors;
  }

  #tensorsOf(padded: number): Tensors {
    const known = this.#bySize.get(padded);
    if (known !== undefined) return known;
    const entries = this.#contract.inputs.map((input) => {
      const data = new Float32Array(lengthOf([input], padded));
      const shape = input.perRow ? [padded, ...input.shape] : input.shape;
      return [input.name, { type: 'float32', data, shape }] as const;
    });
    const made: Tensors = Object.fromEntries(entries);
    if (padded <= MOST_KEPT_ROWS) this.#bySize.set(padded, made);
    return made;
  }
}
