// Reads what the graph contract is about out of an ONNX file: names, shapes, operators, where data lie. The protobuf
// wire format is read directly (varint tags, lengths), so that no weight is decoded.
import { CodedError } from '#runtime/errors.ts';

/** A graph input or output. */
export interface OnnxValue {
  readonly name: string;
  /** TensorProto.DataType: 1 = float32, 6 = int32. */
  readonly elementType: number;
  /** Sizes; a name where the dimension is dynamic. */
  readonly shape: readonly (number | string)[];
}

/** A node of the graph. */
export interface OnnxNode {
  readonly operator: string;
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly hasSubgraph: boolean;
}

/** What was read of a model file. */
export interface OnnxGraph {
  /** Version of the default operator set. */
  readonly opset: number;
  /** Names of further operator domains. */
  readonly otherDomains: readonly string[];
  readonly nodes: readonly OnnxNode[];
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  readonly initializers: readonly string[];
  readonly hasExternalData: boolean;
  readonly hasFunctions: boolean;
}

type Field = number | Uint8Array;
type Fields = ReadonlyMap<number, readonly Field[]>;

/** Tag of a dimension's size, and a dimension of as many bytes that has none, but an empty denotation. */
const SIZE_TAG = 0x08;
const NO_SIZE = [0x1a, 0x00] as const;

const textDecoder = new TextDecoder();

/** Reads an ONNX model. Throws CodedError InvalidOnnx when the bytes are none. */
export function readOnnx(bytes: Uint8Array): OnnxGraph {
  const model = readFields(bytes);
  const graph = readFields(oneMessage(model, 7));
  const sets = messages(model, 8).map((set) => ({ domain: text(set, 1), version: number(set, 2) }));
  const standard = sets.find(({ domain }) => domain === '' || domain === 'ai.onnx');
  const tensors = messages(graph, 5);
  return {
    opset: standard?.version ?? 0,
    otherDomains: sets.filter((set) => set !== standard).map(({ domain }) => domain),
    nodes: messages(graph, 1).map(readNode),
    inputs: messages(graph, 11).map(readValue),
    outputs: messages(graph, 12).map(readValue),
    initializers: tensors.map((tensor) => text(tensor, 8)),
    hasExternalData: tensors.some((tensor) => number(tensor, 14) !== 0 || tensor.has(13)),
    hasFunctions: model.has(25) || graph.has(15),
  };
}

/**
 * Makes one axis of an input or output of a model's graph free of its declared size, in place: a run may then have any.
 * False, with nothing changed, when there is no such axis, or its size is not written in one byte. Throws CodedError
 * InvalidOnnx.
 */
export function freeAxis(model: Uint8Array, role: 'input' | 'output', name: string, axis: number): boolean {
  const graph = readFields(oneMessage(readFields(model), 7));
  const value = messages(graph, role === 'input' ? 11 : 12).find((one) => text(one, 1) === name);
  if (value === undefined) return false;
  const shapes = messages(value, 2)
    .flatMap((type) => messages(type, 1))
    .flatMap((tensor) => messages(tensor, 2));
  const size = shapes.flatMap((shape) => fieldsOf(shape, 1))[axis];
  if (!(size instanceof Uint8Array) || size.length !== 2 || size[0] !== SIZE_TAG) return false;
  size.set(NO_SIZE);
  return true;
}

function readNode(node: Fields): OnnxNode {
  const attributes = messages(node, 5);
  return {
    operator: text(node, 4),
    domain: text(node, 7),
    inputs: texts(node, 1),
    outputs: texts(node, 2),
    hasSubgraph: attributes.some((attribute) => attribute.has(6) || attribute.has(11)),
  };
}

function readValue(value: Fields): OnnxValue {
  const tensor = messages(value, 2).flatMap((type) => messages(type, 1))[0];
  const shape =
    tensor === undefined ? [] : messages(tensor, 2).flatMap((dimensions) => messages(dimensions, 1));
  return {
    name: text(value, 1),
    elementType: tensor === undefined ? 0 : number(tensor, 1),
    shape: shape.map((dimension) => (dimension.has(1) ? number(dimension, 1) : text(dimension, 2))),
  };
}

function fieldsOf(fields: Fields, id: number): readonly Field[] {
  return fields.get(id) ?? [];
}

function messages(fields: Fields, id: number): readonly Fields[] {
  return fieldsOf(fields, id).map((field) => readFields(asBytes(field)));
}

function oneMessage(fields: Fields, id: number): Uint8Array {
  const field = fieldsOf(fields, id)[0];
  if (field === undefined) throw invalid();
  return asBytes(field);
}

function texts(fields: Fields, id: number): readonly string[] {
  return fieldsOf(fields, id).map((field) => textDecoder.decode(asBytes(field)));
}

function text(fields: Fields, id: number): string {
  return texts(fields, id)[0] ?? '';
}

function number(fields: Fields, id: number): number {
  const field = fieldsOf(fields, id).at(-1);
  return typeof field === 'number' ? field : 0;
}

function asBytes(field: Field): Uint8Array {
  if (typeof field === 'number') throw invalid();
  return field;
}

function invalid(): CodedError {
  return new CodedError('InvalidOnnx', 'the graph file is no ONNX model; export it again');
}

function readFields(bytes: Uint8Array): Fields {
  const fields = new Map<number, Field[]>();
  let position = 0;
  const varint = (): number => {
    let value = 0;
    for (let shift = 0; shift < 64; shift += 7) {
      const byte = bytes[position++];
      if (byte === undefined) throw invalid();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw invalid();
  };
  const span = (length: number): Uint8Array => {
    if (position + length > bytes.length) throw invalid();
    position += length;
    return bytes.subarray(position - length, position);
  };
  const read = (wireType: number): Field => {
    if (wireType === 0) return varint();
    if (wireType === 1) return span(8);
    if (wireType === 2) return span(varint());
    if (wireType === 5) return span(4);
    throw invalid();
  };
  while (position < bytes.length) {
    const tag = varint();
    const value = read(tag % 8);
    const id = Math.floor(tag / 8);
    const known = fields.get(id);
    if (known === undefined) fields.set(id, [value]);
    else known.push(value);
  }
  return fields;
}
