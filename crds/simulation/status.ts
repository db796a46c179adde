import { z } from 'zod';
import { conditions, observedGeneration } from '../condition.ts';
import { count, timestamp } from '../fields.ts';

function share(description: string): z.ZodString {
  return z
    .string()
    .max(32)
    .meta({ description: `${description} A decimal number as text.` });
}

function short(description: string): z.ZodString {
  return z.string().max(128).meta({ description });
}

const result = z
  .object({
    scenario: z.string().max(63).meta({ description: 'Name of the scenario.' }),
    outcome: z.string().max(63).meta({ description: 'Name of the outcome.' }),
    horizon: z.string().max(24).meta({ description: 'Horizon as an ISO 8601 duration.' }),
    subjects: count('Subjects that the figure is a mean of; at least 11.'),
    risk: share('Mean risk at the horizon.'),
    low: share('Lower end of the interval of the risk.'),
    high: share('Upper end of the interval of the risk.'),
    level: share('Level of the intervals.'),
    difference: share('Paired difference of the risk to the baseline.').exactOptional(),
    differenceLow: share('Lower end of the interval of the difference.').exactOptional(),
    differenceHigh: share('Upper end of the interval of the difference.').exactOptional(),
    calibration: z
      .enum(['Calibrated', 'NotCalibrated'])
      .meta({ description: 'Whether the model passed its calibration gates for the outcome.' }),
  })
  .meta({ description: 'Risk of one outcome in one scenario, over all subjects.' });

const pinned = z
  .object({
    runKey: short('Hash of the pinned inputs; the result is stored under it.').exactOptional(),
    modelSha256: short('Bundle that answers: sha256 of its manifest.').exactOptional(),
    engine: short('Engine class that computes, such as ort-1.30.0/cpu/avx512.').exactOptional(),
    snapshot: short('Identifier of the frozen subjects.').exactOptional(),
    subjects: count('Subjects frozen; absent for a single twin.').exactOptional(),
  })
  .meta({ description: 'What the run was pinned to before it began.' });

/** `status` of a Simulation. */
export const status = z
  .object({
    observedGeneration,
    attempt: z
      .int32()
      .min(0)
      .exactOptional()
      .meta({ description: 'How many Jobs were created, the present one included.' }),
    jobName: z.string().max(63).exactOptional().meta({ description: 'Name of the present Job.' }),
    pinned: pinned.exactOptional(),
    units: z
      .object({
        total: count('Units of work.').default(0),
        completed: count('Units whose result is stored.').default(0),
      })
      .exactOptional()
      .meta({ description: 'Progress of the run.' }),
    startTime: timestamp('When the first worker could begin.').exactOptional(),
    completionTime: timestamp('When the run ended, well or not.').exactOptional(),
    results: z
      .array(result)
      .max(512)
      .exactOptional()
      .meta({
        description: 'Aggregated results over at least 11 subjects, rounded. None for a single twin.',
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['scenario', 'outcome', 'horizon'],
      }),
    conditions,
  })
  .prefault({ observedGeneration: -1 })
  .meta({ description: 'What was observed of the run.' });
