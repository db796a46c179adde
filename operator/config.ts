// The environment of the operator, read once.
import { z } from 'zod';

const secondsAsText = (fallback: number): z.ZodDefault<z.ZodCoercedNumber> =>
  z.coerce.number().positive().default(fallback);

/** Schema of the environment. */
export const configSchema = z.object({
  POD_NAME: z.string().min(1),
  POD_NAMESPACE: z.string().min(1),
  POD_IP: z.string().optional(),
  TWINWARD_TWINS_ADDRESS: z.string().min(1),
  TWINWARD_IMAGE_INGEST: z.string().min(1),
  TWINWARD_IMAGE_INFERENCE: z.string().min(1),
  // Absent in charts before 0.2.0: then there is one inference image for all.
  TWINWARD_IMAGE_INFERENCE_CUDA: z.string().min(1).optional(),
  TWINWARD_IMAGE_SIMULATE: z.string().min(1),
  TWINWARD_IMAGE_PULL_POLICY: z.enum(['Always', 'IfNotPresent', 'Never']).default('IfNotPresent'),
  TWINWARD_LEASE_DURATION_SECONDS: secondsAsText(15),
  TWINWARD_LEASE_RENEW_SECONDS: secondsAsText(10),
  TWINWARD_LEASE_RETRY_SECONDS: secondsAsText(2),
  /** Who makes the serving certificate: this operator, or somebody whose certificates to trust are mounted. */
  TWINWARD_TLS_AUTHORITY: z.enum(['Operator', 'Mounted']).default('Operator'),
  TWINWARD_WORKERS: z.coerce.number().int().min(1).max(256).default(10),
  /** On: Shared engines serve TLS with certificates of this operator and know their callers. Off: neither. */
  TWINWARD_ENGINE_TLS: z.enum(['On', 'Off']).default('Off'),
  TWINWARD_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
});

export type Config = Readonly<z.output<typeof configSchema>>;
