// What ModelInfer has done, in the form of Triton's statistics.
import type { ModelStatistics } from '#proto/gen/inference/ModelStatistics.ts';
import type { StatisticDuration } from '#proto/gen/inference/StatisticDuration.ts';
import type { InferTiming } from '../engine/messages.ts';

interface Total {
  count: number;
  ms: number;
}

interface BatchTotals {
  runs: number;
  inputMs: number;
  inferMs: number;
  outputMs: number;
}

/** Most sizes of runs that are told apart; further ones are counted in the sums only. */
const MOST_BATCH_SIZES = 256;

/** Counts calls and runs since the process started. */
export class InferStatistics {
  readonly #success: Total = { count: 0, ms: 0 };
  readonly #failure: Total = { count: 0, ms: 0 };
  readonly #queue: Total = { count: 0, ms: 0 };
  readonly #phases: BatchTotals = { runs: 0, inputMs: 0, inferMs: 0, outputMs: 0 };
  readonly #batches = new Map<number, BatchTotals>();
  #rows = 0;
  #lastMs = 0;

  /** An answered call: its rows, what it took in all (milliseconds), when (milliseconds since 1970). */
  succeeded(rows: number, elapsedMs: number, timing: InferTiming, at: number): void {
    add(this.#success, elapsedMs);
    add(this.#queue, timing.queueMs);
    this.#rows += rows;
    this.#lastMs = at;
    if (!timing.isFirstOfRun) return;
    addRun(this.#phases, timing);
    const known = this.#batches.get(timing.runRows);
    if (known !== undefined) addRun(known, timing);
    else if (this.#batches.size < MOST_BATCH_SIZES) {
      const totals = { runs: 0, inputMs: 0, inferMs: 0, outputMs: 0 };
      addRun(totals, timing);
      this.#batches.set(timing.runRows, totals);
    }
  }

  /** A refused or failed call. */
  failed(elapsedMs: number): void {
    add(this.#failure, elapsedMs);
  }

  /** The message of one model. */
  message(name: string, version: string): ModelStatistics {
    const { runs, ...phases } = this.#phases;
    return {
      name,
      version,
      lastInference: this.#lastMs,
      inferenceCount: this.#rows,
      executionCount: runs,
      inferenceStats: {
        success: duration(this.#success.count, this.#success.ms),
        fail: duration(this.#failure.count, this.#failure.ms),
        queue: duration(this.#queue.count, this.#queue.ms),
        ...durations(runs, phases),
      },
      batchStats: [...this.#batches]
        .toSorted(([one], [other]) => one - other)
        .map(([batchSize, totals]) => ({ batchSize, ...durations(totals.runs, totals) })),
    };
  }
}

function add(total: Total, ms: number): void {
  total.count++;
  total.ms += ms;
}

function addRun(totals: BatchTotals, timing: InferTiming): void {
  totals.runs++;
  totals.inputMs += timing.inputMs;
  totals.inferMs += timing.inferMs;
  totals.outputMs += timing.outputMs;
}

function duration(count: number, ms: number): StatisticDuration {
  return { count, ns: Math.round(ms * 1e6) };
}

function durations(
  runs: number,
  { inputMs, inferMs, outputMs }: Omit<BatchTotals, 'runs'>,
): {
  readonly computeInput: StatisticDuration;
  readonly computeInfer: StatisticDuration;
  readonly computeOutput: StatisticDuration;
} {
  return {
    computeInput: duration(runs, inputMs),
    computeInfer: duration(runs, inferMs),
    computeOutput: duration(runs, outputMs),
  };
}
