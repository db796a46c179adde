// The graph contract hazard-step/1: names, shapes and types of inputs and outputs, and operators whose result for a
// row has the same bits in any batch.
import { BundleError } from '../errors.ts';
import type { GraphSizes } from './manifest.ts';
import { type OnnxGraph, type OnnxNode, type OnnxValue, readOnnx } from './onnx-reader.ts';

const FLOAT32 = 1;
const INT32 = 6;
const SUPPORTED_OPSETS = [17, 22] as const;

// Measured row-stable in ONNX Runtime 1.30 on CPU. Not: Log, Sin, Cos, Softplus, ReduceSum, and control flow.
const ALLOWED_OPERATORS: ReadonlySet<string> = new Set([
  ...['Abs', 'Add', 'And', 'ArgMax', 'ArgMin', 'Cast', 'Clip', 'Concat', 'Constant', 'Div', 'Equal', 'Exp'],
  ...[
    'Expand',
    'Flatten',
    'GRU',
    'Gather',
    'Gemm',
    'Greater',
    'GreaterOrEqual',
    'Identity',
    'LayerNormalization',
  ],
  ...[
    'Less',
    'LessOrEqual',
    'MatMul',
    'Max',
    'Min',
    'Mul',
    'Neg',
    'Not',
    'Or',
    'ReduceMax',
    'ReduceMin',
    'Relu',
  ],
  ...['Reshape', 'Sigmoid', 'Slice', 'Softmax', 'Split', 'Squeeze', 'Sub', 'Tanh', 'Transpose', 'Unsqueeze'],
  'Where',
]);

/** A tensor of the contract: `perRow` ones have the leading axis b. */
export interface TensorContract {
  readonly name: string;
  readonly type: 'float32' | 'int32';
  readonly perRow: boolean;
  /** Sizes without the leading axis b. */
  readonly shape: readonly number[];
}

/** Inputs of hazard-step/1. */
export function inputContract(sizes: GraphSizes): readonly TensorContract[] {
  const { vocabulary, events, horizons, outcomes, hiddenShape } = sizes;
  return [
    float('now', [vocabulary]),
    float('bag', [vocabulary]),
    float('age', [1]),
    float('dt', [1]),
    float('h', hiddenShape),
    float('risk', [events]),
    float('log_hr', [events]),
    float('clock', [events]),
    float('t_stop', [1]),
    float('h_rem', [horizons]),
    { ...float('out_map', [events, outcomes]), perRow: false },
    float('out_alive', [outcomes]),
  ];
}

/** Outputs of hazard-step/1. */
export function outputContract(sizes: GraphSizes): readonly TensorContract[] {
  const { events, horizons, outcomes, hiddenShape } = sizes;
  return [
    float('h_out', hiddenShape),
    { name: 'event', type: 'int32', perRow: true, shape: [] },
    float('dt_out', [1]),
    float('cum', [events]),
    float('out_comp', [horizons, outcomes]),
    float('log_lambda', [events]),
  ];
}

function float(name: string, shape: readonly number[]): TensorContract {
  return { name, type: 'float32', perRow: true, shape };
}

/** Checks a graph file against hazard-step/1. Throws BundleError ContractViolation that says what differs. */
export function checkGraph(bytes: Uint8Array, sizes: GraphSizes): void {
  const graph = read(bytes);
  const [lowest, highest] = SUPPORTED_OPSETS;
  if (graph.opset < lowest || graph.opset > highest) throw violation(`uses opset ${graph.opset}`);
  if (graph.hasExternalData) throw violation('keeps data outside of its file');
  if (graph.hasFunctions) throw violation('has functions or sparse tensors of its own');
  checkValues(
    'input',
    graph.inputs.filter(({ name }) => !graph.initializers.includes(name)),
    inputContract(sizes),
  );
  checkValues('output', graph.outputs, outputContract(sizes));
  for (const node of graph.nodes) checkNode(node);
  checkProducts(graph);
}

function read(bytes: Uint8Array): OnnxGraph {
  try {
    return readOnnx(bytes);
  } catch (cause) {
    throw new BundleError('ContractViolation', 'a graph file is no ONNX model; export the bundle again', {
      cause,
    });
  }
}

function checkNode(node: OnnxNode): void {
  if (node.domain !== '' && node.domain !== 'ai.onnx') throw violation('has an operator of another domain');
  if (node.hasSubgraph) throw violation('has a nested graph');
  if (!ALLOWED_OPERATORS.has(node.operator)) {
    throw violation(`has the operator ${node.operator.slice(0, 40)}, which is not row-stable`);
  }
}

function checkValues(
  role: 'input' | 'output',
  found: readonly OnnxValue[],
  wanted: readonly TensorContract[],
): void {
  const byName = new Map(found.map((value) => [value.name, value]));
  const missing = wanted.find(({ name }) => !byName.has(name));
  if (missing !== undefined) throw violation(`lacks the ${role} ${missing.name}`);
  if (found.length !== wanted.length) throw violation(`has an ${role} beyond the contract`);
  for (const contract of wanted) {
    const value = byName.get(contract.name);
    if (value === undefined || !fits(value, contract)) {
      throw violation(`has another shape or type of the ${role} ${contract.name}`);
    }
  }
}

function fits(value: OnnxValue, contract: TensorContract): boolean {
  const type = contract.type === 'float32' ? FLOAT32 : INT32;
  const shape = contract.perRow ? value.shape.slice(1) : value.shape;
  const hasRowAxis = !contract.perRow || typeof value.shape[0] === 'string';
  return (
    value.elementType === type &&
    hasRowAxis &&
    shape.length === contract.shape.length &&
    shape.every((size, axis) => size === contract.shape[axis])
  );
}

/** A product whose right-hand side depends on the rows is not row-stable; `out_map` is the one that may vary. */
function checkProducts(graph: OnnxGraph): void {
  const constants = new Set([...graph.initializers, 'out_map']);
  for (const node of graph.nodes) {
    if (multipliesByRows(node, constants)) {
      throw violation('multiplies by a right-hand side that depends on the rows');
    }
    const isConstant = node.inputs.every((name) => constants.has(name));
    if (isConstant) for (const name of node.outputs) constants.add(name);
  }
}

function multipliesByRows({ operator, inputs }: OnnxNode, constants: ReadonlySet<string>): boolean {
  return (operator === 'MatMul' || operator === 'Gemm') && !constants.has(inputs[1] ?? '');
}

function violation(problem: string): BundleError {
  return new BundleError(
    'ContractViolation',
    `the graph ${problem}; export it by the contract hazard-step/1`,
  );
}
