// Environment and arguments of this process, read once.
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { readConfig } from '#runtime/config.ts';
import { PROVIDERS, type ProviderChoice } from './engine/provider-names.ts';

const environment = z.object({
  POD_IP: z.string().optional(),
  TWINWARD_BUNDLE_URI: z.string(),
  TWINWARD_BUNDLE_SHA256: z.string().regex(/^(sha256:)?[0-9a-f]{64}$/),
  TWINWARD_MODEL: z.string().optional(),
  TWINWARD_HEALTH_PORT: z.coerce.number().int().min(0).max(65_535).default(8081),
  TWINWARD_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
  /** Engine threads; each has one core's worth of work. Default: what the process may use less one, at most four; one on a device. */
  TWINWARD_ENGINE_THREADS: z.coerce.number().int().min(1).max(64).optional(),
  /** Most rows of a run; 256 on the CPU, where more rows do not come cheaper, 1024 on a device. */
  TWINWARD_BATCH_ROWS: z.coerce.number().int().min(64).max(4_096).multipleOf(16).optional(),
  /** What graphs run on. */
  TWINWARD_PROVIDER: z.enum(PROVIDERS).default('cpu'),
  /** What takes the place of a provider that cannot be had: nothing, or the CPU. */
  TWINWARD_PROVIDER_FALLBACK: z.enum(['none', 'cpu']).default('none'),
  /** Rows (samples times scenarios) admitted and not finished. */
  TWINWARD_QUEUE_ROWS: z.coerce.number().int().min(64).default(1_048_576),
  /** Bytes of requests and answers admitted and not finished. */
  TWINWARD_QUEUE_BYTES: z.coerce
    .number()
    .int()
    .min(1)
    .default(512 * 1024 * 1024),
  /** Predicted seconds of work admitted and not finished. */
  TWINWARD_QUEUE_SECONDS: z.coerce.number().positive().default(300),
  /** Accounts that may call, as namespace/name, by commas. Absent: whoever reaches the port, which then is loopback. */
  TWINWARD_CALLERS: z
    .string()
    .transform((list) => list.split(','))
    .pipe(z.array(z.string().regex(/^[a-z0-9-]+\/[a-z0-9.-]+$/)))
    .optional(),
});

/** Configuration of the inference worker. */
export interface Config {
  readonly bundleUri: string;
  readonly bundleSha256: string;
  readonly model: string | undefined;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error' | 'silent';
  readonly engineThreads: number;
  readonly batchRows: number;
  readonly provider: ProviderChoice;
  readonly queueRows: number;
  readonly queueBytes: number;
  readonly queueSeconds: number;
  /** Accounts that may call, as `namespace/name`; undefined = callers are not asked who they are. */
  readonly callers: readonly string[] | undefined;
  /** Address of gRPC: `--bind`, else POD_IP, else all. */
  readonly host: string;
  /** Address of the probes: POD_IP, else all; kubelet must reach them even when gRPC is on loopback. */
  readonly probeHost: string;
  readonly port: number;
  readonly probePort: number;
}

const GRPC_PORT = '9000';
// A node may have far more cores than the pod has been promised.
const MOST_THREADS = 4;
const CPU_ROWS = 256;
const DEVICE_ROWS = 1_024;
const LOOPBACK = '127.0.0.1';

/**
 * Reads environment and arguments: `--bind=loopback` or an address, `--port`. Loopback is the pod's own address where
 * pods have loopback addresses, so that several may share a machine. Throws TerminalError InvalidConfiguration that
 * names what is wrong.
 */
export function readInferenceConfig(
  args: readonly string[] = process.argv.slice(2),
  env: NodeJS.ProcessEnv = process.env,
): Config {
  const options = {
    bind: { type: 'string' },
    port: { type: 'string', default: GRPC_PORT },
  } as const;
  const { values } = parseArgs({ args: [...args], options });
  const parsed = readConfig(environment, env);
  const podIp = parsed.POD_IP ?? '0.0.0.0';
  const provider = parsed.TWINWARD_PROVIDER;
  return {
    bundleUri: parsed.TWINWARD_BUNDLE_URI,
    bundleSha256: parsed.TWINWARD_BUNDLE_SHA256,
    model: parsed.TWINWARD_MODEL,
    logLevel: parsed.TWINWARD_LOG_LEVEL,
    engineThreads:
      parsed.TWINWARD_ENGINE_THREADS ??
      (provider === 'cpu' ? Math.min(MOST_THREADS, Math.max(1, availableParallelism() - 1)) : 1),
    batchRows: parsed.TWINWARD_BATCH_ROWS ?? (provider === 'cpu' ? CPU_ROWS : DEVICE_ROWS),
    provider: { provider, allowsCpu: parsed.TWINWARD_PROVIDER_FALLBACK === 'cpu' },
    queueRows: parsed.TWINWARD_QUEUE_ROWS,
    queueBytes: parsed.TWINWARD_QUEUE_BYTES,
    queueSeconds: parsed.TWINWARD_QUEUE_SECONDS,
    callers: parsed.TWINWARD_CALLERS,
    host: bindAddress(values.bind, podIp),
    probeHost: podIp,
    port: Number(values.port),
    probePort: parsed.TWINWARD_HEALTH_PORT,
  };
}

function bindAddress(bind: string | undefined, podIp: string): string {
  if (bind !== 'loopback') return bind ?? podIp;
  return podIp.startsWith('127.') ? podIp : LOOPBACK;
}
