import { z } from 'zod';
import { conditions, observedGeneration } from '../condition.ts';
import { count, schedule, suspend } from '../fields.ts';
import type { Immutable } from '../immutable.ts';
import { described, type KindDefinition, objectMeta, v1alpha1 } from '../kind.ts';
import { modelRefs, outcomesAtHorizons, sourceRefs } from '../references.ts';
import { handleAlphabet } from './handle.ts';

/** Annotation whose every new value asks for one update of the twin. */
export const refreshAnnotation = 'twinward.io/refresh';

const handleShape = "self.metadata.name.matches('^pt-[0-9a-hjkmnp-tv-z]{16}$')";
// Written out, because the API server cannot bound the cost of a loop over a list literal.
const handleSum = Array.from(
  { length: 15 },
  (_, index) =>
    `'${handleAlphabet}'.indexOf(self.metadata.name.substring(${index + 3}, ${index + 4})) * ${index + 1}`,
).join(' + ');

const update = z
  .object({
    mode: z
      .enum(['OnData', 'Schedule', 'Manual'])
      .default('OnData')
      .meta({
        description: `OnData updates the forecast after new records; Schedule at set times; Manual when the annotation ${refreshAnnotation} gets a new value.`,
      }),
    debounceSeconds: z.int32().min(0).max(86_400).default(300).meta({
      description: 'With OnData: how long to wait for further records before an update, in seconds.',
    }),
    schedule: schedule.exactOptional().meta({ description: 'With Schedule: when the forecast is updated.' }),
  })
  .prefault({ mode: 'OnData' })
  .meta(
    described('When the forecast is updated.', {
      rule: "has(self.schedule) == (self.mode == 'Schedule')",
      message:
        'update.schedule goes with update.mode Schedule and with no other: set mode to Schedule or remove schedule',
      fieldPath: '.schedule',
    }),
  );

const spec = z
  .object({
    suspend,
    sourceRefs: sourceRefs.exactOptional(),
    modelRefs,
    outcomes: outcomesAtHorizons.exactOptional(),
    update,
    deletionPolicy: z.enum(['Retain', 'Delete']).default('Retain').meta({
      description:
        'What happens when this object is deleted: Retain keeps everything, Delete removes the predictions. Records are never removed; erasing a patient is an act of its own.',
    }),
  })
  .meta({ description: 'What is wanted of the twin.' });

const modelInUse = z
  .object({
    name: z.string().max(253).meta({ description: 'Name of the TwinModel.' }),
    sha256: z
      .string()
      .max(64)
      .meta({ description: 'Bundle of the current prediction: sha256 of its manifest.' }),
  })
  .meta({ description: 'A model and the bundle it used.' });

const status = z
  .object({
    observedGeneration,
    revision: count(
      'Revision of the record that the forecast was made from. Written at intervals.',
    ).exactOptional(),
    freshness: z
      .enum(['Fresh', 'Stale', 'NoData'])
      .exactOptional()
      .meta({ description: 'Whether the record of the twin is fresh enough for a forecast.' }),
    models: z
      .array(modelInUse)
      .max(8)
      .exactOptional()
      .meta({
        description: 'Bundles of the current predictions.',
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['name'],
      }),
    lastHandledRefresh: z
      .string()
      .max(64)
      .exactOptional()
      .meta({ description: `Value of the annotation ${refreshAnnotation} that was answered last.` }),
    conditions,
  })
  .prefault({ observedGeneration: -1 })
  .meta({ description: 'What was observed of the twin.' });

/** Schema of a stored PatientTwin. */
export const patientTwin = z
  .object({
    apiVersion: z.literal(v1alpha1),
    kind: z.literal('PatientTwin'),
    metadata: objectMeta,
    spec,
    status,
  })
  .meta(
    described(
      "The digital twin of one patient. Its name is the twin's handle, which says nothing about the patient.",
      {
        rule: handleShape,
        message:
          'metadata.name must be a handle: "pt-" and 16 characters of 0123456789abcdefghjkmnpqrstvwxyz; mint one with "kubectl twin enrol"',
      },
      {
        rule: `!${handleShape} || '${handleAlphabet}'.charAt((${handleSum}) % 31) == self.metadata.name.substring(18)`,
        message:
          'metadata.name is not a handle that was minted, since its last character does not fit the others: look for a typing error, or mint one with "kubectl twin enrol"',
      },
    ),
  );

export type PatientTwin = Immutable<z.output<typeof patientTwin>>;
export type PatientTwinSpec = PatientTwin['spec'];
export type PatientTwinStatus = PatientTwin['status'];

/** Reads an object of the API server. Fields that this version does not know are dropped. @throws ZodError */
export function parsePatientTwin(value: unknown): PatientTwin {
  return patientTwin.parse(value);
}

/** The kind as the API server learns it. */
export const patientTwinKind = {
  kind: 'PatientTwin',
  listKind: 'PatientTwinList',
  plural: 'patienttwins',
  singular: 'patienttwin',
  shortNames: ['ptwin'],
  categories: ['twinward'],
  version: 'v1alpha1',
  description: 'PatientTwin keeps the digital twin of one patient up to date.',
  schema: patientTwin,
  selectableFields: ['.spec.suspend', '.spec.update.mode', '.spec.deletionPolicy'],
  printerColumns: [
    {
      name: 'Ready',
      type: 'string',
      jsonPath: '.status.conditions[?(@.type=="Ready")].status',
      description: 'Whether the twin is accepted and acted on.',
    },
    {
      name: 'Up-To-Date',
      type: 'string',
      jsonPath: '.status.conditions[?(@.type=="UpToDate")].status',
      description: 'Whether the forecast is made from the latest record.',
    },
    {
      name: 'Reason',
      type: 'string',
      jsonPath: '.status.conditions[?(@.type=="UpToDate")].reason',
      description: 'Why the forecast is or is not up to date.',
    },
    {
      name: 'Revision',
      type: 'integer',
      jsonPath: '.status.revision',
      description: 'Revision of the record.',
    },
    {
      name: 'Freshness',
      type: 'string',
      jsonPath: '.status.freshness',
      description: 'Freshness of the record.',
    },
    {
      name: 'Models',
      type: 'string',
      jsonPath: '.status.models[*].name',
      description: 'Models of the current predictions.',
      priority: 1,
    },
    {
      name: 'Bound',
      type: 'string',
      jsonPath: '.status.conditions[?(@.type=="Bound")].status',
      description: 'Whether a patient is bound to the handle.',
      priority: 1,
    },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp', description: 'Age of the object.' },
  ],
} as const satisfies KindDefinition;
