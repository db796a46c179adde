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
  /** All inputs in the order of the contract, one after another; overwritten by the next pass that is read. */
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

/** What a request says of its tensors, checked; requests that share their inputs share it. */
interface Layout {
  readonly rows: number;
  readonly hasContents: boolean;
  /** Place of each input of the contract in the request, and its numbers. */
  readonly parts: readonly {
    readonly place: number;
    readonly contract: TensorContract;
    readonly size: number;
  }[];
  readonly size: number;
}

/** Reads the tensors of requests. */
export class TensorReader {
  readonly #layouts = new WeakMap<object, Layout>();
  #floats = new Float32Array();
  #bytes = new Uint8Array();

  /** Reads all inputs. Throws TensorError, or CallError REQUEST_TOO_LARGE. */
  read(request: ModelInferRequest__Output, contracts: readonly TensorContract[]): ReadTensors {
    const { inputs, rawInputContents: raw } = request;
    const layout = this.#layouts.get(inputs) ?? layoutOf(request, contracts);
    this.#layouts.set(inputs, layout);
    const isRaw = raw.length > 0;
    if (isRaw) checkRaw(layout, raw.length, inputs.length);
    if (this.#floats.length < layout.size) {
      this.#floats = new Float32Array(layout.size);
      this.#bytes = new Uint8Array(this.#floats.buffer);
    }
    let from = 0;
    for (const { place, contract, size } of layout.parts) {
      if (isRaw) this.#fillRaw(from, size, raw[place], contract);
      else this.#floats.set(typedValues(inputs[place], contract, size), from);
      from += size;
    }
    return { rows: layout.rows, packed: this.#floats.subarray(0, layout.size), isRaw };
  }

  #fillRaw(from: number, size: number, raw: Uint8Array | undefined, contract: TensorContract): void {
    const bytes = size * Float32Array.BYTES_PER_ELEMENT;
    if (raw?.length !== bytes) {
      throw new TensorError(`raw_input_contents of ${contract.name} must have ${bytes} bytes`);
    }
    this.#bytes.set(raw, from * Float32Array.BYTES_PER_ELEMENT);
  }
}

function layoutOf(request: ModelInferRequest__Output, contracts: readonly TensorContract[]): Layout {
  checkInputs(request, contracts);
  const rows = rowsOf(request);
  const places = new Map(request.inputs.map(({ name }, at) => [name, at]));
  const parts = contracts.map((contract) => {
    const place = places.get(contract.name) ?? -1;
    checkShape(request.inputs[place], contract, rows);
    return { place, contract, size: sizeOf(shapeOf(contract, rows)) };
  });
  return {
    ...{ rows, parts, size: parts.reduce((sum, { size }) => sum + size, 0) },
    hasContents: request.inputs.some(({ contents }) => contents !== null),
  };
}

function checkInputs(request: ModelInferRequest__Output, contracts: readonly TensorContract[]): void {
  const names = new Set(request.inputs.map(({ name }) => name));
  const missing = contracts.find(({ name }) => !names.has(name));
  if (missing !== undefined)
    throw new TensorError(`inputs: ${missing.name} is missing; send every input of the model`);
  if (request.inputs.length !== contracts.length) {
    throw new TensorError('inputs: one is unknown or sent twice; ask ModelMetadata');
  }
}

function checkRaw({ hasContents }: Layout, contents: number, inputs: number): void {
  if (contents !== inputs) {
    throw new TensorError('raw_input_contents must have one entry for every input, or none at all');
  }
  if (hasContents) throw new TensorError('inputs.contents must be absent when raw_input_contents is used');
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

function checkShape(input: InputTensor | undefined, contract: TensorContract, rows: number): void {
  if (input === undefined) throw new TensorError('inputs: one is unknown; ask ModelMetadata for their names');
  if (input.datatype !== datatypeOf(contract)) {
    throw new TensorError(`inputs: ${contract.name} must be ${datatypeOf(contract)}`);
  }
  const wanted = shapeOf(contract, rows);
  const fits =
    input.shape.length === wanted.length && input.shape.every((size, at) => Number(size) === wanted[at]);
  if (!fits) throw new TensorError(`inputs: ${contract.name} must have the shape [${wanted.join(', ')}]`);
}

function typedValues(
  input: InputTensor | undefined,
  contract: TensorContract,
  size: number,
): readonly number[] {
  const contents = input?.contents;
  const values = (contract.type === 'float32' ? contents?.fp32Contents : contents?.intContents) ?? [];
  if (values.length !== size) {
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

type Answer = Pick<ModelInferResponse, 'outputs' | 'rawOutputContents'>;
type OutputTensor = NonNullable<ModelInferResponse['outputs']>[number];

/** Writes the tensors of answers, raw or typed as the request was. */
export class TensorWriter {
  /** Raw outputs without their contents, by what was asked for and its rows; requests of a client share them. */
  readonly #known = new WeakMap<object, { readonly rows: number; readonly outputs: OutputTensor[] }>();

  /** `key`: what is the same object in requests that ask for the same outputs. */
  write(
    key: object,
    outputs: Tensors,
    contracts: readonly TensorContract[],
    { rows, isRaw }: Pick<ReadTensors, 'rows' | 'isRaw'>,
  ): Answer {
    const tensors = Object.entries(outputs);
    if (!isRaw) {
      return {
        outputs: tensors.map(([name, { data }]) => ({
          ...describe(contractOf(contracts, name), rows),
          contents: typedContents(data),
        })),
        rawOutputContents: [],
      };
    }
    let known = this.#known.get(key);
    if (known?.rows !== rows) {
      known = { rows, outputs: tensors.map(([name]) => describe(contractOf(contracts, name), rows)) };
      this.#known.set(key, known);
    }
    return {
      outputs: known.outputs,
      rawOutputContents: tensors.map(([, { data }]) =>
        Buffer.from(data.buffer, data.byteOffset, data.byteLength),
      ),
    };
  }
}

function describe(contract: TensorContract, rows: number): OutputTensor {
  return { name: contract.name, datatype: datatypeOf(contract), shape: [rows, ...contract.shape] };
}

function typedContents(
  data: Float32Array | Int32Array,
): { fp32Contents: number[] } | { intContents: number[] } {
  return data instanceof Float32Array ? { fp32Contents: [...data] } : { intContents: [...data] };
}
