import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ManualClock } from './manual-clock.ts';
import { PRIORITY, type Priority, PriorityQueue, type QueuedKey } from './queue.ts';

const { userEdit, childEvent, resync } = PRIORITY;
const forever = new AbortController().signal;

function aQueue(random = () => 0): { queue: PriorityQueue; clock: ManualClock } {
  const clock = new ManualClock();
  return { queue: new PriorityQueue({ clock, random }), clock };
}

/** What can be taken right now, without giving anything back. */
async function takeAll(queue: PriorityQueue): Promise<QueuedKey[]> {
  const taken: QueuedKey[] = [];
  for (;;) {
    const stop = new AbortController();
    const next = queue.take(stop.signal);
    stop.abort();
    const key = await next;
    if (key === undefined) return taken;
    taken.push(key);
  }
}

const keysOf = (taken: readonly QueuedKey[]): string[] => taken.map(({ key }) => key);

describe('the queue', () => {
  it('hands out a key once however often it was added', async () => {
    const { queue } = aQueue();
    for (let i = 0; i < 3; i++) queue.add('a/x', childEvent);
    assert.deepEqual(keysOf(await takeAll(queue)), ['a/x']);
  });

  it('hands out user edits before child events before the initial list', async () => {
    const { queue } = aQueue();
    queue.add('a/listed', resync);
    queue.add('a/child', childEvent);
    queue.add('a/edited', userEdit);
    assert.deepEqual(keysOf(await takeAll(queue)), ['a/edited', 'a/child', 'a/listed']);
  });

  it('raises the priority of a key that waits, and never lowers it', async () => {
    const { queue } = aQueue();
    queue.add('a/x', resync);
    queue.add('a/y', childEvent);
    queue.add('a/x', userEdit);
    queue.add('a/x', resync);
    assert.deepEqual(await takeAll(queue), [
      { key: 'a/x', priority: userEdit },
      { key: 'a/y', priority: childEvent },
    ]);
  });

  it('lets namespaces take turns', async () => {
    const { queue } = aQueue();
    for (const key of ['a/1', 'a/2', 'a/3', 'b/1', 'c/1']) queue.add(key, childEvent);
    assert.deepEqual(keysOf(await takeAll(queue)), ['a/1', 'b/1', 'c/1', 'a/2', 'a/3']);
  });

  it('does not hand out a key in work, but again once it is done', async () => {
    const { queue } = aQueue();
    queue.add('a/x', childEvent);
    const [taken] = await takeAll(queue);
    assert.ok(taken);
    queue.add('a/x', userEdit);
    assert.deepEqual(await takeAll(queue), []);
    queue.done(taken);
    assert.deepEqual(await takeAll(queue), [{ key: 'a/x', priority: userEdit }]);
  });

  it('wakes a taker that waits', async () => {
    const { queue } = aQueue();
    const waiting = queue.take(forever);
    queue.add('a/x', childEvent);
    assert.equal((await waiting)?.key, 'a/x');
  });

  it('doubles the delay of a failing key from 5 ms up to 1000 s and forgets it on success', async () => {
    const { queue, clock } = aQueue(() => 1);
    const delays: number[] = [];
    queue.add('a/x', childEvent);
    for (let i = 0; i < 25; i++) {
      const [taken] = await takeAll(queue);
      assert.ok(taken);
      delays.push(queue.retry(taken));
      assert.deepEqual(await takeAll(queue), [], 'not before its time');
      clock.advance(1_000_000);
    }
    assert.deepEqual(delays.slice(0, 4), [5, 10, 20, 40]);
    assert.equal(delays.at(-1), 1_000_000);
    const [taken] = await takeAll(queue);
    assert.ok(taken);
    queue.done(taken);
    queue.add('a/x', childEvent);
    const [again] = await takeAll(queue);
    assert.ok(again);
    assert.equal(queue.retry(again), 5);
  });

  it('spreads delays over the upper half', async () => {
    const { queue } = aQueue(() => 0);
    queue.add('a/x', childEvent);
    const [taken] = await takeAll(queue);
    assert.ok(taken);
    assert.equal(queue.retry(taken), 2.5);
  });

  it('runs a requeued key at its time, and at once when somebody edits it before', async () => {
    const { queue, clock } = aQueue();
    queue.add('a/x', userEdit);
    const [first] = await takeAll(queue);
    assert.ok(first);
    queue.requeue(first, 60_000);
    clock.advance(59_999);
    assert.deepEqual(await takeAll(queue), []);
    clock.advance(1);
    const [second] = await takeAll(queue);
    assert.ok(second);
    assert.equal(second.priority, childEvent);
    queue.requeue(second, 60_000);
    queue.add('a/x', userEdit);
    const [third] = await takeAll(queue);
    assert.ok(third);
    queue.done(third);
    clock.advance(60_000);
    assert.deepEqual(await takeAll(queue), [], 'the old timer is void');
  });

  it('a requeue without delay is ready at once', async () => {
    const { queue } = aQueue();
    queue.add('a/x', childEvent);
    const [taken] = await takeAll(queue);
    assert.ok(taken);
    queue.requeue(taken, 0);
    assert.deepEqual(keysOf(await takeAll(queue)), ['a/x']);
  });
});

