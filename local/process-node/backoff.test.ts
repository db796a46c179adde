import assert from 'node:assert/strict';
import { it } from 'node:test';
import { type Backoff, KUBELET_BACKOFF, mayStartAt, raised } from './backoff.ts';

it('the first restart is immediate, then delays double from 10 s to 5 minutes', () => {
  let backoff: Backoff | undefined;
  let now = 0;
  const delays: number[] = [];
  for (let restart = 0; restart < 8; restart += 1) {
    const at = mayStartAt(backoff, now, KUBELET_BACKOFF);
    delays.push((at - now) / 1000);
    backoff = raised(backoff, now, at, KUBELET_BACKOFF);
    now = at;
  }
  assert.deepEqual(delays, [0, 10, 20, 40, 80, 160, 300, 300]);
});

it('ten calm minutes are forgiven', () => {
  const backoff = { delay: 80_000, raisedAt: 0 };
  assert.equal(mayStartAt(backoff, 600_001, KUBELET_BACKOFF), 600_001);
  assert.equal(raised(backoff, 600_001, 600_001, KUBELET_BACKOFF).delay, 10_000);
});
