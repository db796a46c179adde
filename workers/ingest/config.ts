import { z } from 'zod';

/** The environment of ingest. */
export const configSchema = z.object({
  /** Name of the DataSource. */
  TWINWARD_SOURCE: z.string().regex(/^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/),
  /** builtin:<name>, pvc://<claim>/<path> or gs://<bucket>/<prefix>. */
  TWINWARD_SOURCE_URI: z.string().min(1),
  /** IANA zone of times without an offset. */
  TWINWARD_RECORD_TIME_ZONE: z.string().refine(isTimeZone).default('UTC'),
  /** Seconds between scans; absent = one scan, then exit. */
  TWINWARD_SCAN_INTERVAL_SECONDS: z.coerce.number().min(1).max(86_400).optional(),
  TWINWARD_TWINS_ADDRESS: z.string().default('dns:///twinward-twins.twinward-system.svc:8443'),
  TWINWARD_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
  /** Base URLs of Cloud Storage and of the metadata server. */
  TWINWARD_GCS_URL: z.url().default('https://storage.googleapis.com'),
  TWINWARD_GCS_METADATA_URL: z.url().default('http://metadata.google.internal'),
  /** Port of /livez, /readyz and /metrics; 0 = a free one. */
  TWINWARD_HEALTH_PORT: z.coerce.number().int().min(0).max(65_535).default(8081),
  POD_NAME: z.string().default('ingest'),
});

/** What ingest is told. */
export type Config = Readonly<z.output<typeof configSchema>>;

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
