// Does a graph answer some horizons with the same bits as all of them? Few questions have eight, and what a graph
// computes for horizons that nobody asked for is up to a quarter of its time. Run at load, on this very machine.
import type { PlainTensor } from '../engine/onnx-graph.ts';
import type { Infer } from './golden.ts';
import { outputContract } from './graph-contract.ts';
import type { GraphSizes } from './manifest.ts';
import { freeAxis } from './onnx-reader.ts';
import { sameBits, sampleInputs } from './row-self-test.ts';

const HORIZON_AXIS = 1;
const LEFT = 'h_rem';
const COMPENSATORS = 'out_comp';

/** A copy of a graph file whose number of horizons is that of a run; undefined when its form does not allow it. */
export function withFreeHorizons(bytes: Uint8Array): Uint8Array | undefined {
  const freed = Uint8Array.from(bytes);
  const isFree =
    freeAxis(freed, 'input', LEFT, HORIZON_AXIS) && freeAxis(freed, 'output', COMPENSATORS, HORIZON_AXIS);
  return isFree ? freed : undefined;
}

/** Whether every output has the same bits with fewer horizons as with all. False as well when the graph refuses some. */
export async function answersFewerHorizons(sizes: GraphSizes, infer: Infer): Promise<boolean> {
  const outputs = outputContract(sizes);
  const names = outputs.map(({ name }) => name);
  const inputs = sampleInputs(sizes);
  const whole = await infer(inputs, names);
  for (let horizons = 1; horizons < sizes.horizons; horizons++) {
    const part = await inferOrNothing(
      infer,
      { ...inputs, [LEFT]: firstColumns(inputs[LEFT], horizons) },
      names,
    );
    const agrees = names.every((name) => {
      const wanted = name === COMPENSATORS ? firstColumns(whole[name], horizons) : whole[name];
      const found = part[name];
      return wanted !== undefined && found !== undefined && sameBits(found.data, wanted.data);
    });
    if (!agrees) return false;
  }
  return true;
}

async function inferOrNothing(infer: Infer, ...[inputs, names]: Parameters<Infer>): ReturnType<Infer> {
  try {
    return await infer(inputs, names);
  } catch {
    return {};
  }
}

/** The first horizons of a tensor [rows, horizons, ...]. */
function firstColumns(tensor: PlainTensor | undefined, horizons: number): PlainTensor {
  const [rows = 0, all = 0, ...rest] = tensor?.shape ?? [];
  const width = rest.reduce((product, size) => product * size, 1);
  const data = new Float32Array(rows * horizons * width);
  for (let row = 0; row < rows; row++) {
    const from = row * all * width;
    data.set(tensor?.data.subarray(from, from + horizons * width) ?? [], row * horizons * width);
  }
  return { type: 'float32', data, shape: [rows, horizons, ...rest] };
}
