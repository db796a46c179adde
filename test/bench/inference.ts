// `npm run bench:inference`: what the inference worker does in a second, against everything that it is compared with in
// the same run. Figures and ratios only; nothing passes or fails by time.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { pythonWith } from '../integration/inference/python.ts';
import { repository, startWorker, untilReady, type Worker } from '../integration/inference/worker.ts';
import { line } from './inference/figures.ts';
import { benchForecast, benchHealth } from './inference/latency.ts';
import { benchModelInfer } from './inference/model-infer.ts';
import { startBareLoop, startBaselines } from './inference/peers.ts';
import { benchRollouts, benchScaling } from './inference/rollouts.ts';

const ROUNDS = 5;
const SECONDS = 1.5;

/** Prints all figures of the inference worker. */
export async function benchInference(): Promise<void> {
  const rounds = Number(process.env['TWINWARD_BENCH_ROUNDS'] ?? ROUNDS);
  console.log(`inference: ${rounds} interleaved rounds, medians; load ${loadavg()[0]?.toFixed(1)} before`);
  const one = await startEngine('1');
  try {
    await measureRollouts(one, rounds);
    await measureScaling(one, rounds);
    await benchForecast(one);
    await benchHealth(one);
    await attempt('ModelInfer against Python servers', async () => {
      const python = pythonWith(join(repository, 'test/bench/inference/requirements.txt'));
      await benchModelInfer(one, python, rounds);
    });
  } finally {
    await one.stop();
  }
  console.log(`load ${loadavg()[0]?.toFixed(1)} after`);
}

/** A worker with so many engine threads, on TWINWARD_PROVIDER when that is set. */
async function startEngine(threads: string): Promise<Worker> {
  const provider = process.env['TWINWARD_PROVIDER'] ?? 'cpu';
  return untilReady(
    await startWorker({ env: { TWINWARD_ENGINE_THREADS: threads, TWINWARD_PROVIDER: provider } }),
  );
}

async function measureRollouts(worker: Worker, rounds: number): Promise<void> {
  const bare = await startBareLoop();
  const python = await attempt('Python and PyTorch', async () => startBaselines(torchPython(), SECONDS));
  try {
    await benchRollouts(worker, bare, python, rounds);
  } finally {
    bare.stop();
    python?.stop();
  }
}

async function measureScaling(one: Worker, rounds: number): Promise<void> {
  const two = await startEngine('2');
  try {
    await benchScaling(one, two, rounds);
  } finally {
    await two.stop();
  }
}

/** A Python with PyTorch: a given one, one in the cache, else the one of the tests, which skips what needs PyTorch. */
function torchPython(): string {
  const given = process.env['TWINWARD_TORCH_PYTHON'];
  if (given !== undefined && spawnSync(given, ['-c', 'import torch, onnx, onnxruntime']).status === 0)
    return given;
  try {
    return pythonWith(join(repository, 'models/requirements-train.txt'));
  } catch (error) {
    line('PyTorch', 'not installed', error instanceof Error ? (error.message.split('\n')[0] ?? '') : '');
  }
  const plain = join(repository, '.venv/bin/python');
  if (!existsSync(plain))
    throw new Error('there is no Python environment .venv; run npm run test:python once');
  return plain;
}

async function attempt<T>(what: string, run: () => Promise<T>): Promise<T | undefined> {
  try {
    return await run();
  } catch (error) {
    line(what, 'not measured', error instanceof Error ? (error.message.split('\n')[0] ?? '') : '');
    return undefined;
  }
}

if (import.meta.main) await benchInference();
