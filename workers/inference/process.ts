// The parts of the process put together: listen at once, answer LOADING until the bundle is verified, then serve.
import { systemClock } from '#runtime/clock.ts';
import type { Log } from '#runtime/log.ts';
import { createRegistry } from '#runtime/metrics.ts';
import { type Check, type Probes, startProbes } from '#runtime/probes.ts';
import type { Shutdown } from '#runtime/shutdown.ts';
import packageFile from '../../package.json' with { type: 'json' };
import { loadBundle } from './bundle/load.ts';
import { locateBundle } from './bundle/locate.ts';
import type { Config } from './config.ts';
import type { RunRecord } from './engine/messages.ts';
import { type EnginePool, startEngines } from './engine/pool.ts';
import type { Provider } from './engine/provider-names.ts';
import { Admission } from './server/admission.ts';
import { type GrpcServer, startGrpcServer } from './server/grpc-server.ts';
import { createInferenceMetrics, showQueue } from './server/metrics.ts';
import { Serving } from './server/serving.ts';
import type { ServiceContext } from './server/trajectory-service.ts';
import { buildLexicon } from './trajectory/tokenise.ts';

/** A process that listens. */
export interface InferenceProcess {
  readonly port: number;
  readonly probePort: number;
  /** Resolves when the bundle is served. Rejects with BundleError when it must not be. */
  readonly serving: Promise<void>;
}

/** How long streams may go on after SIGTERM before they report what is unfinished. */
const DRAIN_MS = 12_000;
const CLOSE_MS = 3_000;

/** Starts to listen and to load. What is started is registered with `shutdown`. */
export async function startInference(
  config: Config,
  log: Log,
  shutdown: Shutdown,
): Promise<InferenceProcess> {
  const registry = createRegistry();
  const metrics = createInferenceMetrics(registry);
  const context: ServiceContext = {
    serving: new Serving(),
    admission: new Admission({
      ...{ rows: config.queueRows, bytes: config.queueBytes, seconds: config.queueSeconds },
    }),
    metrics,
    clock: systemClock(),
    streams: new Set(),
  };
  const alive = { isLost: false };
  const { host, port, callers } = config;
  const server = await startGrpcServer(context, {
    ...{ host, port, version: packageFile.version },
    ...(callers === undefined ? {} : { callers }),
  });
  const probes = await startProbes({
    registry,
    live: [
      { name: 'engine', run: () => (alive.isLost ? { ok: false, reason: 'ENGINE_LOST' } : { ok: true }) },
    ],
    ready: [readiness(context)],
    port: config.probePort,
    host: config.probeHost,
  });
  const cancelGauges = publishQueue(context);
  const loading = load(config, context, log, alive);
  shutdown.onShutdown('listeners', () => closeListeners(server, probes, cancelGauges));
  shutdown.onShutdown('engines', async () => (await loading.catch(() => undefined))?.stop());
  shutdown.onShutdown('streams', () => drain(context, server));
  log.info('listening', { port: server.port, state: server.isEncrypted ? 'tls' : 'plaintext' });
  const serving = loading.then(() => server.setServing(context.serving.isReady));
  return { port: server.port, probePort: probes.port, serving };
}

function readiness({ serving }: ServiceContext): Check {
  return {
    name: 'bundle',
    run: () => (serving.isReady ? { ok: true } : { ok: false, reason: serving.state }),
  };
}

async function load(
  config: Config,
  context: ServiceContext,
  log: Log,
  alive: { isLost: boolean },
): Promise<EnginePool> {
  const start = context.clock.monotonic();
  const bundle = loadBundle(locateBundle(config.bundleUri), config.bundleSha256);
  const engines = await startEngines(bundle, {
    threads: config.engineThreads,
    batchRows: config.batchRows,
    provider: config.provider,
    onRuns: (runs) => observeRuns(context, runs),
    onLost: () => {
      alive.isLost = true;
      log.error('an engine thread was lost', { reason: 'ENGINE_LOST' });
    },
  });
  tellProvider(config, context, log, engines.provider);
  const { manifest, digest, vocabulary } = bundle;
  const names = [...new Set([config.model ?? manifest.name, manifest.name])];
  const model = { names, bundle, lexicon: buildLexicon(vocabulary), replayable: engines.replayable };
  context.admission.begin(engines.threads);
  context.serving.begin({ model, engines });
  const elapsedSeconds = (context.clock.monotonic() - start) / 1_000;
  log.info('bundle verified and served', { digest, engine: engines.engine, elapsedSeconds });
  if (!engines.replayable)
    log.warn('rows depend on their batch on this engine', { reason: 'NOT_REPLAYABLE' });
  return engines;
}

/** The CPU in the place of a device is never silent. */
function tellProvider(
  { provider: asked }: Config,
  { metrics }: ServiceContext,
  log: Log,
  provider: Provider,
): void {
  metrics.provider.set({ provider }, 1);
  if (provider === asked.provider) return;
  metrics.providerFallbacks.inc();
  log.warn('the CPU takes the place of the provider that was asked for', { reason: 'PROVIDER_FALLBACK' });
}

function observeRuns({ metrics, admission }: ServiceContext, { rows, seconds }: RunRecord): void {
  for (const count of rows) metrics.batchRows.observe(count);
  metrics.runs.inc(rows.length);
  metrics.busySeconds.inc(seconds);
  admission.observeRuns(
    rows.reduce((sum, count) => sum + count, 0),
    seconds,
  );
}

/** Shows what is admitted. */
function publishQueue(context: ServiceContext): () => void {
  const { admission, metrics } = context;
  const timer = setInterval(() => showQueue(metrics, admission), 1_000);
  timer.unref();
  return () => clearInterval(timer);
}

/** Takes nothing on any more; gives streams time to end, then ends them with what they have. */
async function drain(context: ServiceContext, server: GrpcServer): Promise<void> {
  context.serving.drain();
  context.admission.drain();
  server.setServing(false);
  const deadline = context.clock.monotonic() + DRAIN_MS;
  while (context.streams.size > 0 && context.clock.monotonic() < deadline) {
    await new Promise<void>((resolve) => context.clock.schedule(20, resolve));
  }
  for (const stream of [...context.streams]) stream.interrupt();
}

async function closeListeners(server: GrpcServer, probes: Probes, cancelGauges: () => void): Promise<void> {
  cancelGauges();
  await server.close(CLOSE_MS);
  await probes.close();
}
