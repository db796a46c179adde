// The twin service put together from its parts, apart from the process around it: main.ts and the integration tests
// start the same thing.
import type { Registry } from 'prom-client';
import type { Clock } from '#runtime/clock.ts';
import { parseDuration, toSeconds } from '#runtime/duration.ts';
import type { Log } from '#runtime/log.ts';
import { runSealer } from './audit/sealer.ts';
import { cachedAuthenticator } from './auth/cached.ts';
import type { Config } from './config.ts';
import type { IntakeParts } from './intake/batch.ts';
import { type ErasureParts, replayLedger, runEraser } from './people/erase.ts';
import type { Authenticator, Ledger, Trajectories } from './ports.ts';
import type { Gate } from './server/caller.ts';
import type { CallParts } from './server/calls.ts';
import { controlHandlers } from './server/control.ts';
import { dataHandlers } from './server/data.ts';
import { door } from './server/door.ts';
import { type Listening, type ListenOptions, listen } from './server/listen.ts';
import { type Loop, type TwinsMetrics, twinsMetrics } from './server/metrics.ts';
import { createMinting } from './server/minting.ts';
import { type Readiness, watchStore } from './server/readiness.ts';
import { requireGrowingTransactions } from './server/restored.ts';
import type { SimulationParts } from './simulation/freeze.ts';
import type { Database } from './store/database.ts';
import { runBacklog } from './update/backlog.ts';
import type { ForecastParts } from './update/forecast.ts';
import { runUpdateLoop } from './update/loop.ts';
import { runSweep } from './update/sweep.ts';
import { createKeys, type Keys } from './vault/keys.ts';

/** Everything that comes from outside. */
export interface ServiceParts {
  readonly config: Config;
  readonly log: Log;
  readonly clock: Clock;
  readonly registry: Registry;
  readonly service: Database;
  readonly keyring: Database;
  readonly kek: Buffer;
  readonly ledger: Ledger;
  readonly authenticator: Authenticator;
  readonly trajectories: Trajectories;
  readonly listen: Pick<ListenOptions, 'host' | 'port' | 'tls'>;
}

/** A running twin service. */
export interface TwinService {
  readonly port: number;
  readonly readiness: Readiness;
  /** Stops taking work and lets what is in hand end. */
  stop(): Promise<void>;
}

const stopGraceMs = 10_000;

/** Starts the gRPC server and the loops. Calls are refused until the schema fits. */
export async function startTwins(parts: ServiceParts): Promise<TwinService> {
  const { clock, log, service } = parts;
  const stopping = new AbortController();
  const { signal } = stopping;
  const metrics = twinsMetrics(parts.registry);
  const work = workParts(parts);
  let readiness: Readiness = { reason: () => 'STARTING' };
  const calls: CallParts = {
    gate: gateOf(parts),
    log,
    count: metrics.call,
    notReady: () => readiness.reason(),
    callers: new WeakMap(),
  };
  const server = await listen({
    ...parts.listen,
    control: controlHandlers({ ...calls, ...work, clock, stopping: signal }),
    data: dataHandlers({ ...calls, ...work }),
    door: door(calls),
  });
  const loops = startWhenReady(parts, { ...work, metrics }, signal);
  const prepare = async (): Promise<void> => {
    await requireGrowingTransactions(service);
    const repeated = await replayLedger(work.erasure);
    if (repeated > 0) log.warn('erasures repeated after a restore', { count: repeated });
  };
  const onChange = (ready: boolean): void => {
    server.setServing(ready);
    metrics.ready(ready);
    if (ready) loops.start();
  };
  readiness = watchStore(service, { clock, log, prepare }, onChange, signal);
  return { port: server.port, readiness, stop: () => stopAll(server, stopping, loops) };
}

interface WorkParts {
  readonly keys: Keys;
  readonly intake: IntakeParts;
  readonly forecast: ForecastParts;
  readonly simulation: SimulationParts;
  readonly erasure: ErasureParts;
}

function workParts(parts: ServiceParts): WorkParts {
  const { clock, config, service, trajectories } = parts;
  const keys = createKeys(parts.keyring, parts.kek);
  const now = (): Date => clock.now();
  const wait = {
    debounceSeconds: config.TWINWARD_DEBOUNCE_SECONDS,
    maxWaitSeconds: config.TWINWARD_MAX_WAIT_SECONDS,
  };
  const sampling = { samples: config.TWINWARD_SAMPLES, seed: config.TWINWARD_SEED };
  return {
    keys,
    intake: { service, keys, minting: createMinting(config.TWINWARD_SUBJECT_STREAMS), wait },
    forecast: { service, keys, trajectories, sampling, now },
    simulation: { service, keys, trajectories, unitLeaseSeconds: config.TWINWARD_UNIT_LEASE_SECONDS, now },
    erasure: erasureParts(parts, keys),
  };
}

function gateOf({ authenticator, clock, config, service }: ServiceParts): Gate {
  return {
    authenticator: cachedAuthenticator(authenticator, clock, config.TWINWARD_TOKEN_CACHE_SECONDS * 1_000),
    operatorAccount: config.TWINWARD_OPERATOR_ACCOUNT,
    clusterId: config.TWINWARD_CLUSTER_ID,
    service,
  };
}

function erasureParts(parts: ServiceParts, keys: ErasureParts['keys']): ErasureParts {
  const { clock, config, ledger, service } = parts;
  const graceSeconds = toSeconds(parseDuration(config.TWINWARD_ERASURE_GRACE, 'TWINWARD_ERASURE_GRACE'));
  return { service, keys, ledger, clock, graceSeconds, backupHorizon: config.TWINWARD_BACKUP_HORIZON };
}

interface Loops {
  start(): void;
  ended(): Promise<void>;
}

interface LoopParts {
  readonly forecast: ForecastParts;
  readonly erasure: ErasureParts;
  readonly keys: ErasureParts['keys'];
  readonly metrics: TwinsMetrics;
}

function startWhenReady(parts: ServiceParts, loop: LoopParts, signal: AbortSignal): Loops {
  const { clock, config, log, service } = parts;
  const { metrics } = loop;
  const running: Promise<void>[] = [];
  const about = (name: Loop) => ({ clock, log, onFailure: () => metrics.failed(name) });
  return {
    start: () => {
      if (running.length > 0) return;
      const options = {
        ...about('update'),
        workers: config.TWINWARD_UPDATE_WORKERS,
        leaseSeconds: config.TWINWARD_UPDATE_LEASE_SECONDS,
        count: metrics.forecast,
      };
      const sweep = { ...about('sweep'), intervalMs: config.TWINWARD_SWEEP_SECONDS * 1_000 };
      running.push(
        runUpdateLoop(loop.forecast, options, signal),
        runSweep(service, sweep, signal),
        runSealer(service, loop.keys, about('seal'), signal),
        runEraser(loop.erasure, about('erase'), signal),
        runBacklog(service, { ...about('backlog'), show: metrics.backlog }, signal),
      );
    },
    ended: async () => {
      await Promise.allSettled(running);
    },
  };
}

async function stopAll(server: Listening, stopping: AbortController, loops: Loops): Promise<void> {
  server.setServing(false);
  stopping.abort();
  await server.stop(stopGraceMs);
  await loops.ended();
}
