import { z } from 'zod';
import { code, codeSystem, decimal, formedText, isoDuration } from '../fields.ts';
import { described } from '../kind.ts';

const intervention = z
  .object({
    action: z.enum(['Start', 'Stop', 'Set']).meta({
      description: 'Start begins a course, Stop ends it, Set gives a measurement a value.',
    }),
    system: codeSystem,
    code,
    after: isoDuration(
      'interventions[].after',
      'When it happens, counted from the start of the run.',
    ).default('P0D'),
    value: decimal(
      'interventions[].value',
      'Value that Set gives, or dose that Start begins with.',
    ).exactOptional(),
    unit: z
      .string()
      .min(1)
      .max(32)
      .exactOptional()
      .meta({ description: 'UCUM unit of the value, such as mg or mm[Hg].' }),
  })
  .meta(
    described(
      'Something that is done to every subject of the scenario.',
      {
        rule: "self.action != 'Set' || has(self.value)",
        message: 'interventions[].value is required with action Set: add value and unit',
        reason: 'FieldValueRequired',
        fieldPath: '.value',
      },
      {
        rule: "self.action != 'Stop' || !has(self.value)",
        message: 'interventions[].value does not go with action Stop: remove value and unit',
        fieldPath: '.value',
      },
      {
        rule: 'has(self.value) == has(self.unit)',
        message:
          'interventions[].value and interventions[].unit go together: add the UCUM unit ("1" for none), or remove both',
        fieldPath: '.unit',
      },
    ),
  );

/** Name of a scenario, as results and `baseline` use it. */
export function scenarioName(field: string, description: string): z.ZodString {
  return formedText({
    description,
    max: 63,
    pattern: '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$',
    remedy: `${field} must be lower-case letters, digits and "-": write for example usual-care`,
  });
}

/** The futures that are compared. */
export const scenarios = z
  .array(
    z
      .object({
        name: scenarioName('scenarios[].name', 'Name of the scenario, unique in the Simulation.'),
        interventions: z.array(intervention).max(16).exactOptional().meta({
          description: 'What is done. Absent means that nothing is changed.',
          'x-kubernetes-list-type': 'atomic',
        }),
      })
      .meta({ description: 'One future.' }),
  )
  .min(1)
  .max(16)
  .meta({
    description:
      'The futures that are compared. All share the same chance, so a difference is due to interventions only.',
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': ['name'],
  });
