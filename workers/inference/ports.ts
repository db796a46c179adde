// What the servers need of the engines.
import type { EngineFailure, LeafAnswer, Tensors } from './engine/messages.ts';
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
  /** One forward pass of a member. Rejects with CallError ENGINE_FAILED. */
  infer(inputs: Tensors, outputs: readonly string[], member: number): Promise<Tensors>;
}
