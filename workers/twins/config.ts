import { z } from 'zod';

const seconds = (value: number): z.ZodDefault<z.ZodCoercedNumber> => z.coerce.number().min(0).default(value);
const count = (value: number): z.ZodDefault<z.ZodCoercedNumber> =>
  z.coerce.number().int().min(1).default(value);

/** The environment of the twin service. */
export const configSchema = z.object({
  POD_IP: z.string().optional(),
  POD_NAME: z.string().default('twins'),
  /** First half of the tenant. */
  TWINWARD_CLUSTER_ID: z.string().min(1).default('default'),
  /** The account that may call TwinControl. */
  TWINWARD_OPERATOR_ACCOUNT: z
    .string()
    .regex(/^[^/]+\/[^/]+$/)
    .default('twinward-system/twinward-operator'),
  TWINWARD_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
  /** Off is for one machine and tests: no certificate, no secrecy. */
  TWINWARD_TLS: z.enum(['On', 'Off']).default('On'),
  TWINWARD_GRPC_PORT: z.coerce.number().int().min(0).max(65_535).default(8443),
  TWINWARD_HEALTH_PORT: z.coerce.number().int().min(0).max(65_535).default(8081),
  /** Seconds that the answer of a TokenReview is believed. */
  TWINWARD_TOKEN_CACHE_SECONDS: seconds(30),
  /** Connections to the database. */
  TWINWARD_DATABASE_POOL: count(12),
  /** Samples per forecast; a multiple of 64. */
  TWINWARD_SAMPLES: z.coerce.number().int().min(64).multipleOf(64).default(1024),
  TWINWARD_SEED: z.coerce.number().int().min(0).max(4_294_967_295).default(20_260_901),
  /** Seconds before new data of a twin with update mode OnData are acted on, when its spec says nothing. */
  TWINWARD_DEBOUNCE_SECONDS: seconds(5),
  /** Longest wait while data keep coming. */
  TWINWARD_MAX_WAIT_SECONDS: seconds(60),
  /** Twins that are updated at a time. */
  TWINWARD_UPDATE_WORKERS: count(4),
  TWINWARD_UPDATE_LEASE_SECONDS: count(20),
  TWINWARD_SWEEP_SECONDS: count(300),
  TWINWARD_UNIT_LEASE_SECONDS: count(30),
  /** ISO 8601: how long an erased subject stays restricted before its data go. */
  TWINWARD_ERASURE_GRACE: z.string().default('P7D'),
  /** ISO 8601: how long backups of the database are kept, stated on certificates. */
  TWINWARD_BACKUP_HORIZON: z.string().default('P30D'),
  /** Folder of the erasure ledger; outside the database and its backups. */
  TWINWARD_LEDGER_DIR: z.string().default('/var/lib/twinward/ledger'),
  /** Random: a stored random number. Handle: derived from the handle, so that two demonstrations agree. */
  TWINWARD_SUBJECT_STREAMS: z.enum(['Random', 'Handle']).default('Random'),
});

/** The environment, parsed. */
export type Config = Readonly<z.output<typeof configSchema>>;
