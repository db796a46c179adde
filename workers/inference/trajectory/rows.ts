// The rows of a batch as one structure of flat arrays, which are the graph's inputs themselves: nothing is gathered
// before a run, and a finished row is overwritten by the last one.
import type { GraphSizes } from '../bundle/manifest.ts';

/** Rows are padded to a multiple of this before a run. */
export const ROW_PADDING = 16;

/** Storage of the rows of one batch. Row r of an array of width w is [r * w, (r + 1) * w). */
export class RowBlock {
  readonly sizes: GraphSizes;
  readonly capacity: number;
  count = 0;
  /** Horizons that the graph computes: those of the row that has most of them. */
  horizons: number;

  readonly now: Float32Array;
  readonly bag: Float32Array;
  readonly age: Float32Array;
  readonly dt: Float32Array;
  readonly hidden: Float32Array;
  readonly risk: Float32Array;
  readonly logHazard: Float32Array;
  readonly clock: Float32Array;
  readonly tStop: Float32Array;
  readonly horizonLeft: Float32Array;
  readonly outcomeAlive: Float32Array;

  /** How often each event has drawn a clock, beyond the first. */
  readonly occurrence: Uint16Array;
  /** 1 where an intervention holds an event off risk. */
  readonly held: Uint8Array;
  /** Years from the index at the present point, and at the point where the segment stops. */
  readonly time: Float64Array;
  readonly target: Float64Array;
  /** Next instant of a fold, or next intervention of a rollout. */
  readonly cursor: Int32Array;
  /** Path within the leaf. */
  readonly path: Int32Array;

  readonly #columns: readonly { readonly array: MovableArray; readonly width: number }[];

  /** `capacity` is a multiple of ROW_PADDING. */
  constructor(sizes: GraphSizes, capacity: number) {
    this.sizes = sizes;
    this.capacity = capacity;
    this.horizons = sizes.horizons;
    const floats = (width: number): Float32Array => new Float32Array(capacity * width);
    this.now = floats(sizes.vocabulary);
    this.bag = floats(sizes.vocabulary);
    this.age = floats(1);
    this.dt = floats(1);
    this.hidden = floats(sizes.hidden);
    this.risk = floats(sizes.events);
    this.logHazard = floats(sizes.events);
    this.clock = floats(sizes.events).fill(1);
    this.tStop = floats(1).fill(1);
    this.horizonLeft = floats(sizes.horizons);
    this.outcomeAlive = floats(sizes.outcomes);
    this.occurrence = new Uint16Array(capacity * sizes.events);
    this.held = new Uint8Array(capacity * sizes.events);
    this.time = new Float64Array(capacity);
    this.target = new Float64Array(capacity);
    this.cursor = new Int32Array(capacity);
    this.path = new Int32Array(capacity);
    this.#columns = this.#movable();
  }

  #movable(): readonly { readonly array: MovableArray; readonly width: number }[] {
    const arrays = [
      ...[
        this.now,
        this.bag,
        this.age,
        this.dt,
        this.hidden,
        this.risk,
        this.logHazard,
        this.clock,
        this.tStop,
      ],
      ...[this.horizonLeft, this.outcomeAlive, this.occurrence, this.held],
      ...[this.time, this.target, this.cursor, this.path],
    ];
    return arrays.map((array) => ({ array, width: array.length / this.capacity }));
  }

  /** Rows given to the graph: `count` padded up. Rows beyond `count` hold what they held before. */
  get padded(): number {
    return Math.ceil(this.count / ROW_PADDING) * ROW_PADDING;
  }

  /** Overwrites a row with another one. */
  move(from: number, to: number): void {
    for (const { array, width } of this.#columns)
      array.copyWithin(to * width, from * width, (from + 1) * width);
  }

  /** Sets a row to zeros, ready to be filled. */
  clear(row: number): void {
    for (const { array, width } of this.#columns) array.fill(0, row * width, (row + 1) * width);
  }
}

type MovableArray = Float32Array | Float64Array | Uint16Array | Uint8Array | Int32Array;
