// What should exist for a Simulation, and what its status says.
import type { SimulationStatus } from '#crds/simulation/v1alpha1.ts';
import type { FreezeSimulationRequest } from '#proto/gen/twinward/v1/FreezeSimulationRequest.ts';
import type { SimulationResult__Output } from '#proto/gen/twinward/v1/SimulationResult.ts';
import { type Duration, seconds } from '#runtime/duration.ts';
import { conditionsOf, eventsOf, timeOf } from '../condition-list.ts';
import type { Child, Plan } from '../plan.ts';
import { job, jobName } from './children.ts';
import { verdictsOf } from './conditions.ts';
import { freezeRequest } from './freeze-request.ts';
import type { Observed } from './observed.ts';
import { type Pinned, type Stage, stageOf } from './stage.ts';

/** Plan for a Simulation. */
export interface SimulationPlan extends Plan<SimulationStatus> {
  /** Set when subjects must be pinned before anything else is decided: ask, and decide again. */
  readonly freeze?: FreezeSimulationRequest;
}

/** Observed → plan. */
export function decide(observed: Observed, now: Date): SimulationPlan {
  const stage = stageOf(observed);
  const status = statusOf(observed, stage, now);
  const again = checkAgainIn(observed, stage);
  return {
    children: childrenOf(observed, stage),
    status,
    events: eventsOf(observed.simulation.status.conditions ?? [], status.conditions ?? [], 'RunSimulation'),
    ...(again === undefined ? {} : { checkAgainIn: again }),
    ...freezeOf(observed, stage),
  };
}

function freezeOf(observed: Observed, stage: Stage): { readonly freeze?: FreezeSimulationRequest } {
  if (stage.at !== 'Freezing' || observed.freeze.state !== 'NotAsked' || observed.model === undefined)
    return {};
  return { freeze: freezeRequest(observed.simulation, observed.tenant, observed.model.spec.artifact.sha256) };
}

function checkAgainIn({ job: present }: Observed, stage: Stage): Duration | undefined {
  switch (stage.at) {
    case 'Over':
    case 'Succeeded':
    case 'Failed':
    case 'Suspended':
      return undefined;
    case 'Waiting':
      return seconds(5);
    case 'Freezing':
      return seconds(2);
    case 'Running':
      // A Job that waits in a queue makes no progress, and its admission is told by the watch.
      return present?.spec.suspend === true ? seconds(30) : seconds(2);
  }
}

function childrenOf(observed: Observed, stage: Stage): readonly Child[] {
  const present: readonly Child[] = observed.job === undefined ? [] : [{ object: observed.job, once: true }];
  switch (stage.at) {
    case 'Suspended':
    case 'Waiting':
    case 'Freezing':
      return [];
    case 'Failed':
      // A Job that goes on after the verdict would only burn what others wait for; one that ended keeps its logs.
      return isActive(observed) ? [] : present;
    case 'Over':
    case 'Succeeded':
      // A Job that waits in a queue would be given quota for work that is done.
      return observed.job?.spec.suspend === true && isActive(observed) ? [] : present;
    case 'Running':
      return present.length > 0 || observed.model === undefined ? present : newJob(observed, stage);
  }
}

function isActive({ job: present }: Observed): boolean {
  return !(present?.status?.conditions ?? []).some(
    ({ type, status }) => status === 'True' && (type === 'Complete' || type === 'Failed'),
  );
}

function newJob(observed: Observed, stage: Extract<Stage, { at: 'Running' }>): readonly Child[] {
  const { simulation, model, installation } = observed;
  if (model === undefined) return [];
  const input = {
    simulation,
    model,
    installation,
    runKey: stage.pinned.runKey,
    modelSha256: stage.pinned.modelSha256,
    attempt: stage.attempt,
    units: stage.pinned.units,
  };
  return [{ object: job(input), once: true }];
}

function statusOf(observed: Observed, stage: Stage, now: Date): SimulationStatus {
  const { simulation } = observed;
  const { generation } = simulation.metadata;
  const conditions = conditionsOf(verdictsOf(observed, stage), {
    generation,
    suspended: stage.at === 'Suspended',
    previous: simulation.status.conditions ?? [],
    now,
  });
  if (stage.at === 'Over') return { ...simulation.status, observedGeneration: generation, conditions };
  return {
    ...simulation.status,
    observedGeneration: generation,
    ...('pinned' in stage && stage.pinned !== undefined ? pinnedStatus(observed, stage.pinned) : {}),
    ...progressStatus(observed, stage, now),
    conditions,
  };
}

function pinnedStatus(observed: Observed, pinned: Pinned): Partial<SimulationStatus> {
  const single = observed.simulation.spec.subjects.twinRef !== undefined;
  const engine = observed.run?.engine ?? '';
  return {
    pinned: {
      runKey: pinned.runKey,
      modelSha256: pinned.modelSha256,
      snapshot: pinned.snapshot,
      ...(single ? {} : { subjects: pinned.subjects }),
      ...(engine === '' ? {} : { engine }),
    },
    units: { total: pinned.units, completed: Number(observed.run?.unitsCompleted ?? 0) },
  };
}

function progressStatus(observed: Observed, stage: Stage, now: Date): Partial<SimulationStatus> {
  const started = observed.job?.status?.startTime;
  const start = observed.simulation.status.startTime ?? started;
  const begun = start === undefined ? {} : { startTime: start };
  switch (stage.at) {
    case 'Running':
      return {
        ...begun,
        attempt: stage.attempt,
        jobName: observed.job?.metadata.name ?? jobName(observed.simulation.metadata.name, stage.attempt),
      };
    case 'Succeeded':
      return { ...begun, completionTime: timeOf(now), ...resultsStatus(observed, stage.run.results) };
    case 'Failed':
      return { ...begun, completionTime: timeOf(now) };
    default:
      return begun;
  }
}

function resultsStatus(
  observed: Observed,
  results: readonly SimulationResult__Output[],
): Partial<SimulationStatus> {
  const { spec } = observed.simulation;
  if (spec.results === 'None' || spec.subjects.twinRef !== undefined || results.length === 0) return {};
  return {
    results: results.map((result) => ({
      scenario: result.scenario,
      outcome: result.outcome,
      horizon: result.horizon,
      subjects: Number(result.subjects),
      risk: result.risk,
      low: result.low,
      high: result.high,
      level: result.level,
      ...(result.difference === ''
        ? {}
        : {
            difference: result.difference,
            differenceLow: result.differenceLow,
            differenceHigh: result.differenceHigh,
          }),
      calibration: result.calibration === 'Calibrated' ? 'Calibrated' : 'NotCalibrated',
    })),
  };
}
