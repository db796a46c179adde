// The dashboard's process.
import { connect } from '#proto/connect.ts';
import type { TwinDataDefinition } from '#proto/gen/twinward/v1/TwinData.ts';
import { systemClock } from '#runtime/clock.ts';
import { readConfig } from '#runtime/config.ts';
import { findCredentials } from '#runtime/credentials.ts';
import { asError, CodedError, TerminalError } from '#runtime/errors.ts';
import { createHttpClient } from '#runtime/http.ts';
import { guardLastWords } from '#runtime/last-words.ts';
import { createLog, type Log } from '#runtime/log.ts';
import { createRegistry } from '#runtime/metrics.ts';
import { mountedPath } from '#runtime/mounted-path.ts';
import { startProbes } from '#runtime/probes.ts';
import { createShutdown, EXIT_TERMINAL, writeTerminationMessage } from '#runtime/shutdown.ts';
import { kubernetesCluster } from './cluster/objects.ts';
import { type Config, configSchema } from './config.ts';
import { startDashboard } from './service.ts';
import { grpcTwins } from './twins/client.ts';

async function serve(config: Config, log: Log): Promise<boolean> {
  const clock = systemClock();
  const shutdown = createShutdown({ log, clock });
  const registry = createRegistry();
  const credentials = await findCredentials(clock);
  const userAgent = 'twinward-dashboard/0.2.0';
  const api = createHttpClient({ credentials, clock, random: Math.random, userAgent, connections: 16 });
  shutdown.onShutdown('Kubernetes client', () => api.close());
  const client = connect<TwinDataDefinition>('twinward.v1.TwinData', {
    address: config.TWINWARD_TWINS_ADDRESS,
    caFile: mountedPath('/var/run/secrets/twinward-ca/ca.crt'),
    tokenFile: mountedPath('/var/run/secrets/twinward/token'),
  });
  shutdown.onShutdown('twin service client', () => client.close());
  const cluster = kubernetesCluster(api);
  const dashboard = await startDashboard({ config, log, clock, registry, cluster, twins: grpcTwins(client) });
  const sessions = {
    name: 'sessions',
    run: () => {
      const reason = shutdown.signal.aborted ? 'STOPPING' : dashboard.readiness.reason();
      return reason === undefined ? ({ ok: true } as const) : ({ ok: false, reason } as const);
    },
  };
  const host = config.POD_IP ?? '0.0.0.0';
  const probes = await startProbes({ registry, ready: [sessions], port: config.TWINWARD_HEALTH_PORT, host });
  shutdown.onShutdown('probes', () => probes.close());
  shutdown.onShutdown('dashboard', () => dashboard.stop());
  log.info('dashboard started', { port: dashboard.port });
  return await shutdown.ended;
}

async function run(): Promise<number> {
  let log = createLog({ name: 'dashboard' });
  guardLastWords(log);
  try {
    const config = readConfig(configSchema);
    log = createLog({ name: 'dashboard', level: config.TWINWARD_LOG_LEVEL });
    return (await serve(config, log)) ? 0 : 1;
  } catch (thrown) {
    const error = asError(thrown);
    log.error('the dashboard ended', { error });
    if (error instanceof CodedError) writeTerminationMessage(error.code, error.message);
    return error instanceof TerminalError ? EXIT_TERMINAL : 1;
  }
}

process.exitCode = await run();
