// Entry of an engine thread: one ONNX Runtime session per member, and a loop that fills and runs batches. Messages are
// taken between runs only, because rows must not move during one. The thread ends itself; it is never terminated.
import { parentPort, workerData } from 'node:worker_threads';
import { replayGolden } from '../bundle/golden.ts';
import { inputContract, outputContract } from '../bundle/graph-contract.ts';
import { isRowStable } from '../bundle/row-self-test.ts';
import { BundleError } from '../errors.ts';
import { sumLeaf } from '../trajectory/leaf.ts';
import { InferQueue, type InferResult } from './infer-queue.ts';
import type { EngineAnswer, EngineRequest, EngineSetup } from './messages.ts';
import { engineClass, type OnnxGraphSession } from './onnx-graph.ts';
import { packPaths } from './packed-paths.ts';
import { PassSlots } from './pass-slots.ts';
import { ProviderError } from './provider-names.ts';
import { type FinishedLeaf, Scheduler } from './scheduler.ts';
import { openStepGraph } from './step-graph.ts';

const port = parentPort;
if (port === null) throw new Error('engine/thread.ts is a worker thread; start it through the engine pool');
const answer = (message: EngineAnswer): void => port.postMessage(message);

const REPORT_EVERY_SECONDS = 0.25;
const inbox: EngineRequest[] = [];
let wake: () => void = () => undefined;
port.on('message', (message: EngineRequest) => {
  inbox.push(message);
  wake();
});

async function main(setup: EngineSetup): Promise<void> {
  const graphs: OnnxGraphSession[] = [];
  try {
    for (const bytes of setup.graphs) graphs.push(await openChecked(bytes, setup));
    const replayable = await areRowStable(graphs, setup);
    const golden = await firstGolden(graphs, setup);
    const provider = graphs[0]?.provider ?? 'cpu';
    answer({ kind: 'ready', engine: engineClass(provider), replayable, provider, golden });
    await serve(setup, graphs);
  } catch (error) {
    answer({ kind: 'refused', ...reasonOf(error) });
  }
  for (const graph of graphs) await graph.release();
  answer({ kind: 'stopped' });
  port?.close();
}

async function openChecked(bytes: Uint8Array, setup: EngineSetup): Promise<OnnxGraphSession> {
  try {
    return await openStepGraph(bytes, setup.model, setup.provider);
  } catch (cause) {
    if (cause instanceof ProviderError) throw cause;
    throw new BundleError('ContractViolation', 'ONNX Runtime does not load the graph; export it again', {
      cause,
    });
  }
}

async function areRowStable(graphs: readonly OnnxGraphSession[], setup: EngineSetup): Promise<boolean> {
  // A device promises tolerance, not bits: what it gives depends on how a size of batch was tuned.
  if (graphs.some(({ provider }) => provider !== 'cpu')) return false;
  for (const graph of graphs) if (!(await isRowStable(setup.model.sizes, graph.infer))) return false;
  return true;
}

async function firstGolden(
  graphs: readonly OnnxGraphSession[],
  setup: EngineSetup,
): Promise<'digest' | 'tolerance'> {
  const [first] = graphs;
  if (first === undefined) throw new BundleError('ContractViolation', 'the bundle has no graph');
  return replayGolden(setup.golden, setup.manifest, engineClass(first.provider), first.infer);
}

/** Messages of other errors are not ours and may hold anything: they stay inside. */
function reasonOf(error: unknown): {
  reason: BundleError['reason'] | 'ProviderUnavailable';
  message: string;
} {
  if (error instanceof ProviderError) return { reason: 'ProviderUnavailable', message: error.message };
  if (error instanceof BundleError) return { reason: error.reason, message: error.message };
  return {
    reason: 'ContractViolation',
    message: 'ONNX Runtime failed on the golden cases; export the bundle again',
  };
}

