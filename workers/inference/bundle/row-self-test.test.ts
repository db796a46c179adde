import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PlainTensor } from '../engine/onnx-graph.ts';
import type { Infer } from './golden.ts';
import { outputContract } from './graph-contract.ts';
import type { GraphSizes } from './manifest.ts';
import { isRowStable } from './row-self-test.ts';

const SIZES: GraphSizes = {
  ...{ vocabulary: 5, events: 3, hidden: 4, hiddenShape: [2, 2], horizons: 8, outcomes: 2 },
};

/** A graph whose every output of a row is `rule` of the row's age, the place of the row and the rows in the batch. */
const graphOf =
  (rule: (age: number, row: number, rows: number) => number): Infer =>
  async (inputs) => {
    const ages = inputs['age']?.data ?? new Float32Array();
    const outputs = outputContract(SIZES).map(({ name, type, shape }): readonly [string, PlainTensor] => {
      const width = shape.reduce((product, size) => product * size, 1);
      const length = ages.length * width;
      const value = (at: number): number => {
        const row = Math.floor(at / width);
        return rule(ages[row] ?? 0, row, ages.length);
      };
      const fill = (_: unknown, at: number): number => value(at);
      const data = type === 'int32' ? Int32Array.from({ length }, fill) : Float32Array.from({ length }, fill);
      return [name, { type, data, shape: [ages.length, ...shape] }];
    });
    return Object.fromEntries(outputs);
  };

describe('row self-test', () => {
  it('passes a graph whose rows do not see each other', async () => {
    assert.equal(
      await isRowStable(
        SIZES,
        graphOf((age) => age * 1.1),
      ),
      true,
    );
  });

  it('fails a graph whose last bit depends on the size of the batch', async () => {
    assert.equal(
      await isRowStable(
        SIZES,
        graphOf((age, _row, rows) => age * (rows > 100 ? 1.1 : 1.1000001)),
      ),
      false,
    );
  });

  it('fails a graph whose rows depend on their place, as in the tail of a vector loop', async () => {
    assert.equal(
      await isRowStable(
        SIZES,
        graphOf((age, row) => age * (row % 16 === 15 ? 1.0000001 : 1)),
      ),
      false,
    );
  });
});
