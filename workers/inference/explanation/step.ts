// The rows of an explanation as one forward pass of the graph, from the main thread.
import type { Tensors } from '../engine/messages.ts';
import type { TrajectoryModel } from '../trajectory/model.ts';
import type { RowBlock } from '../trajectory/rows.ts';

/** One forward pass of an ensemble member over some rows. The buffers of the inputs are handed over. */
export type Pass = (inputs: Tensors, outputs: readonly string[], rows: number) => Promise<Tensors>;

/** Above every integrated hazard of a segment: nothing fires, the segment runs to its stop. */
const NEVER_FIRES = 1e5;

/** Runs the graph over the rows of a block. Answers one float array per name. */
export async function pass(
  rows: RowBlock,
  model: TrajectoryModel,
  run: Pass,
  outputs: readonly string[],
): Promise<Readonly<Record<string, Float32Array>>> {
  const answer = await run(tensorsOf(rows, model), outputs, rows.count);
  return Object.fromEntries(outputs.map((name) => [name, floats(answer[name]?.data)]));
}

function floats(data: Float32Array | Int32Array | undefined): Float32Array {
  if (data instanceof Float32Array) return data;
  throw new TypeError('the graph answered another type than float32');
}

function tensorsOf(rows: RowBlock, { sizes }: TrajectoryModel): Tensors {
  const b = rows.count;
  const float = (array: Float32Array, ...shape: readonly number[]) => ({
    type: 'float32' as const,
    data: array.slice(0, b * shape.reduce((product, size) => product * size, 1)),
    shape: [b, ...shape],
  });
  return {
    now: float(rows.now, sizes.vocabulary),
    bag: float(rows.bag, sizes.vocabulary),
    age: float(rows.age, 1),
    dt: float(rows.dt, 1),
    h: float(rows.hidden, ...sizes.hiddenShape),
    risk: float(rows.risk, sizes.events),
    log_hr: float(rows.logHazard, sizes.events),
    clock: float(rows.clock.fill(NEVER_FIRES), sizes.events),
    t_stop: float(rows.tStop, 1),
    h_rem: float(rows.horizonLeft, sizes.horizons),
    out_map: {
      type: 'float32',
      data: new Float32Array(sizes.events * sizes.outcomes),
      shape: [sizes.events, sizes.outcomes],
    },
    out_alive: float(rows.outcomeAlive, sizes.outcomes),
  };
}
