// Composition root of the operator: reads the configuration, builds adapters, starts controllers. No rules here.
import { randomUUID } from 'node:crypto';
import type { ChangedKey__Output } from '#proto/gen/twinward/v1/ChangedKey.ts';
import { type ApiClient, fenced } from '#runtime/api.ts';
import { systemClock } from '#runtime/clock.ts';
import { readConfig } from '#runtime/config.ts';
import type { ReconcileContext } from '#runtime/controller.ts';
import { findCredentials } from '#runtime/credentials.ts';
import { createHttpClient } from '#runtime/http.ts';
import { guardLastWords } from '#runtime/last-words.ts';
import { Elector } from '#runtime/leader.ts';
import { createLog } from '#runtime/log.ts';
import { Manager } from '#runtime/manager.ts';
import { createGauge, createRegistry } from '#runtime/metrics.ts';
import { mountedPath } from '#runtime/mounted-path.ts';
import { startProbes } from '#runtime/probes.ts';
import { PRIORITY } from '#runtime/queue.ts';
import { createRestMetrics } from '#runtime/rest-metrics.ts';
import { createShutdown } from '#runtime/shutdown.ts';
import { Applier } from './adapters/kubernetes/apply.ts';
import { CachedCluster } from './adapters/kubernetes/cached-cluster.ts';
import { Recorder } from './adapters/kubernetes/recorder.ts';
import { followChanges } from './adapters/twin-changes.ts';
import { TwinService } from './adapters/twins.ts';
import type { Applying } from './apply.ts';
import { runAuthority } from './authority/run.ts';
import { allCaches, type Caches, createCaches } from './caches.ts';
import { exportConditions } from './condition-metrics.ts';
import { type Config, configSchema } from './config.ts';
import { type Controllers, controllerNames, createControllers } from './controllers.ts';
import type { Installation } from './installation.ts';
import { followIssuer } from './issuer/follow.ts';
import { controllerName, convention, fieldManager } from './names.ts';
import type { TokenIssuer } from './tenant/children.ts';

guardLastWords(createLog({ name: 'operator' }));
const config = readConfig(configSchema);
const clock = systemClock();
const random = Math.random;
const log = createLog({ name: 'operator', level: config.TWINWARD_LOG_LEVEL });
const registry = createRegistry();
const shutdown = createShutdown({ log, clock });
/** Who signs tokens, once the API server was asked. */
const signing: { issuer?: TokenIssuer } = {};

function installationOf(settings: Config): Installation {
  return {
    images: {
      ingest: settings.TWINWARD_IMAGE_INGEST,
      inference: settings.TWINWARD_IMAGE_INFERENCE,
      inferenceCuda: settings.TWINWARD_IMAGE_INFERENCE_CUDA ?? settings.TWINWARD_IMAGE_INFERENCE,
      simulate: settings.TWINWARD_IMAGE_SIMULATE,
    },
    twinsAddress: settings.TWINWARD_TWINS_ADDRESS,
    imagePullPolicy: settings.TWINWARD_IMAGE_PULL_POLICY,
    logLevel: settings.TWINWARD_LOG_LEVEL,
    ...(settings.TWINWARD_ENGINE_TLS === 'On'
      ? { sharedEngines: { twinsNamespace: settings.POD_NAMESPACE } }
      : {}),
  };
}

function wake(controllers: Controllers, key: ChangedKey__Output, snapshot: boolean): void {
  const controller = {
    CHANGED_KIND_UNSPECIFIED: undefined,
    CHANGED_KIND_TWIN: controllers.twins,
    CHANGED_KIND_SOURCE: controllers.sources,
    CHANGED_KIND_SIMULATION: controllers.simulations,
  }[key.kind];
  const { namespace, name } = key;
  controller?.enqueue({ namespace, name }, snapshot ? PRIORITY.resync : PRIORITY.childEvent);
}

function electorOf(client: ApiClient): Elector {
  const times = {
    lease: config.TWINWARD_LEASE_DURATION_SECONDS * 1000,
    renewDeadline: config.TWINWARD_LEASE_RENEW_SECONDS * 1000,
    retry: config.TWINWARD_LEASE_RETRY_SECONDS * 1000,
  };
  const identity = `${config.POD_NAME}_${randomUUID()}`;
  const where = { namespace: config.POD_NAMESPACE, name: 'twinward-operator' };
  return new Elector({ client, clock, random, log, registry, identity, ...where, times });
}