async function serve(setup: EngineSetup, graphs: readonly OnnxGraphSession[]): Promise<void> {
  const scheduler = new Scheduler(setup.model, graphs, setup.batchRows);
  const { sizes } = setup.model;
  const inputs = inputContract(sizes);
  const passes = new InferQueue({ inputs, batchRows: setup.batchRows });
  const slots = new PassSlots(inputs, outputContract(sizes), setup.slots);
  const meter = new RunMeter();
  while (takeMessages({ scheduler, passes, slots, setup })) {
    for (const result of await passes.runOnce(graphs, Date.now())) answerPass(result, slots);
    if (scheduler.isBusy) await run(scheduler, meter);
    else if (!passes.isBusy && inbox.length === 0) await nextMessage(meter);
  }
}

interface Desk {
  readonly scheduler: Scheduler;
  readonly passes: InferQueue;
  readonly slots: PassSlots;
  readonly setup: EngineSetup;
}

/** False when the thread is to stop. */
function takeMessages(desk: Desk): boolean {
  for (const message of inbox.splice(0)) {
    if (message.kind === 'stop') return false;
    take(message, desk);
  }
  return true;
}

function nextMessage(meter: RunMeter): Promise<void> {
  meter.flush();
  return new Promise((resolve) => {
    wake = resolve;
  });
}

async function run(scheduler: Scheduler, meter: RunMeter): Promise<void> {
  const start = performance.now();
  try {
    meter.add(await scheduler.runOnce(), (performance.now() - start) / 1_000);
  } catch {
    scheduler.failAll();
  }
}

/** Tells the main thread about runs now and then: a message costs as much as several rows. */
class RunMeter {
  #rows: number[] = [];
  #seconds = 0;

  add(rows: number, seconds: number): void {
    this.#rows.push(rows);
    this.#seconds += seconds;
    if (this.#seconds >= REPORT_EVERY_SECONDS) this.flush();
  }

  flush(): void {
    if (this.#rows.length === 0) return;
    answer({ kind: 'ran', runs: { rows: this.#rows, seconds: this.#seconds } });
    this.#rows = [];
    this.#seconds = 0;
  }
}

function take(
  message: Exclude<EngineRequest, { kind: 'stop' }>,
  { scheduler, passes, slots, setup }: Desk,
): void {
  if (message.kind === 'cancel') {
    scheduler.cancel(message.id);
    if (passes.cancel(message.id)) answer({ kind: 'dropped', id: message.id });
  } else if (message.kind === 'start') {
    scheduler.start(message.id, message.plan, {
      leaf: (leaf) => answerLeaf(message.id, leaf, setup),
      failed: (reason) => answer({ kind: 'failed', id: message.id, reason }),
    });
  } else {
    const arrivedAt = performance.now();
    for (const pass of message.passes) {
      const packed = pass.packed ?? slots.input(pass.slot);
      passes.add({ ...pass, packed, arrivedAt });
    }
  }
}

function answerPass(result: InferResult, slots: PassSlots): void {
  if ('failure' in result) {
    answer({ kind: 'failed', id: result.id, reason: result.failure });
    return;
  }
  slots.answer(result);
  if (result.passes.every(({ slot }) => slot >= 0)) {
    answer({ kind: 'inferred', ...result, outputs: {} });
    return;
  }
  const buffers = new Set(Object.values(result.outputs).map(({ data }) => data.buffer as ArrayBuffer));
  port?.postMessage({ kind: 'inferred', ...result } satisfies EngineAnswer, [...buffers]);
}

function answerLeaf(id: number, { work, member, steps }: FinishedLeaf, setup: EngineSetup): void {
  const { buffer, plan } = work.run;
  const complement = Uint8Array.from(
    plan.outcomes,
    (outcome) => setup.model.outcomes.complement[outcome] ?? 0,
  );
  const { sums, ineligible } = sumLeaf(buffer, plan.horizonsYears, complement);
  const { firstSample } = buffer;
  const { events } = work;
  answer({
    kind: 'leaf',
    id,
    firstSample,
    member,
    sums,
    ineligible,
    paths: packPaths(buffer),
    steps,
    events,
  });
}

await main(workerData as EngineSetup);
