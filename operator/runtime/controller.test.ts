import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { Controller, type ControllerOptions, type Reconcile } from './controller.ts';
import { createControllerMetrics } from './controller-metrics.ts';
import { minutes } from './duration.ts';
import { CodedError, StaleError, TerminalError } from './errors.ts';
import { createLog } from './log.ts';
import { ManualClock } from './manual-clock.ts';
import { createRegistry } from './metrics.ts';
import type { KubernetesObject } from './objects.ts';
import { PRIORITY } from './queue.ts';
import { RESOURCES } from './resource-types.ts';
import { Store } from './store.ts';
import { WriteTracker } from './write-tracker.ts';

const x = { namespace: 'a', name: 'x' };

function aController(reconcile: Reconcile, options: Partial<ControllerOptions> = {}) {
  const clock = new ManualClock();
  const registry = createRegistry({ process: false });
  const lines: Record<string, unknown>[] = [];
  const log = createLog({
    name: 'test',
    destination: { write: (line: string) => void lines.push(JSON.parse(line)) },
  });
  const writes = new WriteTracker();
  const metrics = createControllerMetrics(registry, clock, ['thing']);
  const controller = new Controller(
    { name: 'thing', reconcile, ...options },
    { clock, random: () => 0.5, log, metrics, writes },
  );
  const stop = new AbortController();
  const ended = controller.run(stop.signal);
  const settle = async (): Promise<void> => {
    for (let i = 0; i < 10; i++) await turn();
  };
  return { controller, clock, registry, lines, writes, settle, stop, ended };
}

