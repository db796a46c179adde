import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createRegistry } from '#runtime/metrics.ts';
import { createIngestMetrics } from './metrics.ts';

const result = {
  received: 3,
  stored: 1,
  unchanged: 0,
  quarantined: 2,
  subjectsChanged: 1,
  quarantinedByReason: { SUBJECT_SUPPRESSED: 1, 'John Smith': 1 },
};

describe('the metrics of ingest', () => {
  it('count by reason, and a reason that is not known is OTHER: no text becomes a label', async () => {
    const registry = createRegistry({ process: false });
    createIngestMetrics(registry).batch([], result);
    const text = await registry.metrics();
    assert.match(text, /twinward_ingest_records_total\{result="quarantined"\} 2/);
    assert.match(text, /twinward_ingest_quarantined_total\{reason="SUBJECT_SUPPRESSED"\} 1/);
    assert.match(text, /twinward_ingest_quarantined_total\{reason="OTHER"\} 1/);
    assert.match(text, /twinward_ingest_quarantined_total\{reason="MALFORMED_JSON"\} 0/);
    assert.doesNotMatch(text, /John/);
  });
});
