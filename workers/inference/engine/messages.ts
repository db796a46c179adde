// What the main thread and an engine thread say to each other. Everything is plain data.
import type { Golden } from '../bundle/golden.ts';
import type { Manifest } from '../bundle/manifest.ts';
import type { BundleReason } from '../errors.ts';
import type { TrajectoryModel } from '../trajectory/model.ts';
import type { RolloutPlan } from '../trajectory/plan.ts';
import type { PlainTensor } from './onnx-graph.ts';
import type { PackedPaths } from './packed-paths.ts';

/** What an engine thread starts with. */
export interface EngineSetup {
  readonly manifest: Manifest;
  readonly model: TrajectoryModel;
  readonly golden: Golden;
  readonly graphs: readonly Uint8Array[];
  /** Most rows of a run, a multiple of 16. */
  readonly batchRows: number;
}

/** Named tensors of one forward pass. */
export type Tensors = Readonly<Record<string, PlainTensor>>;

/** To an engine thread. */
export type EngineRequest =
  | { readonly kind: 'start'; readonly id: number; readonly plan: RolloutPlan }
  | { readonly kind: 'cancel'; readonly id: number }
  | {
      readonly kind: 'infer';
      readonly id: number;
      readonly member: number;
      readonly inputs: Tensors;
      readonly outputs: readonly string[];
    }
  | { readonly kind: 'stop' };

/** A finished leaf. */
export interface LeafAnswer {
  readonly kind: 'leaf';
  readonly id: number;
  readonly firstSample: number;
  readonly member: number;
  readonly sums: Float64Array;
  readonly ineligible: Uint32Array;
  readonly paths: PackedPaths | undefined;
  /** Rows through the graph, and events sampled. */
  readonly steps: number;
  readonly events: number;
}

/** Runs since the last record. */
export interface RunRecord {
  /** Rows of each run, before padding. */
  readonly rows: readonly number[];
  /** Seconds that filling and running took. */
  readonly seconds: number;
}

/** Why a job failed within the engine. */
export type EngineFailure = 'NON_FINITE' | 'ENGINE_FAILED';

/** From an engine thread. */
export type EngineAnswer =
  | {
      readonly kind: 'ready';
      readonly engine: string;
      readonly replayable: boolean;
      /** How the golden cases were compared. */
      readonly golden: 'digest' | 'tolerance';
    }
  | { readonly kind: 'refused'; readonly reason: BundleReason; readonly message: string }
  | LeafAnswer
  | { readonly kind: 'failed'; readonly id: number; readonly reason: EngineFailure }
  | { readonly kind: 'inferred'; readonly id: number; readonly outputs: Tensors }
  | { readonly kind: 'ran'; readonly runs: RunRecord }
  | { readonly kind: 'stopped' };
