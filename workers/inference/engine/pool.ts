// The engine threads of a process as one Engines. Which thread computes a leaf changes nothing but time.
import { Worker } from 'node:worker_threads';
import { inputContract, outputContract } from '../bundle/graph-contract.ts';
import type { Bundle } from '../bundle/load.ts';
import { BundleError } from '../errors.ts';
import type { Engines, RolloutListener } from '../ports.ts';
import type { RolloutPlan } from '../trajectory/plan.ts';
import type { EngineAnswer, EngineRequest, EngineSetup, RunRecord } from './messages.ts';
import { PassDesk } from './pass-desk.ts';
import { PassSlots } from './pass-slots.ts';
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
  readonly passes: PassDesk;
  readonly ended: Promise<void>;
  leaves: number;
}

interface Rollout {
  readonly listener: RolloutListener;
  unfinished: number;
}

/** What all threads start with. */
type CommonSetup = Omit<EngineSetup, 'slots'>;

type Ready = Extract<EngineAnswer, { kind: 'ready' }>;

/** Starts engine threads and waits until golden cases and self-test passed. Rejects with BundleError. */
export async function startEngines(bundle: Bundle, options: PoolOptions): Promise<EnginePool> {
  const { manifest, model, golden, graphs } = bundle;
  const { batchRows, provider } = options;
  const setup: CommonSetup = { manifest, model, golden, graphs, batchRows, provider };
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
  setup: CommonSetup,
  options: PoolOptions,
  state: { readonly isStopping: boolean },
): { readonly thread: Thread; readonly ready: Promise<Ready> } {
  const { sizes } = setup.model;
  const tensors = { inputs: inputContract(sizes), outputs: outputContract(sizes) };
  const slots = new PassSlots(tensors.inputs, tensors.outputs);
  const workerData: EngineSetup = { ...setup, slots: slots.memory };
  const worker = new Worker(new URL('./thread.ts', import.meta.url), { workerData });
  const ready = Promise.withResolvers<Ready>();
  const ended = Promise.withResolvers<void>();
  const thread: Thread = {
    worker,
    rollouts: new Map(),
    passes: new PassDesk(tensors, slots, (message) => worker.postMessage(message)),
    ended: ended.promise,
    leaves: 0,
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
    thread.passes.take(answer);
  } else if (answer.kind === 'dropped') {
    thread.passes.drop(answer.id);
  } else if (answer.kind === 'failed') {
    forget(thread, answer.id)?.listener.failed(answer.reason);
    thread.passes.fail(answer.id, answer.reason);
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
  thread.passes.failAll();
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
    infer: (pass) => leastLoaded(threads).passes.add(++lastId, pass),
  };
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
