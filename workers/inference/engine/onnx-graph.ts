// ONNX Runtime behind the StepGraph interface. Imported by engine threads only: session.run() blocks its thread.
import { readFileSync } from 'node:fs';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import packageFile from 'onnxruntime-node/package.json' with { type: 'json' };
import { listAt, type TrajectoryModel } from '../trajectory/model.ts';
import type { StepOutputs } from '../trajectory/path-step.ts';
import type { RowBlock } from '../trajectory/rows.ts';
import type { StepGraph } from './lane.ts';

/** A tensor as it crosses threads. */
export interface PlainTensor {
  readonly type: 'float32' | 'int32';
  readonly data: Float32Array | Int32Array;
  readonly shape: readonly number[];
}

/** A graph that can be run with named tensors as well. */
export interface OnnxGraphSession extends StepGraph {
  /** One forward pass; answers the outputs that `outputs` names. */
  infer(
    inputs: Readonly<Record<string, PlainTensor>>,
    outputs: readonly string[],
  ): Promise<Readonly<Record<string, PlainTensor>>>;
  release(): Promise<void>;
}

const STEP_OUTPUTS = ['h_out', 'event', 'dt_out', 'cum', 'out_comp'] as const;

/** Engine class: runtime version, provider, instruction set; last bits depend on it. */
export function engineClass(): string {
  return `ort-${packageFile.version}/cpu/${instructionSet()}`;
}

function instructionSet(): string {
  if (process.arch === 'arm64') return 'arm64';
  const flags = processorFlags();
  if (flags.includes(' avx512f')) return 'avx512';
  return flags.includes(' avx2') ? 'avx2' : 'base';
}

function processorFlags(): string {
  try {
    return readFileSync('/proc/cpuinfo', 'utf8');
  } catch {
    return '';
  }
}

/** Loads a graph on the CPU provider with one intra-op thread. */
export async function openGraph(bytes: Uint8Array, model: TrajectoryModel): Promise<OnnxGraphSession> {
  const session = await InferenceSession.create(bytes, {
    executionProviders: ['cpu'],
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    extra: { session: { intra_op: { allow_spinning: '0' } } },
  });
  const outMap = outcomeTensor(model);
  return {
    run: async (rows) => toOutputs(await session.run(feeds(rows, outMap), [...STEP_OUTPUTS])),
    infer: async (inputs, outputs) => {
      const named = Object.entries(inputs).map(([name, tensor]) => [name, toTensor(tensor)] as const);
      const answer = await session.run(Object.fromEntries(named), [...outputs]);
      return Object.fromEntries(outputs.map((name) => [name, toPlain(answer[name])]));
    },
    release: () => session.release(),
  };
}

function outcomeTensor(model: TrajectoryModel): Tensor {
  const { events, outcomes } = model.sizes;
  const map = new Float32Array(events * outcomes);
  for (let outcome = 0; outcome < model.outcomes.count; outcome++) {
    for (const event of listAt(model.outcomes.events, outcome)) map[event * outcomes + outcome] = 1;
  }
  return new Tensor('float32', map, [events, outcomes]);
}

function feeds(rows: RowBlock, outMap: Tensor): Record<string, Tensor> {
  const b = rows.padded;
  const { sizes } = rows;
  const float = (array: Float32Array, width: number): Tensor =>
    new Tensor('float32', array.subarray(0, b * width), [b, width]);
  return {
    now: float(rows.now, sizes.vocabulary),
    bag: float(rows.bag, sizes.vocabulary),
    age: float(rows.age, 1),
    dt: float(rows.dt, 1),
    h: new Tensor('float32', rows.hidden.subarray(0, b * sizes.hidden), [b, ...sizes.hiddenShape]),
    risk: float(rows.risk, sizes.events),
    log_hr: float(rows.logHazard, sizes.events),
    clock: float(rows.clock, sizes.events),
    t_stop: float(rows.tStop, 1),
    h_rem: float(rows.horizonLeft, sizes.horizons),
    out_map: outMap,
    out_alive: float(rows.outcomeAlive, sizes.outcomes),
  };
}

function toOutputs(answer: Readonly<Record<string, Tensor>>): StepOutputs {
  return {
    hidden: floats(answer['h_out']),
    event: integers(answer['event']),
    dt: floats(answer['dt_out']),
    spent: floats(answer['cum']),
    compensators: floats(answer['out_comp']),
  };
}

function floats(tensor: Tensor | undefined): Float32Array {
  if (tensor?.data instanceof Float32Array) return tensor.data;
  throw new TypeError('the graph answered another type than float32');
}

function integers(tensor: Tensor | undefined): Int32Array {
  if (tensor?.data instanceof Int32Array) return tensor.data;
  throw new TypeError('the graph answered another type than int32');
}

function toTensor({ data, shape }: PlainTensor): Tensor {
  return data instanceof Float32Array
    ? new Tensor('float32', data, [...shape])
    : new Tensor('int32', data, [...shape]);
}

function toPlain(tensor: Tensor | undefined): PlainTensor {
  if (tensor?.data instanceof Int32Array) return { type: 'int32', data: tensor.data, shape: tensor.dims };
  return { type: 'float32', data: floats(tensor), shape: tensor?.dims ?? [] };
}
