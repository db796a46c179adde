// Environment of this process, read once.
import { z } from 'zod';
import { readConfig } from '#runtime/config.ts';

const environment = z.object({
  POD_IP: z.string().default(''),
  POD_NAME: z.string().min(1),
  TWINWARD_TWINS_ADDRESS: z.string().min(1),
  TWINWARD_INFERENCE_ADDRESS: z.string().min(1),
  /** PEM trust bundle of a Shared engine with TLS, which also gets our token; absent = plain text. */
  TWINWARD_INFERENCE_CA: z.string().optional(),
  TWINWARD_SIMULATION: z.string().min(1),
  TWINWARD_RUN_KEY: z.string().min(1),
  TWINWARD_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
  TWINWARD_HEALTH_PORT: z.coerce.number().int().min(0).max(65_535).default(8081),
  /** Subjects that are with the engine at once; enough to fill its batches. */
  TWINWARD_SUBJECTS_IN_FLIGHT: z.coerce.number().int().min(1).max(1_024).default(32),
  /** Units at once while they leave slots free. */
  TWINWARD_UNITS_IN_FLIGHT: z.coerce.number().int().min(1).max(64).default(4),
});

/** Configuration of the simulate worker. */
export interface Config {
  readonly holder: string;
  readonly twinsAddress: string;
  readonly inferenceAddress: string;
  readonly inferenceCa: string | undefined;
  readonly simulation: string;
  readonly runKey: string;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error' | 'silent';
  readonly healthPort: number;
  readonly subjectsInFlight: number;
  readonly unitsInFlight: number;
}

/** Reads the environment. Throws TerminalError InvalidConfiguration that names what is wrong. */
export function readSimulateConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const parsed = readConfig(environment, env);
  return {
    holder: parsed.POD_NAME,
    twinsAddress: parsed.TWINWARD_TWINS_ADDRESS,
    inferenceAddress: resolveLoopback(parsed.TWINWARD_INFERENCE_ADDRESS, parsed.POD_IP),
    inferenceCa: parsed.TWINWARD_INFERENCE_CA,
    simulation: parsed.TWINWARD_SIMULATION,
    runKey: parsed.TWINWARD_RUN_KEY,
    logLevel: parsed.TWINWARD_LOG_LEVEL,
    healthPort: parsed.TWINWARD_HEALTH_PORT,
    subjectsInFlight: parsed.TWINWARD_SUBJECTS_IN_FLIGHT,
    unitsInFlight: parsed.TWINWARD_UNITS_IN_FLIGHT,
  };
}

/**
 * `loopback:<port>` is the engine beside this worker: 127.0.0.1, or the pod's own address where pods have loopback
 * addresses, so that several may share a machine. The engine binds by the same rule.
 */
function resolveLoopback(address: string, podIp: string): string {
  const host = podIp.startsWith('127.') ? podIp : '127.0.0.1';
  return address.replace(/^loopback:/, `${host}:`);
}
