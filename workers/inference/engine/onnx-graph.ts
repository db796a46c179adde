// ONNX Runtime behind the StepGraph interface. Imported by engine threads only: session.run() blocks its thread.
import { readFileSync } from 'node:fs';
import { Tensor } from 'onnxruntime-node';
import packageFile from 'onnxruntime-node/package.json' with { type: 'json' };
import { listAt, type TrajectoryModel } from '../trajectory/model.ts';
import type { StepOutputs } from '../trajectory/path-step.ts';
import type { RowBlock } from '../trajectory/rows.ts';
import type { StepGraph } from './lane.ts';
import { openSession } from './provider.ts';
import { type Provider, type ProviderChoice, paddedRows } from './provider-names.ts';

/** A tensor as it crosses threads. */
export interface PlainTensor {
  readonly type: 'float32' | 'int32';
  readonly data: Float32Array | Int32Array;
  readonly shape: readonly number[];
}

/** A graph that can be run with named tensors as well. */
export interface OnnxGraphSession extends StepGraph {
  /** What it runs on. */
  readonly provider: Provider;
  /** One forward pass; answers the outputs that `outputs` names. */
  infer(
    inputs: Readonly<Record<string, PlainTensor>>,
    outputs: readonly string[],
  ): Promise<Readonly<Record<string, PlainTensor>>>;
  release(): Promise<void>;
}

/** Engine class: runtime version, provider, instruction set; last bits depend on it. */
export function engineClass(provider: Provider = 'cpu'): string {
  return `ort-${packageFile.version}/${provider}/${provider === 'cpu' ? instructionSet() : 'device'}`;
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

/** Loads a graph, on the CPU with one intra-op thread unless told otherwise. Rejects with ProviderError. */
export async function openGraph(
  bytes: Uint8Array,
  model: TrajectoryModel,
  choice: ProviderChoice = { provider: 'cpu', allowsCpu: false },
): Promise<OnnxGraphSession> {
  const { session, provider } = await openSession(bytes, choice);
  const step = new StepTensors(outcomeTensor(model), provider);
  return {
    provider,
    run: async (rows) => {
      const { feeds, fetches } = step.of(rows);
      await session.run(feeds, fetches);
      return step.outputs;
    },
    infer: async (inputs, outputs) => {
      const named = Object.entries(inputs).map(([name, tensor]) => [name, toTensor(tensor)] as const);
      const answer = await session.run(Object.fromEntries(named), [...outputs]);
      return Object.fromEntries(outputs.map((name) => [name, toPlain(answer[name])]));
    },
    release: () => session.release(),
  };
}

type Named = Record<string, Tensor>;

/**
 * The tensors of a step over a block of rows. They are views of the block's own arrays and of one set of answer arrays,
 * made once per number of rows: a run then allocates neither tensors nor answers, whose fresh pages cost a tenth of it.
 */
class StepTensors {
  readonly #outMap: Tensor;
  readonly #provider: Provider;
  readonly #byRows = new Map<number, { readonly feeds: Named; readonly fetches: Named }>();
  #block: RowBlock | undefined;
  #outputs: StepOutputs | undefined;

  constructor(outMap: Tensor, provider: Provider) {
    this.#outMap = outMap;
    this.#provider = provider;
  }

  /** What the last run wrote; overwritten by the next. */
  get outputs(): StepOutputs {
    if (this.#outputs === undefined) throw new TypeError('no step has run');
    return this.#outputs;
  }

  /** Feeds and fetches of a block with its present number of rows. */
  of(rows: RowBlock): { readonly feeds: Named; readonly fetches: Named } {
    if (this.#block !== rows) this.#begin(rows);
    const b = paddedRows(rows.count, rows.capacity, this.#provider);
    const known = this.#byRows.get(b);
    if (known !== undefined) return known;
    const made = { feeds: feeds(rows, b, this.#outMap), fetches: fetches(rows, b, this.outputs) };
    this.#byRows.set(b, made);
    return made;
  }

  #begin(rows: RowBlock): void {
    const { hidden, events, horizons, outcomes } = rows.sizes;
    const floats = (width: number): Float32Array => new Float32Array(rows.capacity * width);
    this.#block = rows;
    this.#byRows.clear();
    this.#outputs = {
      hidden: floats(hidden),
      event: new Int32Array(rows.capacity),
      dt: floats(1),
      spent: floats(events),
      compensators: floats(horizons * outcomes),
    };
  }
}

function outcomeTensor(model: TrajectoryModel): Tensor {
  const { events, outcomes } = model.sizes;
  const map = new Float32Array(events * outcomes);
  for (let outcome = 0; outcome < model.outcomes.count; outcome++) {
    for (const event of listAt(model.outcomes.events, outcome)) map[event * outcomes + outcome] = 1;
  }
  return new Tensor('float32', map, [events, outcomes]);
}

function feeds(rows: RowBlock, b: number, outMap: Tensor): Named {
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

function fetches(rows: RowBlock, b: number, outputs: StepOutputs): Named {
  const { hidden, hiddenShape, events, horizons, outcomes } = rows.sizes;
  const float = (array: Float32Array, width: number, shape: readonly number[]): Tensor =>
    new Tensor('float32', array.subarray(0, b * width), [b, ...shape]);
  return {
    h_out: float(outputs.hidden, hidden, hiddenShape),
    event: new Tensor('int32', outputs.event.subarray(0, b), [b]),
    dt_out: float(outputs.dt, 1, [1]),
    cum: float(outputs.spent, events, [events]),
    out_comp: float(outputs.compensators, horizons * outcomes, [horizons, outcomes]),
  };
}

function floats(tensor: Tensor | undefined): Float32Array {
  if (tensor?.data instanceof Float32Array) return tensor.data;
  throw new TypeError('the graph answered another type than float32');
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
