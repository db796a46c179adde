// The engine threads of a process as one Engines. Which thread computes a leaf changes nothing but time.
import { Worker } from 'node:worker_threads';
import type { Bundle } from '../bundle/load.ts';
import { BundleError, CallError } from '../errors.ts';
import type { Engines, ForwardPass, PassUnderWay, RolloutListener } from '../ports.ts';
import type { RolloutPlan } from '../trajectory/plan.ts';
import type {
  EngineAnswer,
  EngineFailure,
  EngineRequest,
  EngineSetup,
  FinishedRun,
  InferAnswer,
  PassMessage,
  RunRecord,
  Tensors,
} from './messages.ts';
import { type ProviderChoice, ProviderError } from './provider-names.ts';

/** Sizes of the pool, and who is told about runs and lost threads. */
export interface PoolOptions {
  readonly threads: number;
  readonly batchRows: number;
  readonly provider: ProviderChoice;
  readonly onRuns: (runs: RunRecord) => void;
  /** A thread ended without being asked to: the process should be restarted. */
  readonly onLost: () => void;
}

/** Engines with their end. */
export interface EnginePool extends Engines {
  /** Lets every thread finish its present run, release its sessions and end. */
  stop(): Promise<void>;
}

interface Thread {
  readonly worker: Worker;
  readonly rollouts: Map<number, Rollout>;
  readonly passes: Map<number, PromiseWithResolvers<InferAnswer>>;
  readonly ended: Promise<void>;
  leaves: number;
  /** Passes to send at the end of this turn. */
  readonly outbox: PassMessage[];
}

interface Rollout {
  readonly listener: RolloutListener;
  unfinished: number;
}

type Ready = Extract<EngineAnswer, { kind: 'ready' }>;

/** Starts engine threads and waits until golden cases and self-test passed. Rejects with BundleError. */
export async function startEngines(bundle: Bundle, options: PoolOptions): Promise<EnginePool> {
  const { manifest, model, golden, graphs } = bundle;
  const { batchRows, provider } = options;
  const setup: EngineSetup = { manifest, model, golden, graphs, batchRows, provider };
  const state = { isStopping: false };
  const started = Array.from({ length: options.threads }, () => startThread(setup, options, state));
  const answers = await Promise.allSettled(started.map(({ ready }) => ready));
  const threads = started.map(({ thread }) => thread);
  const stop = (): Promise<void> => stopAll(threads, state);
  const refused = answers.find((answer) => answer.status === 'rejected');
  if (refused !== undefined) {
    await stop();
    throw refused.reason;
  }
  const first = answers.find((answer) => answer.status === 'fulfilled')?.value;
  return {
    engine: first?.engine ?? '',
    provider: first?.provider ?? 'cpu',
    replayable: answers.every((answer) => answer.status === 'fulfilled' && answer.value.replayable),
    stop,
    threads: threads.length,
    ...dispatch(threads),
  };
}

function startThread(
  setup: EngineSetup,
  options: PoolOptions,
  state: { readonly isStopping: boolean },
): { readonly thread: Thread; readonly ready: Promise<Ready> } {
  const worker = new Worker(new URL('./thread.ts', import.meta.url), { workerData: setup });
  const ready = Promise.withResolvers<Ready>();
  const ended = Promise.withResolvers<void>();
  const thread: Thread = {
    worker,
    rollouts: new Map(),
    passes: new Map(),
    ended: ended.promise,
    leaves: 0,
    outbox: [],
  };
  worker.on('message', (answer: EngineAnswer) => {
    if (answer.kind === 'ready') ready.resolve(answer);
    else if (answer.kind === 'refused') ready.reject(refused(answer, options.provider));
    else if (answer.kind === 'ran') options.onRuns(answer.runs);
    else settle(thread, answer);
  });
  const lose = (): void => {
    ready.reject(new BundleError('ContractViolation', 'the engine ended while it loaded the bundle'));
    ended.resolve();
    failAll(thread);
    if (!state.isStopping) options.onLost();
  };
  worker.on('error', lose);
  worker.on('exit', lose);
  return { thread, ready: ready.promise };
}

function refused(
  { reason, message }: Extract<EngineAnswer, { kind: 'refused' }>,
  choice: ProviderChoice,
): Error {
  return reason === 'ProviderUnavailable'
    ? new ProviderError(choice.provider)
    : new BundleError(reason, message);
}

function settle(thread: Thread, answer: EngineAnswer): void {
  if (answer.kind === 'leaf') {
    const rollout = thread.rollouts.get(answer.id);
    if (rollout === undefined) return;
    thread.leaves--;
    rollout.unfinished--;
    if (rollout.unfinished === 0) thread.rollouts.delete(answer.id);
    rollout.listener.leaf(answer);
  } else if (answer.kind === 'inferred') {
    handOut(thread, answer);
  } else if (answer.kind === 'failed') {
    forget(thread, answer.id)?.listener.failed(answer.reason);
    thread.passes.get(answer.id)?.reject(passFailed(answer.reason));
    thread.passes.delete(answer.id);
  }
}

