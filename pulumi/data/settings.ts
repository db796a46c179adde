// Settings of the data stack: database, buckets, secrets.
import { z } from 'zod';
import {
  deletionProtection,
  environment,
  kubernetesName,
  refuseUnprotectedProduction,
  takeDown,
  wholeNumber,
} from '../components/settings/fields.ts';

const database = z.strictObject({
  version: z
    .enum(['POSTGRES_15', 'POSTGRES_16', 'POSTGRES_17', 'POSTGRES_18'], {
      error: 'must be one of POSTGRES_15 to POSTGRES_18',
    })
    .default('POSTGRES_17'),
  /** Machine of Cloud SQL Enterprise: CPUs and MiB of memory. */
  tier: z
    .string()
    .regex(/^db-custom-\d+-\d+$/, {
      error:
        'must be db-custom-CPUS-MEBIBYTES, such as db-custom-4-16384; shared-core machines have no service level, and db-perf-optimized ones belong to another edition',
    })
    .default('db-custom-4-16384'),
  availability: z
    .enum(['REGIONAL', 'ZONAL'], { error: 'must be REGIONAL (a standby in another zone) or ZONAL' })
    .default('REGIONAL'),
  diskGib: wholeNumber(20, 65_536, 'GiB').default(100),
  maxConnections: wholeNumber(50, 5000, 'connections').default(200),
  pointInTimeDays: wholeNumber(1, 7, 'days').default(7),
  backups: wholeNumber(7, 365, 'daily backups').default(30),
  /** Weekly maintenance: day 1 is Monday; hour in UTC. */
  maintenance: z
    .strictObject({
      day: wholeNumber(1, 7, 'days, Monday first').default(7),
      hour: wholeNumber(0, 23, 'hours, UTC').default(3),
    })
    .prefault({}),
});

const buckets = z.strictObject({
  /** Days in which an object can be neither changed nor deleted. */
  retentionDays: wholeNumber(1, 3650, 'days').default(7),
  /** Days in which a deleted object can be brought back. */
  softDeleteDays: wholeNumber(7, 90, 'days').default(30),
  /** Days after which replaced versions are deleted. */
  oldVersionDays: wholeNumber(1, 3650, 'days').default(30),
});

/** The settings, validated. */
export const dataSettings = z
  .strictObject({
    environment,
    deletionProtection,
    takeDown,
    database: database.prefault({}),
    buckets: buckets.prefault({}),
    /** Image of the Cloud SQL Auth Proxy that runs beside the twin service. */
    proxyImage: z
      .string()
      .regex(/^[^\s:]+\/[^\s:]+:[\w.-]+(@sha256:[0-9a-f]{64})?$/, {
        error: 'must be an image with a tag, best with a digest too',
      })
      .default('gcr.io/cloud-sql-connectors/cloud-sql-proxy:2.27.0'),
    /** Namespace of the release. */
    namespace: kubernetesName.default('twinward-system'),
  })
  .superRefine(refuseUnprotectedProduction)
  .superRefine((settings, context) => {
    if (settings.environment === 'prod' && settings.database.availability === 'ZONAL') {
      context.addIssue({
        code: 'custom',
        path: ['database', 'availability'],
        message:
          'is ZONAL in a production stack: one zone away, and no twin is kept. Remove the key for REGIONAL',
      });
    }
  });

/** The settings. */
export type DataSettings = Readonly<z.output<typeof dataSettings>>;

/**
 * Days until nothing of an erased patient is left in backups, versions and soft-deleted objects. Certificates of erasure
 * state it, so it must never be less than what the longest of them keeps.
 */
export function backupHorizonDays(settings: DataSettings): number {
  const { database: sql, buckets: objects } = settings;
  const inDatabase = Math.max(sql.backups, sql.pointInTimeDays) + 1;
  const inBuckets = Math.max(objects.retentionDays, objects.oldVersionDays) + objects.softDeleteDays + 1;
  return Math.max(inDatabase, inBuckets);
}
