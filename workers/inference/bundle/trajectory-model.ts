// From vocabulary and calibration to the flat arrays of the rollout loops.
import { z } from 'zod';
import { BundleError } from '../errors.ts';
import { packLists, type TrajectoryModel } from '../trajectory/model.ts';
import { type Manifest, sizesOf } from './manifest.ts';
import type { Vocabulary } from './vocabulary.ts';

const calibrationSchema = z.object({
  alpha: z.record(z.string(), z.number()),
  kappa: z.number().positive(),
  logitSd: z.record(z.string(), z.number().min(0).max(10)).default({}),
});

/** A parsed calibration.json: alpha is added to the log-hazard of an event, logitSd is the error of an outcome's risk. */
export type Calibration = z.output<typeof calibrationSchema>;

/** Parses calibration.json. Throws BundleError ContractViolation. */
export function parseCalibration(document: unknown): Calibration {
  const parsed = calibrationSchema.safeParse(document);
  if (parsed.success) return parsed.data;
  const fields = parsed.error.issues.map(({ path }) => path.join('.')).slice(0, 5);
  throw new BundleError(
    'ContractViolation',
    `calibration.json does not fit calibration/v1 at ${fields.join(', ')}; export the bundle again`,
  );
}

/**
 * Checks that a calibration belongs to its bundle. Throws BundleError ContractViolation when it names an outcome that the
 * vocabulary lacks, or another kappa than the manifest.
 */
export function checkCalibration(
  { kappa, logitSd }: Calibration,
  manifest: Manifest,
  { outcomes }: Pick<Vocabulary, 'outcomes'>,
): void {
  const names = new Set(outcomes.map(({ name }) => name));
  if (kappa === manifest.calibration.kappa && Object.keys(logitSd).every((name) => names.has(name))) return;
  throw new BundleError(
    'ContractViolation',
    'calibration.json has another kappa than manifest.json, or logitSd of an unknown outcome; export the bundle again',
  );
}

/** Builds the tables of the rollout loops. */
export function buildModel(
  manifest: Manifest,
  vocabulary: Vocabulary,
  calibration: Calibration,
): TrajectoryModel {
  const { events, outcomes } = vocabulary;
  const place = new Map(events.map(({ name, index }) => [name, index]));
  const members = outcomes.map((outcome) => outcome.events.map((name) => place.get(name) ?? 0));
  return {
    sizes: sizesOf(manifest),
    tickYears: manifest.graph.tick,
    ageCapYears: manifest.graph.ageCap,
    events: {
      count: events.length,
      streams: Uint32Array.from(events, ({ stream }) => stream),
      terminal: Uint8Array.from(events, ({ terminal }) => Number(terminal)),
      now: packLists(events.map(({ now }) => now)),
      set: packLists(events.map(({ set }) => set)),
      clear: packLists(events.map(({ clear }) => clear)),
      requires: packLists(events.map(({ requires }) => requires)),
      excludes: packLists(events.map(({ excludes }) => excludes)),
      dependents: packLists(dependentsOf(vocabulary)),
    },
    outcomes: {
      count: outcomes.length,
      recurrent: Uint8Array.from(outcomes, ({ recurrent }) => Number(recurrent)),
      complement: Uint8Array.from(outcomes, ({ complement }) => Number(complement)),
      events: packLists(members),
      ofEvent: packLists(
        events.map(({ index }) => [...members.keys()].filter((outcome) => members[outcome]?.includes(index))),
      ),
    },
    baseLogHazard: Float32Array.from(events, ({ name }) => calibration.alpha[name] ?? 0),
  };
}

function dependentsOf({ size, events }: Vocabulary): readonly (readonly number[])[] {
  const byIndex = Array.from({ length: size }, (): number[] => []);
  for (const { index: event, requires, excludes } of events) {
    for (const index of new Set([...requires, ...excludes])) byIndex[index]?.push(event);
  }
  return byIndex;
}
