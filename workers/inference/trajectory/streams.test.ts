import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { eventStream, streamKey, unitExponential } from './streams.ts';

const key = streamKey(7n, Buffer.from('subject'));

describe('random streams', () => {
  it('gives the same draw for the same key and another for each part of it', () => {
    const base = unitExponential(key, 3, eventStream('mi'), 0);
    assert.equal(unitExponential(key, 3, eventStream('mi'), 0), base);
    const others = [
      unitExponential(key, 4, eventStream('mi'), 0),
      unitExponential(key, 3, eventStream('stroke'), 0),
      unitExponential(key, 3, eventStream('mi'), 1),
      unitExponential(streamKey(8n, Buffer.from('subject')), 3, eventStream('mi'), 0),
      unitExponential(streamKey(7n, Buffer.from('other')), 3, eventStream('mi'), 0),
    ];
    assert.equal(new Set([base, ...others]).size, 6);
  });

  it('draws unit exponentials: mean 1, variance 1, P(X > 2) = e^-2', () => {
    const draws = Array.from({ length: 40_000 }, (_, sample) => unitExponential(key, sample, 99, 0));
    const mean = draws.reduce((sum, value) => sum + value, 0) / draws.length;
    const variance = draws.reduce((sum, value) => sum + (value - mean) ** 2, 0) / draws.length;
    const beyond = draws.filter((value) => value > 2).length / draws.length;
    assert.ok(Math.abs(mean - 1) < 0.025, `mean ${mean}`);
    assert.ok(Math.abs(variance - 1) < 0.07, `variance ${variance}`);
    assert.ok(Math.abs(beyond - Math.exp(-2)) < 0.009, `beyond ${beyond}`);
  });

  it('is a float32', () => {
    const draw = unitExponential(key, 0, 1, 0);
    assert.equal(Math.fround(draw), draw);
  });
});
