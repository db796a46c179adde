import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ManualClock } from '#runtime/manual-clock.ts';
import { EventSeries } from './event-series.ts';
import { cutNote } from './recorder.ts';

const story = { regardingUid: 'u', type: 'Normal', reason: 'Bound', action: 'Bind' } as const;

describe('events of one story', () => {
  it('are one event, then a count at the second and once a minute', () => {
    const clock = new ManualClock();
    const series = new EventSeries(clock);
    assert.deepEqual(series.occurred(story), { write: 'Create' });
    series.created(story, 'e1');
    assert.deepEqual(series.occurred(story), { write: 'Series', eventName: 'e1', count: 2 });
    for (let i = 0; i < 5; i++) assert.deepEqual(series.occurred(story), { write: 'Nothing' });
    clock.advance(60_000);
    assert.deepEqual(series.occurred(story), { write: 'Series', eventName: 'e1', count: 8 });
  });

  it('are a new event after six minutes of silence', () => {
    const clock = new ManualClock();
    const series = new EventSeries(clock);
    series.occurred(story);
    series.created(story, 'e1');
    clock.advance(6 * 60_000 + 1);
    assert.deepEqual(series.occurred(story), { write: 'Create' });
  });

  it('are different stories when object, type, reason or action differ', () => {
    const series = new EventSeries(new ManualClock());
    series.occurred(story);
    const others = [
      { ...story, regardingUid: 'v' },
      { ...story, type: 'Warning' as const },
      { ...story, reason: 'Lost' },
      { ...story, action: 'Unbind' },
    ];
    for (const other of others) assert.deepEqual(series.occurred(other), { write: 'Create' });
  });

  it('begin again when the event could not be written', () => {
    const series = new EventSeries(new ManualClock());
    series.occurred(story);
    series.lost(story);
    assert.deepEqual(series.occurred(story), { write: 'Create' });
  });

  it('do not fill memory: the oldest stories are forgotten', () => {
    const series = new EventSeries(new ManualClock());
    series.occurred(story);
    for (let i = 0; i < 4_096; i++) series.occurred({ ...story, regardingUid: String(i) });
    assert.deepEqual(series.occurred(story), { write: 'Create' });
  });
});

describe('a note', () => {
  it('stays as it is up to 1 kB and is cut to that beyond, at a whole character', () => {
    assert.equal(cutNote('x'.repeat(1_024)), 'x'.repeat(1_024));
    for (const letter of ['x', 'ä', '€', '😀']) {
      const cut = cutNote(letter.repeat(1_025));
      assert.ok(Buffer.byteLength(cut) <= 1_024);
      assert.ok(Buffer.byteLength(cut) > 1_015);
      assert.match(cut, /…$/);
      assert.doesNotMatch(cut, /�/);
    }
  });
});
