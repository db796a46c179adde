// The inputs of a forward pass as one array, which crosses threads as one piece.
import type { TensorContract } from '../bundle/graph-contract.ts';
import { CallError } from '../errors.ts';
import type { Tensors } from './messages.ts';

/** Puts named inputs one after another, in the order of the contract. Throws CallError ENGINE_FAILED when one lacks. */
export function packInputs(inputs: Tensors, contracts: readonly TensorContract[]): Float32Array {
  const parts = contracts.map(({ name }) => {
    const part = inputs[name]?.data;
    if (part === undefined) throw new CallError('ENGINE_FAILED', 'a pass lacks an input of the graph');
    return part;
  });
  const packed = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    packed.set(part, at);
    at += part.length;
  }
  return packed;
}