/** What a key is asked for, in the simplest possible words. */
interface Wish {
  priority: Priority;
  due: number;
}

type Action =
  | { readonly do: 'add'; readonly key: string; readonly priority: Priority; readonly after: number }
  | { readonly do: 'take' }
  | { readonly do: 'done' | 'retry'; readonly pick: number }
  | { readonly do: 'requeue'; readonly pick: number; readonly after: number }
  | { readonly do: 'advance'; readonly by: number };

const aKey = fc.constantFrom('a/1', 'a/2', 'a/3', 'b/1', 'b/2', 'c/1');
const aPriority = fc.constantFrom<Priority>(userEdit, childEvent, resync);
const aDelay = fc.constantFrom(0, 0, 1, 10, 100);
const anAction: fc.Arbitrary<Action> = fc.oneof(
  fc.record({ do: fc.constant('add' as const), key: aKey, priority: aPriority, after: aDelay }),
  fc.record({ do: fc.constant('take' as const) }),
  fc.record({ do: fc.constantFrom('done' as const, 'retry' as const), pick: fc.nat() }),
  fc.record({ do: fc.constant('requeue' as const), pick: fc.nat(), after: fc.constantFrom(1, 50) }),
  fc.record({ do: fc.constant('advance' as const), by: fc.constantFrom(1, 5, 200) }),
);

describe('the queue against a model', () => {
  it('agrees on what may be taken after any sequence of actions', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anAction, { maxLength: 80 }), async (actions) => {
        const { queue, clock } = aQueue(() => 1);
        const wishes = new Map<string, Wish>();
        const failures = new Map<string, number>();
        const taken: QueuedKey[] = [];
        const wish = (key: string, priority: Priority, due: number): void => {
          const old = wishes.get(key);
          const merged = old
            ? { priority: old.priority > priority ? old.priority : priority, due: Math.min(old.due, due) }
            : { priority, due };
          wishes.set(key, merged);
        };
        const now = (): number => clock.monotonic();
        const release = (pick: number): QueuedKey | undefined =>
          taken.splice(pick % Math.max(1, taken.length), 1)[0];
        for (const action of actions) {
          if (action.do === 'add') {
            queue.add(action.key, action.priority, action.after);
            wish(action.key, action.priority, now() + action.after);
          } else if (action.do === 'advance') {
            clock.advance(action.by);
          } else if (action.do === 'take') {
            const stop = new AbortController();
            const promise = queue.take(stop.signal);
            stop.abort();
            const got = await promise;
            const ready = [...wishes].filter(
              ([key, w]) => w.due <= now() && !taken.some((held) => held.key === key),
            );
            const best = Math.max(...ready.map(([, w]) => w.priority));
            if (ready.length === 0) assert.equal(got, undefined);
            else {
              assert.ok(got, 'something is ready');
              assert.equal(got.priority, best);
              assert.ok(ready.some(([key, w]) => key === got.key && w.priority === best));
              wishes.delete(got.key);
              taken.push(got);
            }
          } else {
            const key = release(action.pick);
            if (key === undefined) continue;
            if (action.do === 'retry') {
              const count = failures.get(key.key) ?? 0;
              failures.set(key.key, count + 1);
              wish(key.key, key.priority, now() + queue.retry(key));
            } else {
              failures.delete(key.key);
              if (action.do === 'done') queue.done(key);
              else if (action.do === 'requeue') {
                queue.requeue(key, action.after);
                wish(key.key, key.priority === userEdit ? childEvent : key.priority, now() + action.after);
              }
            }
          }
          assert.equal(queue.size, wishes.size);
        }
      }),
      { numRuns: 300 },
    );
  });
});
