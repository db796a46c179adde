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

/** How horizons that no row needs are treated: computed with the others, or left out of a run. */
export type Horizons = 'all' | 'as-needed';

/** Loads a graph, on the CPU with one intra-op thread unless told otherwise. Rejects with ProviderError. */
export async function openGraph(
  bytes: Uint8Array,
  model: TrajectoryModel,
  choice: ProviderChoice = { provider: 'cpu', allowsCpu: false },
  horizons: Horizons = 'all',
): Promise<OnnxGraphSession> {
  const { session, provider } = await openSession(bytes, choice);
  const step = new StepTensors(outcomeTensor(model), provider, horizons);
  return {
    provider,
    run: async (rows) => {
      const { feeds, fetches, outputs } = step.of(rows);
      discard(await session.run(feeds, fetches), fetches);
      return outputs;
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
 * Frees what the binding copied out of the answers that a run wrote to their places. Left to the collector, which sees
 * small objects and not their memory, copies pile up until all of the heap is marked for them.
 */
function discard(copies: Readonly<Record<string, Tensor>>, fetches: Named): void {
  for (const [name, copy] of Object.entries(copies)) {
    const memory = memoryOf(copy);
    if (memory instanceof ArrayBuffer && memory !== memoryOf(fetches[name])) memory.transfer(0);
  }
}

function memoryOf(tensor: Tensor | undefined): ArrayBufferLike | undefined {
  return ArrayBuffer.isView(tensor?.data) ? tensor.data.buffer : undefined;
}

interface StepRun {
  readonly feeds: Named;
  readonly fetches: Named;
  /** What the fetches are written to; overwritten by the next run. */
  readonly outputs: StepOutputs;
}

/**
 * The tensors of a step over a block of rows. They are views of the block's own arrays and of one set of answer arrays,
 * made once per number of rows: a run then allocates neither tensors nor answers, whose fresh pages cost a tenth of it.
 */
class StepTensors {
  readonly #outMap: Tensor;
  readonly #provider: Provider;
  readonly #horizons: Horizons;
  readonly #bySize = new Map<number, StepRun>();
  #block: RowBlock | undefined;
  #answers: Omit<StepOutputs, 'horizons'> | undefined;
  /** What is left of the horizons that are computed, closed up. */
  #left = new Float32Array();

  constructor(outMap: Tensor, provider: Provider, horizons: Horizons) {
    this.#outMap = outMap;
    this.#provider = provider;
    this.#horizons = horizons;
  }

  /** Feeds and fetches of a block with its present number of rows. */
  of(rows: RowBlock): StepRun {
    if (this.#block !== rows) this.#begin(rows);
    const all = rows.sizes.horizons;
    const horizons = this.#horizons === 'all' ? all : rows.horizons;
    const b = paddedRows(rows.count, rows.capacity, this.#provider);
    if (horizons < all) closeUp(rows, b, horizons, this.#left);
    const size = b * all + horizons - 1;
    const known = this.#bySize.get(size) ?? this.#make(rows, b, horizons);
    this.#bySize.set(size, known);
    return known;
  }

  #make(rows: RowBlock, b: number, horizons: number): StepRun {
    if (this.#answers === undefined) throw new TypeError('no block of rows has begun');
    const outputs = { ...this.#answers, horizons };
    const left = horizons < rows.sizes.horizons ? this.#left : rows.horizonLeft;
    return {
      feeds: { ...feeds(rows, b, this.#outMap), h_rem: columns(left, b, [horizons]) },
      fetches: fetches(rows, b, outputs),
      outputs,
    };
  }

  #begin(rows: RowBlock): void {
    const { hidden, events, horizons, outcomes } = rows.sizes;
    const floats = (width: number): Float32Array<ArrayBuffer> => new Float32Array(rows.capacity * width);
    this.#block = rows;
    this.#bySize.clear();
    this.#left = floats(horizons);
    this.#answers = {
      hidden: floats(hidden),
      event: new Int32Array(rows.capacity),
      dt: floats(1),
      spent: floats(events),
      compensators: floats(horizons * outcomes),
    };
  }
}

/** Writes the first `horizons` columns of what is left of the horizons into an array of that width. */
function closeUp(rows: RowBlock, b: number, horizons: number, into: Float32Array): void {
  const { horizonLeft, sizes } = rows;
  for (let row = 0; row < b; row++) {
    const from = row * sizes.horizons;
    for (let at = 0; at < horizons; at++) into[row * horizons + at] = horizonLeft[from + at] ?? 0;
  }
}

/** The first `b` rows of an array as a tensor. */
function columns(array: Float32Array, b: number, shape: readonly number[]): Tensor {
  const width = shape.reduce((product, size) => product * size, 1);
  return new Tensor('float32', array.subarray(0, b * width), [b, ...shape]);
}

function outcomeTensor(model: TrajectoryModel): Tensor {
  const { events, outcomes } = model.sizes;
  const map = new Float32Array(events * outcomes);
  for (let outcome = 0; outcome < model.outcomes.count; outcome++) {
    for (const event of listAt(model.outcomes.events, outcome)) map[event * outcomes + outcome] = 1;
  }
  return new Tensor('float32', map, [events, outcomes]);
}

/** Everything but what is left of the horizons. */
function feeds(rows: RowBlock, b: number, outMap: Tensor): Named {
  const { sizes } = rows;
  return {
    now: columns(rows.now, b, [sizes.vocabulary]),
    bag: columns(rows.bag, b, [sizes.vocabulary]),
    age: columns(rows.age, b, [1]),
    dt: columns(rows.dt, b, [1]),
    h: columns(rows.hidden, b, sizes.hiddenShape),
    risk: columns(rows.risk, b, [sizes.events]),
    log_hr: columns(rows.logHazard, b, [sizes.events]),
    clock: columns(rows.clock, b, [sizes.events]),
    t_stop: columns(rows.tStop, b, [1]),
    out_map: outMap,
    out_alive: columns(rows.outcomeAlive, b, [sizes.outcomes]),
  };
}

function fetches(rows: RowBlock, b: number, outputs: StepOutputs): Named {
  const { hiddenShape, events, outcomes } = rows.sizes;
  return {
    h_out: columns(outputs.hidden, b, hiddenShape),
    event: new Tensor('int32', outputs.event.subarray(0, b), [b]),
    dt_out: columns(outputs.dt, b, [1]),
    cum: columns(outputs.spent, b, [events]),
    out_comp: columns(outputs.compensators, b, [outputs.horizons, outcomes]),
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
