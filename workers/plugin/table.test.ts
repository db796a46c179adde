import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { interval, percent, points, span, table } from './table.ts';

describe('what people see', () => {
  it('columns as wide as their widest cell', () => {
    assert.deepEqual(table(['A', 'LONG'], [['wide cell', 'x']]), ['A          LONG', 'wide cell  x']);
  });
  it('risks, intervals and differences', () => {
    assert.equal(percent(0.1234), '12.3 %');
    assert.equal(interval(0.1, 0.2), '10.0 % to 20.0 %');
    assert.equal(points(0.012), '+1.2 pp');
    assert.equal(points(-0.012), '-1.2 pp');
    assert.equal(points(0), '+0.0 pp');
  });
  it('spans in years where they are whole', () => {
    assert.equal(span(1826.25), '5 y');
    assert.equal(span(182.625), '0.5 y');
    assert.equal(span(30), '30 d');
  });
});
