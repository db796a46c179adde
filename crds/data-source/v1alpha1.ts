import { z } from 'zod';
import { conditions, observedGeneration } from '../condition.ts';
import { count, formedText, schedule, suspend, timestamp, timeZone } from '../fields.ts';
import type { Immutable } from '../immutable.ts';
import { described, immutableField, type KindDefinition, nameRule, objectMeta, v1alpha1 } from '../kind.ts';
import { modelRefs, outcomesAtHorizons, retentionPeriod } from '../references.ts';

const folder = z
  .object({
    uri: formedText({
      description:
        'Where the files are: builtin:<name> in the image, pvc://<claim>/<path> on a volume of this namespace, or gs://<bucket>/<prefix>.',
      max: 512,
      pattern:
        '^(builtin:[a-z0-9]([-a-z0-9]*[a-z0-9])?|pvc://[a-z0-9]([-a-z0-9.]*[a-z0-9])?(/[A-Za-z0-9_=-][A-Za-z0-9_.=-]*)*/?|gs://[a-z0-9][-a-z0-9_.]*[a-z0-9](/[A-Za-z0-9_=-][A-Za-z0-9_.=-]*)*/?)$',
      remedy:
        'folder.uri must be builtin:<name>, pvc://<claim>/<path> or gs://<bucket>/<prefix>: correct the scheme or the path, whose parts must not start with a dot',
    }),
    scanIntervalSeconds: z
      .int32()
      .min(1)
      .max(86_400)
      .default(10)
      .meta({ description: 'Without a schedule: time between two scans of the folder, in seconds.' }),
  })
  .meta({ description: 'A folder of FHIR R4 files: Bundle JSON and NDJSON, plain or gzip.' });

const enrolment = z
  .object({
    mode: z.enum(['Declared', 'All']).default('Declared').meta({
      description:
        'Declared keeps records for PatientTwins only; All makes a twin in the store, without an object, for every patient of the source.',
    }),
    template: z
      .object({ modelRefs: modelRefs.exactOptional(), outcomes: outcomesAtHorizons.exactOptional() })
      .exactOptional()
      .meta({
        description:
          'With All: what each twin in the store forecasts. Absent means records without forecasts.',
      }),
  })
  .prefault({ mode: 'Declared' })
  .meta(
    described('Which patients of the source become twins.', {
      rule: "!has(self.template) || self.mode == 'All'",
      message: 'enrolment.template goes with enrolment.mode All only: set mode to All or remove template',
      fieldPath: '.template',
    }),
  );

const spec = z
  .object({
    suspend,
    type: z
      .enum(['Folder'])
      .meta({ description: 'Kind of source; the member of that name holds its settings.' }),
    folder: folder.exactOptional(),
    schedule: schedule
      .exactOptional()
      .meta({ description: 'When the source is read. Absent means continuously.' }),
    recordTimeZone: timeZone('recordTimeZone', 'Time zone of timestamps that state no offset.').default(
      'Etc/UTC',
    ),
    enrolment,
    retention: z
      .object({ rawMessages: retentionPeriod.exactOptional() })
      .exactOptional()
      .meta({ description: 'How long what was received is kept. Absent means for ever.' }),
    quarantine: z
      .object({
        maxPercent: z.int32().min(0).max(100).default(5).meta({
          description: 'Above this share of quarantined records, in percent, the source counts as failed.',
        }),
      })
      .prefault({})
      .meta({ description: 'What to do about records that cannot be read.' }),
  })
  .meta(
    described(
      'What is wanted of the source.',
      {
        rule: "self.type != 'Folder' || has(self.folder)",
        message: 'folder is required when type is Folder: add folder.uri',
        reason: 'FieldValueRequired',
        fieldPath: '.folder',
      },
      immutableField('type', 'create another DataSource for a source of another type'),
    ),
  );

