// What the servers need of the engines.
import type { EngineFailure, InferAnswer, LeafAnswer } from './engine/messages.ts';
import type { Provider } from './engine/provider-names.ts';
import type { RolloutPlan } from './trajectory/plan.ts';

/** Who is told about the progress of rollouts. */
export interface RolloutListener {
  leaf(leaf: LeafAnswer): void;
  failed(reason: EngineFailure): void;
}

/** Engines that serve one bundle. */
export interface Engines {
  /** Engine class, such as ort-1.30.0/cpu/avx512. */
  readonly engine: string;
  /** Whether a row has the same bits in any batch. */
  readonly replayable: boolean;
  /** Rolls a plan; the returned function drops what is not finished. */
  simulate(plan: RolloutPlan, listener: RolloutListener): () => void;
  /** One forward pass of a member. Rejects with CallError ENGINE_FAILED or DEADLINE_EXPIRED. */
  infer(pass: ForwardPass): PassUnderWay;
  /** Engine threads. */
  readonly threads: number;
  /** What graphs run on. */
  readonly provider: Provider;
}

/** A forward pass to run. */
export interface ForwardPass {
  /** All inputs in the order of the contract, one after another, unpadded. Read before `infer` returns. */
  readonly packed: Float32Array;
  readonly outputs: readonly string[];
  readonly member: number;
  readonly rows: number;
  /** Milliseconds since 1970 after which it is not worth computing; Infinity = never. */
  readonly deadline: number;
}

/** A pass that waits or runs. */
export interface PassUnderWay {
  readonly answer: Promise<InferAnswer>;
  /** Drops it when it has not begun; `answer` then stays open. */
  cancel(): void;
}
