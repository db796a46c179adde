// The parts of the process put together: wait for the engine, then work until the run is finished.
import { sleep, systemClock } from '#runtime/clock.ts';
import type { Log } from '#runtime/log.ts';
import { createRegistry } from '#runtime/metrics.ts';
import { mountedPath } from '#runtime/mounted-path.ts';
import { startProbes } from '#runtime/probes.ts';
import type { Shutdown } from '#runtime/shutdown.ts';
import { connectEngine } from './adapters/inference.ts';
import { connectUnits } from './adapters/twins.ts';
import type { Config } from './config.ts';
import { EngineUnavailableError } from './errors.ts';
import { createSimulateMetrics } from './metrics.ts';
import type { Engine } from './ports.ts';
import { Slots } from './slots.ts';
import { type LoopEnd, workUntilFinished } from './work-loop.ts';

const TOKEN = '/var/run/secrets/twinward/token';
const TRUST = '/var/run/secrets/twinward-ca/ca.crt';
const WAIT_FOR_ENGINE_MS = 300_000;
const PATIENCE_MS = 300_000;
/** After SIGTERM the present unit may still be finished for so long. */
const FINISH_MS = 15_000;

/** Runs the process; what is started is registered with `shutdown`. */
export async function runSimulate(config: Config, log: Log, shutdown: Shutdown): Promise<LoopEnd> {
  const clock = systemClock();
  const registry = createRegistry();
  const metrics = createSimulateMetrics(registry);
  const state = { isServing: false };
  const probes = await startProbes({
    registry,
    ready: [
      { name: 'engine', run: () => (state.isServing ? { ok: true } : { ok: false, reason: 'ENGINE_AWAY' }) },
    ],
    port: config.healthPort,
  });
  shutdown.onShutdown('probes', () => probes.close());
  const { twinsAddress: address, runKey, holder, inferenceAddress, inferenceCa } = config;
  const target = { address, caFile: mountedPath(TRUST), tokenFile: mountedPath(TOKEN) };
  const units = connectUnits(target, runKey, holder);
  const engine = connectEngine({
    address: inferenceAddress,
    ...(inferenceCa === undefined ? {} : { caFile: mountedPath(inferenceCa), tokenFile: mountedPath(TOKEN) }),
  });
  shutdown.onShutdown('clients', () => {
    units.close();
    engine.close();
  });
  await waitForEngine(engine, shutdown.signal);
  state.isServing = true;
  const giveUp = new AbortController();
  const working = workUntilFinished({
    ...{ units, engine, clock, log, metrics, random: Math.random },
    signal: giveUp.signal,
    stopping: shutdown.signal,
    patienceMs: PATIENCE_MS,
    slots: new Slots(config.subjectsInFlight),
    unitsInFlight: config.unitsInFlight,
    giveUp: () => giveUp.abort(),
    onRetry: () => metrics.retries.inc(),
  });
  shutdown.onShutdown('present unit', () => finishOrGiveUp(working, giveUp));
  return await working;
}

async function waitForEngine(engine: Engine, signal: AbortSignal): Promise<void> {
  const clock = systemClock();
  const deadline = clock.monotonic() + WAIT_FOR_ENGINE_MS;
  while (!(await engine.isServing())) {
    if (signal.aborted || clock.monotonic() > deadline) throw new EngineUnavailableError();
    await sleep(clock, 250, signal);
  }
}

async function finishOrGiveUp(working: Promise<LoopEnd>, giveUp: AbortController): Promise<void> {
  const timer = setTimeout(() => giveUp.abort(), FINISH_MS);
  await working.catch(() => undefined);
  clearTimeout(timer);
}
