import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createCounter, createHistogram, createRegistry } from './metrics.ts';

describe('metrics', () => {
  it('starts every combination of a closed label set at zero', async () => {
    const registry = createRegistry({ process: false });
    createCounter(registry, { name: 'a_total', help: 'a', labels: { result: ['success', 'error'] } });
    createHistogram(registry, { name: 'b_seconds', help: 'b', labels: {}, buckets: [1] });
    const text = await registry.metrics();
    assert.match(text, /a_total\{result="success"\} 0/);
    assert.match(text, /a_total\{result="error"\} 0/);
    assert.match(text, /b_seconds_count 0/);
  });
});
