// What this process needs from outside: units of work, and an engine.
import type { Leaf__Output } from '#proto/gen/twinward/v1/Leaf.ts';
import type { SimulateHeader__Output } from '#proto/gen/twinward/v1/SimulateHeader.ts';
import type { SimulateRequest__Output } from '#proto/gen/twinward/v1/SimulateRequest.ts';
import type { SubjectLeaves } from '#proto/gen/twinward/v1/SubjectLeaves.ts';

/** A subject of a unit: position in the snapshot, and the complete request. */
export interface Subject {
  readonly ordinal: string;
  readonly request: SimulateRequest__Output;
}

/** A unit under a lease. */
export interface Unit {
  readonly unit: string;
  readonly lease: string;
  readonly leaseSeconds: number;
  readonly subjects: readonly Subject[];
}

/** What came of a claim. */
export type Claim =
  | { readonly kind: 'unit'; readonly unit: Unit }
  | { readonly kind: 'none'; readonly retryAfterMs: number }
  | { readonly kind: 'finished' };

/** Result of a unit: of all of its subjects, or why the run cannot go on. */
export type Outcome =
  | { readonly kind: 'result'; readonly subjects: readonly SubjectLeaves[]; readonly engine: string }
  | { readonly kind: 'failure'; readonly reason: string; readonly message: string };

/** Units of one run. Calls reject with the ServiceError of gRPC. */
export interface Units {
  claim(signal: AbortSignal): Promise<Claim>;
  /** Seconds that the lease holds from now on. */
  extend(unit: Unit, signal: AbortSignal): Promise<number>;
  /** Whether the unit had been committed before. */
  commit(unit: Unit, outcome: Outcome, signal: AbortSignal): Promise<{ readonly duplicate: boolean }>;
}

/** A message of a Simulate stream, as far as this process reads it. */
export type EnginePart =
  | { readonly kind: 'header'; readonly header: SimulateHeader__Output }
  | { readonly kind: 'leaf'; readonly leaf: Leaf__Output };

/** An engine. */
export interface Engine {
  /** Streams the leaves of a request; ends after what could be computed. Rejects with ServiceError. */
  simulate(request: SimulateRequest__Output, signal: AbortSignal): AsyncIterable<EnginePart>;
  /** Whether it serves now. */
  isServing(): Promise<boolean>;
}