function counts(description: string): z.ZodObject<Record<CountName, z.ZodDefault<z.ZodNumber>>> {
  return z
    .object({
      received: count('Records received.').default(0),
      stored: count('Records stored, as new or as a correction.').default(0),
      unchanged: count('Records that were there already.').default(0),
      quarantined: count('Records set aside because they could not be read.').default(0),
    })
    .meta({ description: `${description} received = stored + unchanged + quarantined.` });
}

type CountName = 'received' | 'stored' | 'unchanged' | 'quarantined';

const quarantineReason = z
  .object({
    reason: z.string().min(1).max(64).meta({ description: 'Why, as a constant.' }),
    count: count('How many records.'),
  })
  .meta({ description: 'Records set aside for one reason.' });

const status = z
  .object({
    observedGeneration,
    lastSync: z
      .object({
        startTime: timestamp('When the last pass over the source began.').exactOptional(),
        completionTime: timestamp('When the last pass over the source ended.').exactOptional(),
      })
      .exactOptional()
      .meta({ description: 'The last pass over the source.' }),
    watermark: timestamp(
      'How far the source was read. A time of the source, not of a patient.',
    ).exactOptional(),
    counts: counts('Counts of the last pass that received anything:').exactOptional(),
    totals: counts(
      'Counts over the life of the source, with those in quarantine now and without those that were mended since:',
    ).exactOptional(),
    quarantineReasons: z
      .array(quarantineReason)
      .max(64)
      .exactOptional()
      .meta({
        description: 'Why records are set aside now; those that were mended since are left out.',
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['reason'],
      }),
    conditions,
  })
  .prefault({ observedGeneration: -1 })
  .meta({ description: 'What was observed of the source.' });

/** Schema of a stored DataSource. */
export const dataSource = z
  .object({
    apiVersion: z.literal(v1alpha1),
    kind: z.literal('DataSource'),
    metadata: objectMeta,
    spec,
    status,
  })
  .meta(described('A source of health records that feeds the twins of its namespace.', nameRule(45)));

export type DataSource = Immutable<z.output<typeof dataSource>>;
export type DataSourceSpec = DataSource['spec'];
export type DataSourceStatus = DataSource['status'];

/** Reads an object of the API server. Fields that this version does not know are dropped. @throws ZodError */
export function parseDataSource(value: unknown): DataSource {
  return dataSource.parse(value);
}

/** The kind as the API server learns it. */
export const dataSourceKind = {
  kind: 'DataSource',
  listKind: 'DataSourceList',
  plural: 'datasources',
  singular: 'datasource',
  shortNames: ['dsrc'],
  categories: ['twinward', 'all'],
  version: 'v1alpha1',
  description: 'DataSource reads health records from a source into the twins of its namespace.',
  schema: dataSource,
  selectableFields: ['.spec.type', '.spec.suspend', '.spec.enrolment.mode'],
  printerColumns: [
    { name: 'Type', type: 'string', jsonPath: '.spec.type', description: 'Kind of source.' },
    {
      name: 'Ready',
      type: 'string',
      jsonPath: '.status.conditions[?(@.type=="Ready")].status',
      description: 'Whether the source is accepted and acted on.',
    },
    {
      name: 'Synced',
      type: 'string',
      jsonPath: '.status.conditions[?(@.type=="Synced")].status',
      description: 'Whether the last pass over the source succeeded.',
    },
    {
      name: 'Reason',
      type: 'string',
      jsonPath: '.status.conditions[?(@.type=="Synced")].reason',
      description: 'State of the last pass over the source.',
    },
    {
      name: 'Received',
      type: 'integer',
      jsonPath: '.status.totals.received',
      description: 'Records received.',
    },
    { name: 'Stored', type: 'integer', jsonPath: '.status.totals.stored', description: 'Records stored.' },
    {
      name: 'Quarantined',
      type: 'integer',
      jsonPath: '.status.totals.quarantined',
      description: 'Records set aside.',
    },
    {
      name: 'Enrolment',
      type: 'string',
      jsonPath: '.spec.enrolment.mode',
      description: 'Who becomes a twin.',
      priority: 1,
    },
    { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp', description: 'Age of the object.' },
  ],
} as const satisfies KindDefinition;
