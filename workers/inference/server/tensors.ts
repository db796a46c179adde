// Tensors of the Open Inference Protocol: read against the graph contract, padded, and written back.
import type { ModelInferRequest__Output } from '#proto/gen/inference/ModelInferRequest.ts';
import type { ModelInferResponse } from '#proto/gen/inference/ModelInferResponse.ts';
import type { TensorContract } from '../bundle/graph-contract.ts';
import type { Tensors } from '../engine/messages.ts';
import { CallError, TensorError } from '../errors.ts';

/** Most rows of one call. */
export const MOST_ROWS = 4_096;

/** Inputs of one forward pass. */
export interface ReadTensors {
  readonly rows: number;
  /** All inputs in the order of the contract, one after another. */
  readonly packed: Float32Array;
  /** Whether contents were raw; the answer then is, too. */
  readonly isRaw: boolean;
}

const DATATYPES = { float32: 'FP32', int32: 'INT32' } as const;

/** Datatype name of the protocol. */
export function datatypeOf(contract: TensorContract): string {
  return DATATYPES[contract.type];
}

type InputTensor = ModelInferRequest__Output['inputs'][number];

/** Reads all inputs. Throws TensorError, or CallError REQUEST_TOO_LARGE. */
export function readTensors(
  request: ModelInferRequest__Output,
  contracts: readonly TensorContract[],
): ReadTensors {
  const isRaw = request.rawInputContents.length > 0;
  checkInputs(request, contracts, isRaw);
  const rows = rowsOf(request);
  const places = new Map(request.inputs.map(({ name }, at) => [name, at]));
  const sizes = contracts.map((contract) => sizeOf(shapeOf(contract, rows)));
  const packed = new Float32Array(sizes.reduce((sum, size) => sum + size, 0));
  let from = 0;
  for (const [order, contract] of contracts.entries()) {
    const place = places.get(contract.name) ?? -1;
    const size = sizes[order] ?? 0;
    const part = packed.subarray(from, from + size);
    fill(part, request.inputs[place], request.rawInputContents[place], contract, rows);
    from += size;
  }
  return { rows, packed, isRaw };
}

/** Writes one input to its place. */
function fill(
  part: Float32Array,
  input: InputTensor | undefined,
  raw: Uint8Array | undefined,
  contract: TensorContract,
  rows: number,
): void {
  if (input === undefined) throw new TensorError('inputs: one is unknown; ask ModelMetadata for their names');
  checkShape(input, contract, rows);
  if (raw === undefined) {
    part.set(typedValues(input, contract));
  } else if (raw.length === part.byteLength) {
    new Uint8Array(part.buffer, part.byteOffset, part.byteLength).set(raw);
  } else {
    throw new TensorError(`raw_input_contents of ${contract.name} must have ${part.byteLength} bytes`);
  }
}

function checkInputs(
  request: ModelInferRequest__Output,
  contracts: readonly TensorContract[],
  isRaw: boolean,
): void {
  const names = new Set(request.inputs.map(({ name }) => name));
  const missing = contracts.find(({ name }) => !names.has(name));
  if (missing !== undefined)
    throw new TensorError(`inputs: ${missing.name} is missing; send every input of the model`);
  if (request.inputs.length !== contracts.length) {
    throw new TensorError('inputs: one is unknown or sent twice; ask ModelMetadata');
  }
  if (!isRaw) return;
  if (request.rawInputContents.length !== request.inputs.length) {
    throw new TensorError('raw_input_contents must have one entry for every input, or none at all');
  }
  if (request.inputs.some(({ contents }) => contents !== null)) {
    throw new TensorError('inputs.contents must be absent when raw_input_contents is used');
  }
}

function rowsOf({ inputs }: ModelInferRequest__Output): number {
  const rows = Number(inputs.find(({ name }) => name === 'age')?.shape[0] ?? 0);
  if (!(Number.isSafeInteger(rows) && rows >= 1))
    throw new TensorError('inputs: age must have at least one row');
  if (rows > MOST_ROWS)
    throw new CallError('REQUEST_TOO_LARGE', `inputs: at most ${MOST_ROWS} rows in one call`);
  return rows;
}

function contractOf(contracts: readonly TensorContract[], name: string): TensorContract {
  const contract = contracts.find((one) => one.name === name);
  if (contract === undefined)
    throw new TensorError('inputs: one is unknown; ask ModelMetadata for their names');
  return contract;
}

function shapeOf(contract: TensorContract, rows: number): readonly number[] {
  return contract.perRow ? [rows, ...contract.shape] : contract.shape;
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

function checkShape(input: InputTensor, contract: TensorContract, rows: number): void {
  if (input.datatype !== datatypeOf(contract)) {
    throw new TensorError(`inputs: ${contract.name} must be ${datatypeOf(contract)}`);
  }
  const wanted = shapeOf(contract, rows);
  const fits =
    input.shape.length === wanted.length && input.shape.every((size, at) => Number(size) === wanted[at]);
  if (!fits) throw new TensorError(`inputs: ${contract.name} must have the shape [${wanted.join(', ')}]`);
}

function typedValues(input: InputTensor, contract: TensorContract): readonly number[] {
  const contents = input.contents;
  const values = (contract.type === 'float32' ? contents?.fp32Contents : contents?.intContents) ?? [];
  if (values.length !== sizeOf(input.shape.map(Number))) {
    throw new TensorError(`inputs: ${contract.name} has another number of elements than its shape says`);
  }
  return values;
}

/** Names of the outputs that a request asks for; all when it names none. Throws TensorError. */
export function askedOutputs(
  request: ModelInferRequest__Output,
  contracts: readonly TensorContract[],
): readonly string[] {
  const asked = request.outputs.map(({ name }) => name);
  const known = contracts.map(({ name }) => name);
  if (!asked.every((name) => known.includes(name))) {
    throw new TensorError('outputs: one is unknown; ask ModelMetadata for their names');
  }
  return asked.length === 0 ? known : asked;
}

/** Outputs, raw or typed as the request was. */
export function writeTensors(
  outputs: Tensors,
  contracts: readonly TensorContract[],
  { rows, isRaw }: Pick<ReadTensors, 'rows' | 'isRaw'>,
): Pick<ModelInferResponse, 'outputs' | 'rawOutputContents'> {
  const cut = Object.entries(outputs).map(([name, tensor]) => {
    const contract = contractOf(contracts, name);
    return { name, contract, shape: [rows, ...contract.shape], data: tensor.data };
  });
  return {
    outputs: cut.map(({ name, contract, shape, data }) => ({
      name,
      datatype: datatypeOf(contract),
      shape: [...shape],
      ...(isRaw ? {} : { contents: typedContents(data) }),
    })),
    rawOutputContents: isRaw
      ? cut.map(({ data }) => Buffer.from(data.buffer, data.byteOffset, data.byteLength))
      : [],
  };
}

function typedContents(
  data: Float32Array | Int32Array,
): { fp32Contents: number[] } | { intContents: number[] } {
  return data instanceof Float32Array ? { fp32Contents: [...data] } : { intContents: [...data] };
}
