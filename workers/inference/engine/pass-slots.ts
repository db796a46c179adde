// Memory that both sides of a thread see. Small passes and their answers cross in it: a message that carries them costs
// more than their rows, since every array of a message is allocated, copied and collected on both sides.
import type { TensorContract } from '../bundle/graph-contract.ts';
import type { FinishedRun, Tensors } from './messages.ts';

/** Most rows of a pass that fits a slot. */
export const SLOT_ROWS = 4;
const SLOTS = 128;

/** Numbers of the given tensors of a pass. */
export function lengthOf(contracts: readonly TensorContract[], rows: number): number {
  return contracts.reduce((sum, { perRow, shape }) => {
    return sum + shape.reduce((product, size) => product * size, perRow ? rows : 1);
  }, 0);
}

/** The slots of one engine thread. Who takes one owns it until giving it back; only the main thread takes and gives. */
export class PassSlots {
  /** The memory itself, to be given to the other side. */
  readonly memory: SharedArrayBuffer;
  readonly #inputs: readonly Float32Array[];
  readonly #outputs: readonly Float32Array[];
  readonly #free: number[];

  /** Without `memory` it is made. */
  constructor(
    inputs: readonly TensorContract[],
    outputs: readonly TensorContract[],
    memory?: SharedArrayBuffer,
  ) {
    const [input, output] = [lengthOf(inputs, SLOT_ROWS), lengthOf(outputs, SLOT_ROWS)];
    const bytes = (input + output) * Float32Array.BYTES_PER_ELEMENT;
    this.memory = memory ?? new SharedArrayBuffer(SLOTS * bytes);
    const slots = Array.from({ length: SLOTS }, (_, slot) => slot);
    this.#inputs = slots.map((slot) => new Float32Array(this.memory, slot * bytes, input));
    this.#outputs = slots.map((slot) => new Float32Array(this.memory, slot * bytes + input * 4, output));
    // The slot given back last is taken first: its memory is the warmest.
    this.#free = slots.toReversed();
  }

  /** Puts a pass into a free slot; -1 when it does not fit or no slot is free. */
  take(packed: Float32Array, rows: number): number {
    const slot = rows <= SLOT_ROWS ? this.#free.pop() : undefined;
    if (slot === undefined) return -1;
    this.input(slot).set(packed);
    return slot;
  }

  /** Gives a slot back; -1 is ignored. */
  give(slot: number): void {
    if (slot >= 0) this.#free.push(slot);
  }

  /** Writes the answers of a run into the slots of its passes, in the order of the outputs. */
  answer({ passes, outputs }: FinishedRun): void {
    let first = 0;
    for (const { slot, rows } of passes) {
      if (slot >= 0) writeRows(this.output(slot), outputs, first, rows);
      first += rows;
    }
  }

  /** A copy of the answers of a slot. `asked`: what was asked for, in that order. */
  read(slot: number, asked: readonly TensorContract[], rows: number): Tensors {
    const own = this.output(slot).slice(0, lengthOf(asked, rows));
    let from = 0;
    const parts = asked.map((contract) => {
      const size = lengthOf([contract], rows);
      const data =
        contract.type === 'int32'
          ? new Int32Array(own.buffer, from * 4, size)
          : own.subarray(from, from + size);
      from += size;
      return [contract.name, { type: contract.type, data, shape: [rows, ...contract.shape] }] as const;
    });
    return Object.fromEntries(parts);
  }

  /** Where the inputs of a slot are, in the order of the contract. */
  input(slot: number): Float32Array {
    return at(this.#inputs, slot);
  }

  /** Where the answers of a slot are, in the order in which they were asked for. */
  output(slot: number): Float32Array {
    return at(this.#outputs, slot);
  }
}

function writeRows(into: Float32Array, outputs: Tensors, first: number, rows: number): void {
  let to = 0;
  for (const { data, shape } of Object.values(outputs)) {
    const width = shape.slice(1).reduce((product, size) => product * size, 1);
    const part = data.subarray(first * width, (first + rows) * width);
    if (part instanceof Int32Array) new Int32Array(into.buffer, into.byteOffset + to * 4).set(part);
    else into.set(part, to);
    to += part.length;
  }
}

function at(places: readonly Float32Array[], slot: number): Float32Array {
  const place = places[slot];
  if (place === undefined) throw new RangeError('no such slot');
  return place;
}
