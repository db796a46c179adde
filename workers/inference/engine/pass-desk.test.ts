import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ForwardPass } from '../ports.ts';
import type { EngineRequest, FinishedPass, PassMessage, Tensors } from './messages.ts';
import { PassDesk } from './pass-desk.ts';
import { PassSlots, SLOT_ROWS } from './pass-slots.ts';

const INPUTS = [{ name: 'x', type: 'float32', perRow: true, shape: [2] }] as const;
const OUTPUTS = [
  { name: 'y', type: 'float32', perRow: true, shape: [3] },
  { name: 'event', type: 'int32', perRow: true, shape: [] },
] as const;

const aPass = (x: readonly number[]): ForwardPass => ({
  ...{ packed: Float32Array.from(x), rows: x.length / 2, member: 0, deadline: Infinity },
  outputs: ['y', 'event'],
});

/** A desk, what it has sent, and the engine's side of its memory. */
function aDesk(): {
  readonly desk: PassDesk;
  readonly sent: EngineRequest[];
  readonly passes: () => readonly PassMessage[];
  readonly finish: (passes: readonly PassMessage[]) => void;
} {
  const sent: EngineRequest[] = [];
  const slots = new PassSlots(INPUTS, OUTPUTS);
  const desk = new PassDesk({ inputs: INPUTS, outputs: OUTPUTS }, slots, (message) => sent.push(message));
  const engine = new PassSlots(INPUTS, OUTPUTS, slots.memory);
  const passes = (): readonly PassMessage[] =>
    sent.flatMap((one) => (one.kind === 'infer' ? one.passes : []));
  /** Answers y = [x0, x1, 0.5] and event = -x0 for every row. */
  const finish = (run: readonly PassMessage[]): void => {
    const x = run.flatMap(({ slot, packed, rows }) => [
      ...(packed ?? engine.input(slot)).subarray(0, rows * 2),
    ]);
    const rows = x.length / 2;
    const at = (row: number, place: number): number => x[row * 2 + place] ?? 0;
    const y = Array.from({ length: rows }, (_, row) => [at(row, 0), at(row, 1), 0.5]).flat();
    const outputs: Tensors = {
      y: { type: 'float32', data: Float32Array.from(y), shape: [rows, 3] },
      event: {
        type: 'int32',
        data: Int32Array.from({ length: rows }, (_, row) => -at(row, 0)),
        shape: [rows],
      },
    };
    const finished = run.map(
      ({ id, slot, rows: own }): FinishedPass => ({ id, slot, rows: own, queueMs: 0 }),
    );
    const result = { passes: finished, outputs, inputMs: 0, inferMs: 0 };
    engine.answer(result);
    desk.take(result);
  };
  return { desk, sent, passes, finish };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('the passes of an engine thread', () => {
  it('cross together when they come together, and everybody gets their own rows', async () => {
    const { desk, sent, passes, finish } = aDesk();
    const rows = SLOT_ROWS + 1;
    const large = Array.from({ length: 2 * rows }, (_, at) => 10 + at);
    const under = [[1, 2], [3, 4, 5, 6], large].map((x, at) => desk.add(at, aPass(x)));
    await turn();
    assert.equal(sent.length, 1);
    assert.deepEqual(
      passes().map(({ slot }) => slot >= 0),
      [true, true, false],
    );
    finish(passes());
    const answers = await Promise.all(under.map(({ answer }) => answer));
    assert.deepEqual(
      answers.map(({ outputs }) => [...(outputs['event']?.data ?? [])]),
      [[-1], [-3, -5], Array.from({ length: rows }, (_, row) => -10 - 2 * row)],
    );
    assert.deepEqual([...(answers[1]?.outputs['y']?.data ?? [])], [3, 4, 0.5, 5, 6, 0.5]);
    assert.deepEqual(answers[1]?.outputs['y']?.shape, [2, 3]);
  });

  it('wait for those before them, until they are enough for a run of their own', async () => {
    const { desk, sent, passes, finish } = aDesk();
    desk.add(1, aPass([1, 2]));
    await turn();
    for (let id = 2; id < 17; id++) desk.add(id, aPass([id, 0]));
    await turn();
    assert.equal(sent.length, 1, 'fifteen rows wait');
    finish(passes());
    assert.equal(sent.length, 2, 'they go over when the thread is free');
    for (let id = 17; id < 33; id++) desk.add(id, aPass([id, 0]));
    assert.equal(sent.length, 3, 'sixteen rows wait for nobody');
  });

  it('keep their memory from others until the thread has let go of it', async () => {
    const { desk, passes } = aDesk();
    const cancelled = desk.add(1, aPass([1, 2]));
    await turn();
    cancelled.cancel();
    desk.add(2, aPass([3, 4]));
    desk.drop(1);
    await turn();
    const third = desk.add(3, aPass([5, 6]));
    third.cancel();
    assert.deepEqual(
      passes().map(({ id }) => id),
      [1, 2],
      'what is cancelled before it was sent never is',
    );
    assert.notEqual(passes()[0]?.slot, passes()[1]?.slot);
    assert.equal(desk.size, 1);
  });

  it('fail with their reason, and all of them with their thread', async () => {
    const { desk } = aDesk();
    const [late, lost] = [desk.add(1, aPass([1, 2])), desk.add(2, aPass([3, 4]))];
    await turn();
    desk.fail(1, 'DEADLINE_EXPIRED');
    desk.failAll();
    await assert.rejects(late.answer, { reason: 'DEADLINE_EXPIRED' });
    await assert.rejects(lost.answer, { reason: 'ENGINE_FAILED' });
  });
});
