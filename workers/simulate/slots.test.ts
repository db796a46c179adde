import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Slots } from './slots.ts';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('slots', () => {
  it('never runs more at once than there are places, and runs all', async () => {
    const slots = new Slots(3);
    let [running, most, done] = [0, 0, 0];
    await Promise.all(
      Array.from({ length: 20 }, () =>
        slots.within(async () => {
          most = Math.max(most, ++running);
          await turn();
          running--;
          done++;
        }),
      ),
    );
    assert.deepEqual([most, done], [3, 20]);
  });

  it('gives a place back when the work fails', async () => {
    const slots = new Slots(1);
    await assert.rejects(slots.within(async () => Promise.reject(new Error('no'))));
    assert.equal(await slots.within(async () => 7), 7);
  });

  it('is idle only when nobody waits for a place', async () => {
    const slots = new Slots(1);
    const first = Promise.withResolvers<void>();
    const second = Promise.withResolvers<void>();
    const works = [slots.within(() => first.promise), slots.within(() => second.promise)];
    let isIdle = false;
    const idle = slots.idle(new AbortController().signal).then(() => {
      isIdle = true;
    });
    first.resolve();
    await turn();
    assert.equal(isIdle, false, 'the second work has the place now');
    second.resolve();
    await idle;
    await Promise.all(works);
    assert.equal(isIdle, true);
  });

  it('stops waiting when it is told to', async () => {
    const slots = new Slots(1);
    const work = Promise.withResolvers<void>();
    const running = slots.within(() => work.promise);
    await slots.idle(AbortSignal.timeout(10));
    work.resolve();
    await running;
  });
});
