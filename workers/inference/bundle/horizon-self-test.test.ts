import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { PlainTensor } from '../engine/onnx-graph.ts';
import type { Infer } from './golden.ts';
import { outputContract } from './graph-contract.ts';
import { answersFewerHorizons, withFreeHorizons } from './horizon-self-test.ts';
import type { GraphSizes } from './manifest.ts';
import { readOnnx } from './onnx-reader.ts';

const SIZES: GraphSizes = {
  ...{ vocabulary: 5, events: 3, hidden: 4, hiddenShape: [2, 2], horizons: 8, outcomes: 2 },
};

/** A graph whose every output is `rule` of the row's age and the number of horizons in the run. */
const graphOf =
  (rule: (age: number, horizons: number) => number): Infer =>
  async (inputs) => {
    const ages = inputs['age']?.data ?? new Float32Array();
    const horizons = inputs['h_rem']?.shape[1] ?? 0;
    const outputs = outputContract(SIZES).map(({ name, type, shape }): readonly [string, PlainTensor] => {
      const own = name === 'out_comp' ? [horizons, ...shape.slice(1)] : shape;
      const width = own.reduce((product, size) => product * size, 1);
      const length = ages.length * width;
      const fill = (_: unknown, at: number): number => rule(ages[Math.floor(at / width)] ?? 0, horizons);
      const data = type === 'int32' ? Int32Array.from({ length }, fill) : Float32Array.from({ length }, fill);
      return [name, { type, data, shape: [ages.length, ...own] }];
    });
    return Object.fromEntries(outputs);
  };

describe('horizons that nobody asked for', () => {
  it('are left out of a graph that answers the others alike', async () => {
    assert.equal(
      await answersFewerHorizons(
        SIZES,
        graphOf((age) => age * 1.1),
      ),
      true,
    );
  });

  it('stay in a graph whose last bit depends on their number', async () => {
    const graph = graphOf((age, horizons) => age * (horizons === 3 ? 1.1 : 1.1000001));
    assert.equal(await answersFewerHorizons(SIZES, graph), false);
  });

  it('stay in a graph that does not run without them', async () => {
    const graph = graphOf((age, horizons) => {
      if (horizons !== 8) throw new Error('shape');
      return age;
    });
    assert.equal(await answersFewerHorizons(SIZES, graph), false);
  });

  it('are an axis without a size in the shipped graph, and nothing else of it changes', () => {
    const path = fileURLToPath(
      new URL('../../../models/bundles/trajectory-core/member-0/step.onnx', import.meta.url),
    );
    const bytes = readFileSync(path);
    const before = readOnnx(bytes);
    const freed = withFreeHorizons(bytes);
    assert.ok(freed !== undefined);
    const free = (values: typeof before.inputs, name: string): typeof before.inputs =>
      values.map((value) =>
        value.name === name
          ? { ...value, shape: value.shape.map((size, axis) => (axis === 1 ? '' : size)) }
          : value,
      );
    assert.deepEqual(readOnnx(freed), {
      ...before,
      inputs: free(before.inputs, 'h_rem'),
      outputs: free(before.outputs, 'out_comp'),
    });
    assert.equal(freed.filter((byte, at) => byte !== bytes[at]).length, 4);
    assert.deepEqual(readOnnx(bytes), before);
  });
});
