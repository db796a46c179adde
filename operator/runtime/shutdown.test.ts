import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { describe, it } from 'node:test';
import { seconds } from './duration.ts';
import { createLog } from './log.ts';
import { ManualClock } from './manual-clock.ts';
import { createShutdown } from './shutdown.ts';

describe('shutdown', () => {
  const silent = createLog({ name: 'test', level: 'silent' });

  it('stops what was registered last first, once, and goes on after a step that fails', async () => {
    const source = new EventEmitter();
    const process = { on: (name: string, run: () => void) => source.on(name, run) };
    const shutdown = createShutdown({ log: silent, clock: new ManualClock(), source: process as never });
    const order: string[] = [];
    shutdown.onShutdown('first', () => void order.push('first'));
    shutdown.onShutdown('second', () => {
      order.push('second');
      throw new Error('fails');
    });
    source.emit('SIGTERM');
    source.emit('SIGINT');
    assert.equal(shutdown.signal.aborted, true);
    assert.equal(await shutdown.ended, false);
    assert.deepEqual(order, ['second', 'first']);
  });

  it('ends when the grace period has passed although a step hangs', async () => {
    const clock = new ManualClock();
    const source = { on: () => source };
    const shutdown = createShutdown({ log: silent, clock, grace: seconds(5), source: source as never });
    shutdown.onShutdown('hangs', () => new Promise(() => {}));
    const ended = shutdown.begin('test');
    clock.advance(5_000);
    await ended;
    assert.equal(await shutdown.ended, false);
  });
});