async function createClient(): Promise<ApiClient> {
  const credentials = await findCredentials(clock);
  const metrics = createRestMetrics(registry, new URL(credentials.server).host);
  return createHttpClient({ credentials, clock, random, metrics, userAgent: 'twinward-operator/0.2.0' });
}

function recorderOf(client: ApiClient): Recorder {
  const who = { reportingController: controllerName, reportingInstance: config.POD_NAME };
  return new Recorder({ client, clock, random, log, ...who });
}

function controllersOf(
  manager: Manager,
  ports: Applying<ReconcileContext>,
  caches: Caches,
  twins: TwinService,
): Controllers {
  return createControllers({
    manager,
    caches,
    ports,
    twins,
    installation: installationOf(config),
    ownNamespace: config.POD_NAMESPACE,
    tokens: () => signing.issuer,
    workers: config.TWINWARD_WORKERS,
    now: () => clock.now(),
    monotonic: () => clock.monotonic(),
    random,
  });
}

async function main(): Promise<void> {
  const client = await createClient();
  shutdown.onShutdown('client', () => client.close());
  const elector = electorOf(client);
  const writing = fenced(client, elector);
  const writer = new Applier({ client: writing, fieldManager });
  const recorder = recorderOf(writing);
  const twins = createTwins(recorder);
  const manager = new Manager({ client, clock, random, log, registry, controllers: controllerNames });
  const caches = createCaches(manager);
  exportConditions(registry, {
    TwinModel: () => caches.twinModels.store.list(),
    DataSource: () => caches.dataSources.store.list(),
    PatientTwin: () => caches.patientTwins.store.list(),
    Simulation: () => caches.simulations.store.list(),
  });
  const cluster = new CachedCluster(allCaches(caches));
  const controllers = controllersOf(manager, { writer, recorder, cluster }, caches, twins);
  const probes = await startProbes({ registry, ready: [manager.readyCheck()], live: [manager.liveCheck()] });
  shutdown.onShutdown('probes', () => probes.close());
  const onKey = (key: ChangedKey__Output, snapshot: boolean): void => wake(controllers, key, snapshot);
  const engines = config.TWINWARD_ENGINE_TLS === 'On';
  const foreign =
    config.TWINWARD_TLS_AUTHORITY === 'Mounted'
      ? mountedPath(`${convention.foreignTrustFolder}/ca.crt`)
      : undefined;
  const learnIssuer = (issuer: TokenIssuer): void => {
    signing.issuer = issuer;
    for (const { metadata } of caches.namespaces.store.list())
      controllers.tenants.enqueue({ namespace: '', name: metadata.name });
  };
  const whileLeading = async (term: AbortSignal): Promise<void> => {
    writer.forgetAll();
    twins.forget();
    await Promise.all([
      runAuthority({ cluster, writer, clock, log, namespace: config.POD_NAMESPACE, engines, foreign }, term),
      engines ? followIssuer({ client, clock, log, onChange: learnIssuer }, term) : undefined,
      followChanges({ client: twins.client, clock, log, onKey }, term),
    ]);
  };
  const ended = manager.run(shutdown.signal, elector, {
    whileLeading,
    beforeRelease: () => recorder.flush(),
  });
  shutdown.onShutdown('manager', () => ended);
}

function createTwins(recorder: Recorder): TwinService {
  const gauge = createGauge(registry, {
    name: 'twinward_twins_available',
    help: 'Whether the last call to the twin service was answered, 1 or 0',
    labels: {},
  });
  gauge.set(1);
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: config.POD_NAME, namespace: config.POD_NAMESPACE },
  };
  const target = {
    address: config.TWINWARD_TWINS_ADDRESS,
    caFile: mountedPath(`${convention.trustFolder}/ca.crt`),
    tokenFile: mountedPath(`${convention.tokenFolder}/token`),
  };
  const twins = new TwinService(target, (available, reason) => {
    gauge.set(available ? 1 : 0);
    log.warn(available ? 'the twin service answers again' : 'the twin service does not answer', { reason });
    recorder.record(pod, {
      type: available ? 'Normal' : 'Warning',
      reason: available ? 'TwinServiceAnswers' : 'TwinServiceAway',
      action: 'CallTwinService',
      note: available
        ? 'The twin service answers again.'
        : `The twin service does not answer (${reason}); states are kept.`,
    });
  });
  shutdown.onShutdown('twins', () => twins.close());
  return twins;
}

await main();
process.exitCode = (await shutdown.ended) ? 0 : 1;
