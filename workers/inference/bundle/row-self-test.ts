// Does a row have the same bits in any batch? Run at load, on this very machine: batches of 1, 7, 64 and 256 rows and
// a permutation. A model that fails is served, but as "not replayable".
import type { PlainTensor } from '../engine/onnx-graph.ts';
import type { Infer } from './golden.ts';
import { inputContract, outputContract, type TensorContract } from './graph-contract.ts';
import type { GraphSizes } from './manifest.ts';

const ROWS = 256;
const BATCHES = [1, 7, 64] as const;
const PADDING = 16;

type Tensors = Readonly<Record<string, PlainTensor>>;

/** Whether every row of 256 has equal bits in batches of 1, 7, 64 and 256 (padded to 16) and in another order. */
export async function isRowStable(sizes: GraphSizes, infer: Infer): Promise<boolean> {
  const inputs = sampleInputs(sizes);
  const outputs = outputContract(sizes);
  const names = outputs.map(({ name }) => name);
  const order = Array.from({ length: ROWS }, (_, row) => row);
  const whole = await infer(inputs, names);
  for (const size of BATCHES) {
    const rows = order.slice(3, 3 + size);
    if (!(await agrees(sizes, infer, inputs, whole, rows))) return false;
  }
  const permuted = order.toSorted((one, other) => ((one * 101) % ROWS) - ((other * 101) % ROWS));
  return agrees(sizes, infer, inputs, whole, permuted);
}

async function agrees(
  sizes: GraphSizes,
  infer: Infer,
  inputs: Tensors,
  whole: Tensors,
  rows: readonly number[],
): Promise<boolean> {
  const padded = [...rows];
  while (padded.length % PADDING !== 0) padded.push(padded[0] ?? 0);
  const outputs = outputContract(sizes);
  const part = await infer(
    gather(inputContract(sizes), inputs, padded),
    outputs.map(({ name }) => name),
  );
  return outputs.every((contract) => {
    const expected = take(contract, whole[contract.name], rows);
    const actual = part[contract.name]?.data.subarray(0, expected.length);
    return actual !== undefined && sameBits(actual, expected);
  });
}

function gather(contracts: readonly TensorContract[], tensors: Tensors, rows: readonly number[]): Tensors {
  const entries = contracts.map((contract) => {
    const tensor = tensors[contract.name];
    if (tensor === undefined || !contract.perRow) return [contract.name, tensor] as const;
    const data = take(contract, tensor, rows);
    return [contract.name, { ...tensor, data, shape: [rows.length, ...contract.shape] }] as const;
  });
  return Object.fromEntries(
    entries.flatMap(([name, tensor]) => (tensor === undefined ? [] : [[name, tensor]])),
  );
}

/** The given rows of a tensor of a contract. */
export function take(
  contract: TensorContract,
  tensor: PlainTensor | undefined,
  rows: readonly number[],
): Float32Array | Int32Array {
  const width = contract.shape.reduce((product, size) => product * size, 1);
  const length = rows.length * width;
  const data = contract.type === 'float32' ? new Float32Array(length) : new Int32Array(length);
  for (const [at, row] of rows.entries()) {
    if (tensor !== undefined) data.set(tensor.data.subarray(row * width, (row + 1) * width), at * width);
  }
  return data;
}

/** Whether two arrays hold the same bytes. */
export function sameBits(one: Float32Array | Int32Array, other: Float32Array | Int32Array): boolean {
  const bytes = (array: Float32Array | Int32Array): Buffer =>
    Buffer.from(array.buffer, array.byteOffset, array.byteLength);
  return bytes(one).equals(bytes(other));
}

/** 256 rows that cover empty and full bags, all ages, clocks that fire and clocks that do not. */
export function sampleInputs(sizes: GraphSizes): Tensors {
  let state = 20261124;
  const random = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const values: Readonly<Record<string, () => number>> = {
    now: () => Number(random() < 0.02),
    bag: () => Number(random() < 0.1),
    age: () => 18 + 85 * random(),
    dt: random,
    h: () => 2 * random() - 1,
    risk: () => Number(random() < 0.8),
    log_hr: () => 0.4 * (random() - 0.5),
    clock: () => 3 * random() ** 4,
    t_stop: () => 0.01 + 0.99 * random(),
    h_rem: () => Math.max(0, 6 * random() - 1),
    out_map: () => Number(random() < 0.1),
    out_alive: () => Number(random() < 0.9),
  };
  const tensors = inputContract(sizes).map((contract) => {
    const shape = contract.perRow ? [ROWS, ...contract.shape] : contract.shape;
    const length = shape.reduce((product, size) => product * size, 1);
    const data = Float32Array.from({ length }, values[contract.name] ?? random);
    return [contract.name, { type: 'float32', data, shape }] as const;
  });
  return Object.fromEntries(tensors);
}
