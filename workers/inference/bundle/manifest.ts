// The manifest of a bundle: what is in it, which graph contract it keeps, and what it may be used for.
import { z } from 'zod';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const file = z.object({
  path: z.string().min(1),
  role: z.string(),
  member: z.int().min(0).optional(),
  bytes: z.int().min(0).optional(),
  sha256,
});

/** Fields that this worker reads; others are for people and for training. */
export const manifestSchema = z.object({
  apiVersion: z.literal('twinward.io/bundle/v1'),
  task: z.literal('Trajectory'),
  name: z.string().min(1),
  version: z.string().min(1),
  files: z.array(file).min(1).max(1_000),
  graph: z.object({
    contract: z.literal('hazard-step/1'),
    opset: z.int().min(13),
    members: z.int().min(1).max(32),
    vocab: z.int().min(1).max(65_535),
    events: z.int().min(1).max(4_096),
    hidden: z.tuple([z.int().min(1), z.int().min(1)]),
    horizons: z.int().min(1).max(64),
    outcomes: z.int().min(1).max(1_024),
    timeUnit: z.literal('year'),
    tick: z.number().positive(),
    ageCap: z.number().positive(),
  }),
  streams: z.object({
    generator: z.literal('philox4x32-10'),
    key: z.literal('sha256(seed|subject_key)[0:8]'),
    exponential: z.literal('-log1p(-u53)'),
  }),
  calibration: z.object({ kappa: z.number().positive() }),
  intendedUse: z.object({
    status: z.string(),
    statement: z.string(),
    ageYears: z.tuple([z.number().min(0), z.number().min(0)]),
    maxHorizonDays: z.number().positive(),
    minCoverage: z.number().min(0).max(1),
    effects: z.string(),
  }),
  golden: z.object({
    cases: z.int().min(1),
    digests: z.record(z.string(), z.string()),
    relTolerance: z.number().positive(),
    sameOrder: z.number().min(0).max(1),
  }),
});

/** A parsed manifest. */
export type Manifest = z.output<typeof manifestSchema>;

/** Sizes of the graph, as every loop needs them. */
export interface GraphSizes {
  /** Entries of the vocabulary (V). */
  readonly vocabulary: number;
  /** Hazard events (K). */
  readonly events: number;
  /** Floats of the state of one row (layers x width). */
  readonly hidden: number;
  readonly hiddenShape: readonly [number, number];
  /** Horizon slots. */
  readonly horizons: number;
  /** Outcome slots (O). */
  readonly outcomes: number;
}

/** Sizes of the graph of a manifest. */
export function sizesOf(manifest: Manifest): GraphSizes {
  const { vocab, events, hidden, horizons, outcomes } = manifest.graph;
  return {
    vocabulary: vocab,
    events,
    hidden: hidden[0] * hidden[1],
    hiddenShape: [hidden[0], hidden[1]],
    horizons,
    outcomes,
  };
}

/** Path of the graph of each member, in member order; undefined when they are not exactly 0 … members - 1. */
export function graphPaths(manifest: Manifest): readonly string[] | undefined {
  const graphs = manifest.files.filter(({ role }) => role === 'graph');
  const ordered = graphs.toSorted((one, other) => (one.member ?? 0) - (other.member ?? 0));
  const complete = ordered.every(({ member }, index) => (member ?? 0) === index);
  return complete && ordered.length === manifest.graph.members ? ordered.map(({ path }) => path) : undefined;
}

/** Path of the one file of a role; undefined when there is none or more than one. */
export function pathOfRole(manifest: Manifest, role: string): string | undefined {
  const files = manifest.files.filter((entry) => entry.role === role);
  return files.length === 1 ? files[0]?.path : undefined;
}
