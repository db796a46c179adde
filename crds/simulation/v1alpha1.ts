import { z } from 'zod';
import { formedText, objectName, outcomeName, positiveIsoDuration, suspend } from '../fields.ts';
import type { Immutable } from '../immutable.ts';
import {
  described,
  immutableField,
  immutableOptionalField,
  type KindDefinition,
  nameRule,
  objectMeta,
  v1alpha1,
} from '../kind.ts';
import { pinnedModelRef } from '../references.ts';
import { scenarioName, scenarios } from './scenario.ts';
import { status } from './status.ts';
import { subjects } from './subjects.ts';

const outcomes = z
  .array(z.object({ name: outcomeName('outcomes[].name') }).meta({ description: 'An outcome.' }))
  .min(1)
  .max(16)
  .meta({
    description: 'Outcomes whose risk is reported. Death is always simulated.',
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': ['name'],
  });

const remedy = 'a run is pinned to its inputs, so create a Simulation with another name';

const requiredAndFixed = [
  'modelRef',
  'subjects',
  'horizon',
  'trajectories',
  'seed',
  'baseline',
  'scenarios',
  'outcomes',
  'engine',
  'parallelism',
  'retriesPerWorker',
  'results',
];
const optionalAndFixed = ['asOf', 'activeDeadlineSeconds', 'healthSystemRef'];

const spec = z
  .object({
    suspend,
    modelRef: pinnedModelRef,
    subjects,
    asOf: formedText({
      description:
        'Day that records are taken as of and futures begin at. Absent means the UTC day of the freeze.',
      max: 10,
      pattern: '^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$',
      remedy: 'asOf must be a day: write for example "2026-09-01"',
    }).exactOptional(),
    horizon: positiveIsoDuration('horizon', 'How far the futures reach.'),
    trajectories: z
      .int32()
      .min(64)
      .max(65_536)
      .multipleOf(64)
      .default(256)
      .meta(
        described('Futures per subject and scenario; a multiple of 64.', {
          rule: 'self % 64 == 0',
          message: 'trajectories must be a multiple of 64: write for example 64, 192 or 256',
        }),
      ),
    seed: z
      .int32()
      .min(0)
      .default(0)
      .meta({ description: 'Seed of chance. The same question with the same seed has the same answer.' }),
    baseline: scenarioName('baseline', 'Scenario that the others are compared with.'),
    scenarios,
    outcomes,
    engine: z.enum(['Dedicated', 'Shared']).default('Dedicated').meta({
      description:
        "Dedicated runs an inference server beside each worker, so that quota and preemption act on it; Shared uses the model's own.",
    }),
    parallelism: z
      .int32()
      .min(1)
      .max(1000)
      .default(1)
      .meta({ description: 'Worker pods. The answer does not depend on it.' }),
    retriesPerWorker: z
      .int32()
      .min(0)
      .max(100)
      .default(3)
      .meta({ description: 'How often one worker may fail.' }),
    activeDeadlineSeconds: z
      .int()
      .min(1)
      .exactOptional()
      .meta({ description: 'Longest running time in seconds; waiting in a queue does not count.' }),
    ttlSecondsAfterFinished: z.int32().min(0).default(86_400).meta({
      description:
        'How long the Job and its pods are kept after the end, in seconds. This object and the result stay.',
    }),
    healthSystemRef: z
      .object({ name: objectName('healthSystemRef.name', 'Name of a HealthSystem in this namespace.') })
      .exactOptional()
      .meta({ description: 'Health system whose load follows from the run.' }),
    results: z
      .enum(['Aggregate', 'None'])
      .default('Aggregate')
      .meta({ description: 'Whether aggregated results are written to the status.' }),
  })
  .meta(
    described(
      'What is asked. Only suspend and ttlSecondsAfterFinished can be changed.',
      {
        rule: 'self.scenarios.exists(s, s.name == self.baseline)',
        message: 'baseline must be the name of one of scenarios: correct it or add that scenario',
        fieldPath: '.baseline',
      },
      ...requiredAndFixed.map((name) => immutableField(name, remedy)),
      ...optionalAndFixed.map((name) => immutableOptionalField(name, remedy)),
    ),
  );

/** Schema of a stored Simulation. */
export const simulation = z
  .object({
    apiVersion: z.literal(v1alpha1),
    kind: z.literal('Simulation'),
    metadata: objectMeta,
    spec,
    status,
  })
  .meta(described('A question about the future of one twin or of a cohort, asked once.', nameRule(52)));

export type Simulation = Immutable<z.output<typeof simulation>>;
export type SimulationSpec = Simulation['spec'];
export type SimulationStatus = Simulation['status'];

/** Reads an object of the API server. Fields that this version does not know are dropped. @throws ZodError */
export function parseSimulation(value: unknown): Simulation {
  return simulation.parse(value);
}

/** The kind as the API server learns it. */
export const simulationKind = {
  kind: 'Simulation',
  listKind: 'SimulationList',
  plural: 'simulations',
  singular: 'simulation',
  shortNames: ['sim'],
  categories: ['twinward', 'all'],
  version: 'v1alpha1',
  description: 'Simulation rolls out the futures of one twin or of a cohort under several scenarios.',
  schema: simulation,
  selectableFields: ['.spec.modelRef.name', '.spec.subjects.twinRef.name', '.spec.engine', '.spec.suspend'],
  printerColumns: [
    {
      name: 'Succeeded',
      type: 'string',
      jsonPath: '.status.conditions[?(@.type=="Succeeded")].status',
      description: 'How the run ended; Unknown until then.',
    },
    {
      name: 'Reason',
      type: 'string',
      jsonPath: '.status.conditions[?(@.type=="Succeeded")].reason',
      description: 'State of the run.',
    },
    {
      name: 'Done',
      type: 'integer',
      jsonPath: '.status.units.completed',
      description: 'Units whose result is stored.',
    },
    { name: 'Units', type: 'integer', jsonPath: '.status.units.total', description: 'Units of work.' },
    { name: 'Model', type: 'string', jsonPath: '.spec.modelRef.name', description: 'The model.' },
    {
      name: 'Ready',
      type: 'string',
      jsonPath: '.status.conditions[?(@.type=="Ready")].status',
      description: 'Whether the run is accepted and acted on.',
      priority: 1,
    },
    {
      name: 'Subjects',
      type: 'integer',
      jsonPath: '.status.pinned.subjects',
      description: 'Subjects frozen.',
      priority: 1,
    },
    {
      name: 'Engine',
      type: 'string',
      jsonPath: '.spec.engine',
      description: 'Where futures are computed.',
      priority: 1,
    },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp', description: 'Age of the object.' },
  ],
} as const satisfies KindDefinition;
