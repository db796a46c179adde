import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { connect, type ServiceClient } from '#proto/connect.ts';
import type { TwinDataDefinition } from '#proto/gen/twinward/v1/TwinData.ts';
import { type Clock, systemClock } from '#runtime/clock.ts';
import { readConfig } from '#runtime/config.ts';
import { TerminalError } from '#runtime/errors.ts';
import { guardLastWords } from '#runtime/last-words.ts';
import { createLog, type Log } from '#runtime/log.ts';
import { createRegistry } from '#runtime/metrics.ts';
import { mountedPath } from '#runtime/mounted-path.ts';
import { type CheckResult, startProbes } from '#runtime/probes.ts';
import { createShutdown, EXIT_TERMINAL, type Shutdown, writeTerminationMessage } from '#runtime/shutdown.ts';
import { type Config, configSchema } from './config.ts';
import { withoutPath } from './errors.ts';
import { NORMALISER_VERSION } from './fhir/content-hash.ts';
import { createUcum } from './fhir/ucum.ts';
import { createUnits } from './fhir/unit.ts';
import { readUnitTable } from './fhir/unit-table.ts';
import { createZone, type Zone } from './fhir/zone.ts';
import { createIngestMetrics, type IngestMetrics } from './metrics.ts';
import type { FileStore, OpenedSync, RecordSink } from './ports.ts';
import { type RunOptions, runScan, type ScanReport } from './run-scan.ts';
import { scanLoop } from './scan-loop.ts';
import { createBucket } from './sources/folder/bucket.ts';
import { createLocalFolder } from './sources/folder/local-folder.ts';
import { readLocation } from './sources/folder/location.ts';
import { createTwinsSink } from './twins-sink.ts';

const CA_FILE = '/var/run/secrets/twinward-ca/ca.crt';
const TOKEN_FILE = '/var/run/secrets/twinward/token';
const DATA = '/data';
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** In a folder that is watched, a file younger than this may still be written. */
const SETTLE_MS = 1_000;
const PATIENCE_MS = 120_000;

function storeFor(config: Config): FileStore {
  const location = readLocation(config.TWINWARD_SOURCE_URI);
  switch (location.kind) {
    case 'builtin':
      return createLocalFolder(join(ROOT, 'samples', location.name, 'records'));
    case 'pvc':
      return createLocalFolder(join(mountedPath(DATA), location.path));
    case 'gs':
      return createBucket({
        bucket: location.bucket,
        prefix: location.prefix,
        apiUrl: config.TWINWARD_GCS_URL,
        metadataUrl: config.TWINWARD_GCS_METADATA_URL,
        now: Date.now,
      });
  }
}

function connectTwins(config: Config): ServiceClient<TwinDataDefinition> {
  return connect<TwinDataDefinition>('twinward.v1.TwinData', {
    address: config.TWINWARD_TWINS_ADDRESS,
    caFile: mountedPath(CA_FILE),
    tokenFile: mountedPath(TOKEN_FILE),
  });
}

/** What decides, beside the bytes, what a record becomes; another fingerprint makes every file new. */
function readingParts(config: Config): Pick<RunOptions, 'fingerprint' | 'units'> & { readonly zone: Zone } {
  const zone = createZone(config.TWINWARD_RECORD_TIME_ZONE);
  const table = readUnitTable(new URL('fhir/codes.gen.json', import.meta.url));
  const about = JSON.stringify([NORMALISER_VERSION, zone.name, [...table]]);
  const fingerprint = createHash('sha256').update(about).digest('hex').slice(0, 32);
  return { zone, fingerprint, units: createUnits(createUcum(), table) };
}

function createScan(
  parts: { readonly config: Config; readonly log: Log; readonly sink: RecordSink; readonly clock: Clock },
  metrics: IngestMetrics,
  signal: AbortSignal,
): () => Promise<ScanReport> {
  const { config, log, sink, clock } = parts;
  const { zone, ...reading } = readingParts(config);
  const store = storeFor(config);
  const isWatching = config.TWINWARD_SCAN_INTERVAL_SECONDS !== undefined;
  return () =>
    runScan(sink, {
      ...reading,
      store,
      signal,
      time: { zone, receivedAt: clock.now().getTime() },
      start: clock.now(),
      settleMs: isWatching ? SETTLE_MS : 0,
      keepLease: isWatching,
      onItem: metrics.item,
      onFile: metrics.file,
      onBatch: (batch, result) => metrics.batch(batch.entries, result),
      onUnreadable: (error) => {
        metrics.unreadable();
        log.warn('a file cannot be read', { error: withoutPath(error) });
      },
    });
}

async function run(config: Config, log: Log, shutdown: Shutdown): Promise<void> {
  const clock = systemClock();
  const registry = createRegistry();
  const metrics = createIngestMetrics(registry);
  const client = connectTwins(config);
  shutdown.onShutdown('client', () => client.close());
  const sink = createTwinsSink(client, config.TWINWARD_SOURCE, config.POD_NAME);
  let notReady: string | undefined = 'STARTING';
  // Ready as soon as the service gave the lease: a first import may take hours.
  const open = async (): Promise<OpenedSync> => {
    const answer = await sink.open();
    notReady = undefined;
    return answer;
  };
  const scan = createScan({ config, log, sink: { ...sink, open }, clock }, metrics, shutdown.signal);
  const check = (): CheckResult => (notReady === undefined ? { ok: true } : { ok: false, reason: notReady });
  const ready = [{ name: 'source', run: check }];
  const probes = await startProbes({ registry, ready, port: config.TWINWARD_HEALTH_PORT });
  shutdown.onShutdown('probes', () => probes.close());
  const interval = config.TWINWARD_SCAN_INTERVAL_SECONDS;
  const keepLease = interval !== undefined;
  const end = await scanLoop({
    ...{ clock, random: Math.random, log, signal: shutdown.signal, patienceMs: PATIENCE_MS, scan },
    intervalMs: interval === undefined ? undefined : interval * 1000,
    reportFailure: async (failure) => {
      const { lease } = await sink.open();
      await sink.close(lease, { failure, start: clock.now(), watermark: undefined, keepLease });
    },
    setState: (reason) => {
      notReady = reason;
      metrics.scan(reason === undefined ? 'succeeded' : 'failed', clock.now().getTime());
    },
  });
  if (end.kind === 'done') return;
  writeTerminationMessage(end.reason, 'the scan did not succeed in time; it is tried again');
  process.exitCode = 1;
}

async function main(): Promise<void> {
  const early = createLog({ name: 'ingest' });
  guardLastWords(early);
  const shutdown = createShutdown({ log: early, clock: systemClock() });
  try {
    const config = readConfig(configSchema);
    const log = createLog({ name: 'ingest', level: config.TWINWARD_LOG_LEVEL }).with({
      source: config.TWINWARD_SOURCE,
    });
    await run(config, log, shutdown);
  } catch (error) {
    const isTerminal = error instanceof TerminalError;
    early.error('ingest stops', { error: withoutPath(error) });
    if (isTerminal) writeTerminationMessage(error.code, error.message);
    process.exitCode = isTerminal ? EXIT_TERMINAL : 1;
  }
  await shutdown.begin('done');
  await shutdown.ended;
}

await main();
