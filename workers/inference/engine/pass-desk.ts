// The forward passes of one engine thread, seen from the main thread. Passes that come while the thread is busy with
// others wait here and go over together: a message, and a run, cost about as much for sixteen rows as for one.
import type { TensorContract } from '../bundle/graph-contract.ts';
import { CallError } from '../errors.ts';
import type { ForwardPass, PassUnderWay } from '../ports.ts';
import { ROW_PADDING } from '../trajectory/rows.ts';
import type {
  EngineFailure,
  EngineRequest,
  FinishedPass,
  FinishedRun,
  InferAnswer,
  PassMessage,
  Tensors,
} from './messages.ts';
import type { PassSlots } from './pass-slots.ts';

/** Inputs and outputs of the graphs. */
export interface PassTensors {
  readonly inputs: readonly TensorContract[];
  readonly outputs: readonly TensorContract[];
}

interface Pending {
  readonly waiting: PromiseWithResolvers<InferAnswer>;
  readonly asked: readonly TensorContract[];
  readonly rows: number;
  readonly slot: number;
  isSent: boolean;
}

/** Sends passes and hands out their answers. */
export class PassDesk {
  readonly slots: PassSlots;
  readonly #contracts: ReadonlyMap<string, TensorContract>;
  readonly #send: (message: EngineRequest) => void;
  readonly #pending = new Map<number, Pending>();
  #outbox: PassMessage[] = [];
  #outboxRows = 0;
  /** Passes with the thread. */
  #sent = 0;
  #willFlush = false;

  constructor({ inputs, outputs }: PassTensors, slots: PassSlots, send: (message: EngineRequest) => void) {
    this.slots = slots;
    this.#contracts = new Map([...inputs, ...outputs].map((contract) => [contract.name, contract]));
    this.#send = send;
  }

  /** Passes that are not answered. */
  get size(): number {
    return this.#pending.size;
  }

  /** Takes a pass on. */
  add(id: number, pass: ForwardPass): PassUnderWay {
    const { packed, rows, outputs } = pass;
    const waiting = Promise.withResolvers<InferAnswer>();
    const slot = this.slots.take(packed, rows);
    const asked = outputs.flatMap((name) => this.#contracts.get(name) ?? []);
    this.#pending.set(id, { waiting, asked, rows, slot, isSent: false });
    this.#outbox.push({ ...pass, id, slot, packed: slot < 0 ? packed.slice() : undefined });
    this.#outboxRows += rows;
    this.#flushWhenDue();
    return { answer: waiting.promise, cancel: () => this.#cancel(id) };
  }

  #flushWhenDue(): void {
    if (this.#outboxRows >= ROW_PADDING) this.#flush();
    else if (this.#sent === 0 && this.#outbox.length > 0 && !this.#willFlush) {
      this.#willFlush = true;
      setImmediate(() => {
        this.#willFlush = false;
        if (this.#sent === 0) this.#flush();
      });
    }
  }

  #flush(): void {
    const passes = this.#outbox;
    if (passes.length === 0) return;
    this.#outbox = [];
    this.#outboxRows = 0;
    this.#sent += passes.length;
    for (const { id } of passes) {
      const pending = this.#pending.get(id);
      if (pending !== undefined) pending.isSent = true;
    }
    this.#send({ kind: 'infer', passes });
  }

  #cancel(id: number): void {
    const pending = this.#pending.get(id);
    if (pending === undefined) return;
    if (pending.isSent) {
      // Its slot is the thread's until that answers.
      this.#send({ kind: 'cancel', id });
      return;
    }
    this.#outbox = this.#outbox.filter((pass) => pass.id !== id);
    this.#outboxRows -= pending.rows;
    this.#forget(id, pending);
  }

  #forget(id: number, { slot }: Pending): void {
    this.#pending.delete(id);
    this.slots.give(slot);
  }

  /** Gives every pass of a run its own rows. */
  take(run: FinishedRun): void {
    const runRows = run.passes.reduce((sum, { rows }) => sum + rows, 0);
    this.#sent -= run.passes.length;
    if (this.#sent === 0) this.#flush();
    let from = 0;
    for (const [at, pass] of run.passes.entries()) {
      const started = performance.now();
      const pending = this.#pending.get(pass.id);
      if (pending !== undefined) {
        const outputs = this.#answerOf(pending, run.outputs, pass, from);
        this.#forget(pass.id, pending);
        const outputMs = (performance.now() - started) * run.passes.length;
        const { inputMs, inferMs } = run;
        const { queueMs } = pass;
        pending.waiting.resolve({
          outputs,
          timing: { inputMs, inferMs, outputMs, queueMs, runRows, isFirstOfRun: at === 0 },
        });
      }
      from += pass.rows;
    }
  }

  #answerOf({ slot, asked }: Pending, outputs: Tensors, { rows }: FinishedPass, from: number): Tensors {
    return slot < 0 ? rowsOf(outputs, from, rows) : this.slots.read(slot, asked, rows);
  }

  /** A pass was cancelled before it began. */
  drop(id: number): void {
    const pending = this.#settle(id);
    if (pending !== undefined) this.#flushWhenDue();
  }

  /** A pass failed. Unknown ids are ignored. */
  fail(id: number, reason: EngineFailure): void {
    const pending = this.#settle(id);
    if (pending === undefined) return;
    pending.waiting.reject(passFailed(reason));
    this.#flushWhenDue();
  }

  #settle(id: number): Pending | undefined {
    const pending = this.#pending.get(id);
    if (pending === undefined) return undefined;
    this.#sent--;
    this.#forget(id, pending);
    return pending;
  }

  /** The thread is gone: so are all passes. */
  failAll(): void {
    for (const { waiting } of this.#pending.values()) waiting.reject(passFailed('ENGINE_FAILED'));
    this.#pending.clear();
    this.#outbox = [];
  }
}

function passFailed(reason: EngineFailure): CallError {
  if (reason === 'DEADLINE_EXPIRED') {
    return new CallError(reason, 'the deadline passed while the call waited; it was not computed');
  }
  return new CallError('ENGINE_FAILED', 'the engine failed; call again, and report it when that fails too');
}

function rowsOf(outputs: Tensors, from: number, rows: number): Tensors {
  const parts = Object.entries(outputs).map(([name, { type, data, shape }]) => {
    const width = shape.slice(1).reduce((product, size) => product * size, 1);
    const own = data.subarray(from * width, (from + rows) * width);
    return [name, { type, data: own, shape: [rows, ...shape.slice(1)] }] as const;
  });
  return Object.fromEntries(parts);
}