/** Takes a rollout off a thread's books. */
function forget(thread: Thread, id: number): Rollout | undefined {
  const rollout = thread.rollouts.get(id);
  thread.rollouts.delete(id);
  thread.leaves -= rollout?.unfinished ?? 0;
  return rollout;
}

function failAll(thread: Thread): void {
  for (const id of [...thread.rollouts.keys()]) forget(thread, id)?.listener.failed('ENGINE_FAILED');
  for (const pass of thread.passes.values()) pass.reject(passFailed('ENGINE_FAILED'));
  thread.passes.clear();
}

function passFailed(reason: EngineFailure): CallError {
  if (reason === 'DEADLINE_EXPIRED') {
    return new CallError(reason, 'the deadline passed while the call waited; it was not computed');
  }
  return new CallError('ENGINE_FAILED', 'the engine failed; call again, and report it when that fails too');
}

function dispatch(threads: readonly Thread[]): Pick<Engines, 'simulate' | 'infer'> {
  let lastId = 0;
  const send = (thread: Thread, message: EngineRequest): void => thread.worker.postMessage(message);
  return {
    simulate: (plan, listener) => {
      const cancels = share(plan, threads).map(({ thread, part }) => {
        const id = ++lastId;
        thread.rollouts.set(id, { listener, unfinished: part.leaves.length });
        thread.leaves += part.leaves.length;
        send(thread, { kind: 'start', id, plan: part });
        return () => {
          if (forget(thread, id) !== undefined) send(thread, { kind: 'cancel', id });
        };
      });
      return () => {
        for (const cancel of cancels) cancel();
      };
    },
    infer: (pass) => sendPass(leastLoaded(threads), ++lastId, pass),
  };
}

/** Passes of one turn of the event loop go to their thread in one message. */
function sendPass(thread: Thread, id: number, pass: ForwardPass): PassUnderWay {
  const waiting = Promise.withResolvers<InferAnswer>();
  thread.passes.set(id, waiting);
  if (thread.outbox.push({ id, ...pass }) === 1) setImmediate(() => flush(thread));
  return {
    answer: waiting.promise,
    cancel: () => {
      if (!thread.passes.delete(id)) return;
      flush(thread);
      thread.worker.postMessage({ kind: 'cancel', id } satisfies EngineRequest);
    },
  };
}

function flush(thread: Thread): void {
  const passes = thread.outbox.splice(0);
  if (passes.length > 0) thread.worker.postMessage({ kind: 'infer', passes } satisfies EngineRequest);
}

/** Gives every pass of a run its own rows. */
function handOut(thread: Thread, run: FinishedRun): void {
  const runRows = run.passes.reduce((sum, { rows }) => sum + rows, 0);
  let from = 0;
  for (const [at, { id, rows, queueMs }] of run.passes.entries()) {
    const started = performance.now();
    const outputs = rowsOf(run.outputs, from, rows);
    from += rows;
    const { inputMs, inferMs } = run;
    const outputMs = (performance.now() - started) * run.passes.length;
    const timing = { inputMs, inferMs, outputMs, queueMs, runRows, isFirstOfRun: at === 0 };
    thread.passes.get(id)?.resolve({ outputs, timing });
    thread.passes.delete(id);
  }
}

function rowsOf(outputs: Tensors, from: number, rows: number): Tensors {
  const parts = Object.entries(outputs).map(([name, { type, data, shape }]) => {
    const width = shape.slice(1).reduce((product, size) => product * size, 1);
    const own = data.subarray(from * width, (from + rows) * width);
    return [name, { type, data: own, shape: [rows, ...shape.slice(1)] }] as const;
  });
  return Object.fromEntries(parts);
}

const LEAVES_WORTH_SHARING = 4;

/** One thread for a small plan; contiguous parts for all threads when there is enough for each. */
function share(
  plan: RolloutPlan,
  threads: readonly Thread[],
): readonly { readonly thread: Thread; readonly part: RolloutPlan }[] {
  const leaves = plan.leaves.length;
  if (threads.length === 1 || leaves < LEAVES_WORTH_SHARING * threads.length) {
    return [{ thread: leastLoaded(threads), part: plan }];
  }
  return threads.map((thread, at) => {
    const from = Math.floor((at * leaves) / threads.length);
    const to = Math.floor(((at + 1) * leaves) / threads.length);
    return { thread, part: { ...plan, leaves: plan.leaves.slice(from, to) } };
  });
}

function leastLoaded(threads: readonly Thread[]): Thread {
  const load = ({ leaves, passes }: Thread): number => leaves + passes.size;
  return threads.reduce((best, thread) => (load(thread) < load(best) ? thread : best));
}

async function stopAll(threads: readonly Thread[], state: { isStopping: boolean }): Promise<void> {
  state.isStopping = true;
  for (const { worker } of threads) worker.postMessage({ kind: 'stop' } satisfies EngineRequest);
  await Promise.all(threads.map(({ ended }) => ended));
}
