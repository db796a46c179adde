// The twin service's process: `main.ts` serves, `main.ts migrate` brings the schema up to date and exits, `main.ts export`
// writes the records of one namespace as a MEDS folder and exits.
import { existsSync, readFileSync } from 'node:fs';
import { systemClock } from '#runtime/clock.ts';
import { readConfig } from '#runtime/config.ts';
import { asError, CodedError, TerminalError } from '#runtime/errors.ts';
import { guardLastWords } from '#runtime/last-words.ts';
import { createLog, type Log } from '#runtime/log.ts';
import { createRegistry } from '#runtime/metrics.ts';
import { mountedPath } from '#runtime/mounted-path.ts';
import { startProbes } from '#runtime/probes.ts';
import { createShutdown, EXIT_TERMINAL, writeTerminationMessage } from '#runtime/shutdown.ts';
import { inClusterApiServer, kubernetesAuthenticator } from './auth/kubernetes.ts';
import { type Config, configSchema } from './config.ts';
import { parseExportRequest } from './export/options.ts';
import { runExport } from './export/run.ts';
import { migrate } from './migrate.ts';
import { mountedPaths, type Paths } from './paths.ts';
import { exportCertificateEnd } from './server/certificate-metric.ts';
import { startTwins } from './service.ts';
import { type Database, openDatabase } from './store/database.ts';
import { grpcTrajectories } from './update/trajectories.ts';
import { createKeys, readKek } from './vault/keys.ts';
import { fileLedger } from './vault/ledger.ts';

const keyringPool = 4;

function secretText(file: string, what: string): string {
  if (!existsSync(file)) {
    throw new TerminalError(
      'SecretMissing',
      `${what} is not mounted: create the Secret that docs/architecture.md names`,
    );
  }
  return readFileSync(file, 'utf8').trim();
}

async function serve(config: Config, paths: Paths, log: Log): Promise<boolean> {
  const clock = systemClock();
  const shutdown = createShutdown({ log, clock });
  const registry = createRegistry();
  const open = (url: string, size: number): Database => {
    const onError = (code: string): void => log.warn('a database connection was lost', { code });
    const database = openDatabase({ url, size, onError });
    shutdown.onShutdown('database', () => database.close());
    return database;
  };
  const trajectories = grpcTrajectories(clock, { caFile: paths.trust, tokenFile: paths.token });
  const service = open(secretText(paths.serviceUrl, 'service-url'), config.TWINWARD_DATABASE_POOL);
  const keyring = open(secretText(paths.keyringUrl, 'keyring-url'), keyringPool);
  shutdown.onShutdown('inference clients', () => trajectories.close());
  const host = config.POD_IP ?? '0.0.0.0';
  const tls = { certificate: paths.certificate, privateKey: paths.privateKey };
  if (config.TWINWARD_TLS === 'On') exportCertificateEnd(registry, paths.certificate);
  const twins = await startTwins({
    config,
    log,
    clock,
    registry,
    service,
    keyring,
    kek: readKek(paths.kek),
    ledger: fileLedger(mountedPath(config.TWINWARD_LEDGER_DIR)),
    authenticator: kubernetesAuthenticator(inClusterApiServer(process.env, paths)),
    trajectories,
    listen: { host, port: config.TWINWARD_GRPC_PORT, ...(config.TWINWARD_TLS === 'On' ? { tls } : {}) },
  });
  shutdown.onShutdown('service', () => twins.stop());
  const store = {
    name: 'store',
    run: () => {
      const reason = twins.readiness.reason();
      return reason === undefined ? ({ ok: true } as const) : ({ ok: false, reason } as const);
    },
  };
  const probes = await startProbes({ registry, ready: [store], port: config.TWINWARD_HEALTH_PORT, host });
  shutdown.onShutdown('probes', () => probes.close());
  log.info('twin service started', { port: twins.port });
  return await shutdown.ended;
}

async function exportRecords(config: Config, paths: Paths, log: Log, args: readonly string[]): Promise<void> {
  const request = parseExportRequest(args, systemClock().now().toISOString().slice(0, 10));
  const onError = (code: string): void => log.warn('a database connection was lost', { code });
  const service = openDatabase({ url: secretText(paths.serviceUrl, 'service-url'), size: 2, onError });
  const keyring = openDatabase({ url: secretText(paths.keyringUrl, 'keyring-url'), size: 1, onError });
  try {
    const keys = createKeys(keyring, readKek(paths.kek));
    await runExport({ service, keys, clusterId: config.TWINWARD_CLUSTER_ID, log }, request);
  } finally {
    await Promise.all([service.close(), keyring.close()]);
  }
}

async function run(): Promise<number> {
  let log = createLog({ name: 'twins' });
  guardLastWords(log);
  try {
    const config = readConfig(configSchema);
    log = createLog({ name: 'twins', level: config.TWINWARD_LOG_LEVEL });
    const paths = mountedPaths();
    if (process.argv[2] === 'export') {
      await exportRecords(config, paths, log, process.argv.slice(3));
      return 0;
    }
    if (process.argv[2] !== 'migrate') return (await serve(config, paths, log)) ? 0 : 1;
    const version = await migrate(secretText(paths.migrateUrl, 'migrate-url'), log, systemClock());
    log.info('schema is up to date', { version });
    return 0;
  } catch (thrown) {
    const error = asError(thrown);
    log.error('the twin service ended', { error });
    const terminal = error instanceof TerminalError;
    if (error instanceof CodedError) writeTerminationMessage(error.code, error.message);
    return terminal ? EXIT_TERMINAL : 1;
  }
}

process.exitCode = await run();
