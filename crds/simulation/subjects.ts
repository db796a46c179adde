import { z } from 'zod';
import { code, codeSystem, objectName } from '../fields.ts';
import { described } from '../kind.ts';

function ageBound(description: string, absent: number): z.ZodDefault<z.ZodNumber> {
  return z.int32().min(0).max(150).default(absent).meta({ description });
}

const ageYears = z
  .object({
    min: ageBound('Youngest age in whole years.', 0),
    max: ageBound('Oldest age in whole years, inclusive.', 150),
  })
  .meta(
    described('Age of the subjects when they are frozen.', {
      rule: 'self.min <= self.max',
      message: 'cohort.ageYears.min must not exceed cohort.ageYears.max: swap or correct them',
      fieldPath: '.min',
    }),
  );

const criterion = z
  .object({
    system: codeSystem,
    code,
    presence: z
      .enum(['Present', 'Absent'])
      .default('Present')
      .meta({ description: 'Whether the record must hold the code or must not.' }),
  })
  .meta({ description: 'A condition on the record of a subject.' });

const cohort = z
  .object({
    ageYears: ageYears.exactOptional(),
    criteria: z
      .array(criterion)
      .max(16)
      .exactOptional()
      .meta({
        description: 'Conditions on the record; all must hold.',
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['system', 'code'],
      }),
    maxSubjects: z
      .int32()
      .min(1)
      .max(1_000_000)
      .default(20_000)
      .meta({ description: 'A cohort that is larger stops the run before it begins.' }),
  })
  .meta({ description: 'Subjects chosen in the store when the run is frozen.' });

/** Who is simulated: one twin or a cohort. */
export const subjects = z
  .object({
    twinRef: z
      .object({ name: objectName('subjects.twinRef.name', 'Name of a PatientTwin in this namespace.') })
      .exactOptional()
      .meta({
        description: 'One twin. Its result stays in the store and is read with "kubectl twin results".',
      }),
    cohort: cohort.exactOptional(),
  })
  .meta(
    described('Who is simulated.', {
      rule: 'has(self.twinRef) != has(self.cohort)',
      message: 'subjects must have exactly one of twinRef and cohort: add one, or remove the other',
    }),
  );