describe('the controller loop', () => {
  it('hands the key to the reconciler and counts a success', async () => {
    const keys: unknown[] = [];
    const loop = aController(async (key) => {
      keys.push(key);
      return {};
    });
    loop.controller.enqueue(x, PRIORITY.userEdit);
    await loop.settle();
    assert.deepEqual(keys, [x]);
    const text = await loop.registry.metrics();
    assert.match(text, /controller_runtime_reconcile_total\{controller="thing",result="success"\} 1/);
    assert.match(text, /controller_runtime_reconcile_total\{controller="thing",result="error"\} 0/);
    assert.match(text, /workqueue_adds_total\{name="thing",controller="thing"\} 1/);
    assert.match(text, /workqueue_depth\{name="thing",controller="thing",priority="100"\} 0/);
    assert.match(text, /controller_runtime_max_concurrent_reconciles\{controller="thing"\} 10/);
  });

  it('never works on one key twice at the same time, and works on many keys at once', async () => {
    const active = new Map<string, number>();
    let most = 0;
    const release: (() => void)[] = [];
    const loop = aController(
      async ({ name }) => {
        active.set(name, (active.get(name) ?? 0) + 1);
        assert.equal(active.get(name), 1);
        most = Math.max(
          most,
          [...active.values()].reduce((a, b) => a + b, 0),
        );
        await new Promise<void>((resolve) => release.push(resolve));
        active.set(name, 0);
        return {};
      },
      { workers: 3 },
    );
    for (const name of ['1', '2', '3', '4']) loop.controller.enqueue({ namespace: 'a', name });
    await loop.settle();
    loop.controller.enqueue({ namespace: 'a', name: '1' });
    await loop.settle();
    assert.equal(most, 3);
    assert.equal(release.length, 3);
    while (release.length > 0) {
      release.shift()?.();
      await loop.settle();
    }
    assert.match(await loop.registry.metrics(), /reconcile_total\{controller="thing",result="success"\} 5/);
  });

  it('comes back after the time a reconcile asked for', async () => {
    let runs = 0;
    const loop = aController(async () => {
      runs++;
      return { requeueAfter: minutes(1) };
    });
    loop.controller.enqueue(x);
    await loop.settle();
    loop.clock.advance(59_999);
    await loop.settle();
    assert.equal(runs, 1);
    loop.clock.advance(1);
    await loop.settle();
    assert.equal(runs, 2);
  });

  it('logs an error once, with its code and a reconcileID, and tries again later', async () => {
    let runs = 0;
    const loop = aController(async () => {
      if (runs++ === 0) throw new CodedError('Away', 'the service is away');
      return {};
    });
    loop.controller.enqueue(x);
    await loop.settle();
    assert.equal(runs, 1);
    loop.clock.advance(5);
    await loop.settle();
    assert.equal(runs, 2);
    const [line, ...more] = loop.lines;
    assert.equal(more.length, 0);
    assert.equal(line?.['object'], 'a/x');
    assert.equal(typeof line?.['reconcileID'], 'string');
    assert.match(JSON.stringify(line?.['error']), /Away/);
    const text = await loop.registry.metrics();
    assert.match(text, /controller_runtime_reconcile_errors_total\{controller="thing"\} 1/);
    assert.match(text, /workqueue_retries_total\{name="thing",controller="thing"\} 1/);
  });

  it('does not retry a terminal error until the object changes', async () => {
    let runs = 0;
    const loop = aController(async () => {
      runs++;
      throw new TerminalError('Hopeless', 'no retry can mend this');
    });
    loop.controller.enqueue(x);
    await loop.settle();
    loop.clock.advance(10_000_000);
    await loop.settle();
    assert.equal(runs, 1);
    loop.controller.enqueue(x, PRIORITY.userEdit);
    await loop.settle();
    assert.equal(runs, 2);
    assert.match(await loop.registry.metrics(), /terminal_reconcile_errors_total\{controller="thing"\} 2/);
  });

  it('tries again without complaint when the object changed under the reconcile', async () => {
    let runs = 0;
    const loop = aController(async () => {
      if (runs++ === 0) throw new StaleError();
      return {};
    });
    loop.controller.enqueue(x);
    await loop.settle();
    loop.clock.advance(5);
    await loop.settle();
    assert.equal(runs, 2);
    assert.deepEqual(loop.lines, []);
    assert.match(await loop.registry.metrics(), /reconcile_total\{controller="thing",result="requeue"\} 1/);
  });

  it('gives up a reconcile that takes too long, tells it, and retries', async () => {
    let runs = 0;
    const loop = aController(async (_key, { signal }) => {
      if (runs++ > 0) return {};
      await new Promise((_resolve, reject) =>
        signal.addEventListener('abort', () => reject(new Error('stopped'))),
      );
      return {};
    });
    loop.controller.enqueue(x);
    await loop.settle();
    loop.clock.advance(60_000);
    await loop.settle();
    assert.match(await loop.registry.metrics(), /reconcile_timeouts_total\{controller="thing"\} 1/);
    loop.clock.advance(1_000);
    await loop.settle();
    assert.equal(runs, 2);
  });

  it('puts off a key whose last write the cache does not show, and counts that', async () => {
    const type = RESOURCES.jobs;
    const state = { version: '10' };
    let runs = 0;
    const { clock, ...loop } = aController(async (_key, { wrote }) => {
      if (runs++ === 0) wrote({ kind: 'Written', type, resourceVersion: '11' });
      return {};
    });
    loop.writes.observe({
      type,
      store: new Store<KubernetesObject>(),
      resourceVersion: () => state.version,
      lists: () => 1,
    });
    loop.controller.enqueue(x);
    await loop.settle();
    loop.controller.enqueue(x);
    await loop.settle();
    clock.advance(100);
    await loop.settle();
    assert.equal(runs, 1);
    state.version = '11';
    clock.advance(100);
    await loop.settle();
    assert.equal(runs, 2);
    assert.match(await loop.registry.metrics(), /stale_sync_skips_total\{controller="thing"\} [1-9]/);
  });

  it('stops what is in progress, keeps the key, and goes on in the next term', async () => {
    let runs = 0;
    const loop = aController(async (_key, { signal }) => {
      if (runs++ > 0) return {};
      await new Promise((_resolve, reject) =>
        signal.addEventListener('abort', () => reject(new Error('stopped'))),
      );
      return {};
    });
    loop.controller.enqueue(x);
    await loop.settle();
    loop.stop.abort();
    await loop.ended;
    assert.deepEqual(loop.lines, [], 'being stopped is no error');
    const next = new AbortController();
    const again = loop.controller.run(next.signal);
    await loop.settle();
    assert.equal(runs, 2);
    next.abort();
    await again;
  });
});
