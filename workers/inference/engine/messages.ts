// What the main thread and an engine thread say to each other. Everything is plain data.
import type { Golden } from '../bundle/golden.ts';
import type { Manifest } from '../bundle/manifest.ts';
import type { BundleReason } from '../errors.ts';
import type { TrajectoryModel } from '../trajectory/model.ts';
import type { RolloutPlan } from '../trajectory/plan.ts';
import type { PlainTensor } from './onnx-graph.ts';
import type { PackedPaths } from './packed-paths.ts';
import type { Provider, ProviderChoice } from './provider-names.ts';

/** What an engine thread starts with. */
export interface EngineSetup {
  readonly manifest: Manifest;
  readonly model: TrajectoryModel;
  readonly golden: Golden;
  readonly graphs: readonly Uint8Array[];
  /** Most rows of a run, a multiple of 16. */
  readonly batchRows: number;
  readonly provider: ProviderChoice;
  /** Memory of the slots of this thread. */
  readonly slots: SharedArrayBuffer;
}

/** Named tensors of one forward pass. */
export type Tensors = Readonly<Record<string, PlainTensor>>;

/** One forward pass. */
export interface PassMessage {
  readonly id: number;
  readonly member: number;
  /** Slot with the inputs; -1 = they are in `packed`. */
  readonly slot: number;
  /** All inputs in the order of the contract, one after another, unpadded; absent when they are in a slot. */
  readonly packed: Float32Array | undefined;
  readonly outputs: readonly string[];
  readonly rows: number;
  /** Milliseconds since 1970 after which nobody waits; Infinity = never. */
  readonly deadline: number;
}

/** To an engine thread. */
export type EngineRequest =
  | { readonly kind: 'start'; readonly id: number; readonly plan: RolloutPlan }
  | { readonly kind: 'cancel'; readonly id: number }
  /** Passes of one moment travel together: a message costs as much as the rows of a pass. */
  | { readonly kind: 'infer'; readonly passes: readonly PassMessage[] }
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

/** What a forward pass took, in milliseconds; passes that ran together share all but the wait. */
export interface InferTiming {
  readonly queueMs: number;
  readonly inputMs: number;
  readonly inferMs: number;
  readonly outputMs: number;
  /** Rows of the run, of all passes in it. */
  readonly runRows: number;
  /** True for one pass of every run. */
  readonly isFirstOfRun: boolean;
}

/** A pass of a run that has ended. */
export interface FinishedPass {
  readonly id: number;
  readonly rows: number;
  readonly queueMs: number;
  /** Slot with the answer; -1 = it is in the outputs of the run. */
  readonly slot: number;
}

/** A run that has ended: its passes in the order of their rows in the outputs. */
export interface FinishedRun {
  readonly passes: readonly FinishedPass[];
  /** Empty when all answers are in slots. */
  readonly outputs: Tensors;
  readonly inputMs: number;
  readonly inferMs: number;
}

/** A finished forward pass. */
export interface InferAnswer {
  readonly outputs: Tensors;
  readonly timing: InferTiming;
}

/** Why a job failed within the engine. */
export type EngineFailure = 'NON_FINITE' | 'ENGINE_FAILED' | 'DEADLINE_EXPIRED';

/** From an engine thread. */
export type EngineAnswer =
  | {
      readonly kind: 'ready';
      readonly engine: string;
      readonly replayable: boolean;
      readonly provider: Provider;
      /** How the golden cases were compared. */
      readonly golden: 'digest' | 'tolerance';
    }
  | {
      readonly kind: 'refused';
      readonly reason: BundleReason | 'ProviderUnavailable';
      readonly message: string;
    }
  | LeafAnswer
  | { readonly kind: 'failed'; readonly id: number; readonly reason: EngineFailure }
  | ({ readonly kind: 'inferred' } & FinishedRun)
  /** A pass was cancelled before it began. */
  | { readonly kind: 'dropped'; readonly id: number }
  | { readonly kind: 'ran'; readonly runs: RunRecord }
  | { readonly kind: 'stopped' };
