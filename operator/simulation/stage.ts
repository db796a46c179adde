// Where a Simulation stands: the one classification that children, conditions and status follow. Pure.
//
//   Suspended ─► Waiting ─► Freezing ─► Running ─► Ended
//                   ▲           │          │
//                   └───────────┴──────────┴── spec.suspend takes the Job away and keeps finished units
import { type Condition, ConditionType, Reason } from '#crds/condition.ts';
import type { FinalizeSimulationResponse__Output } from '#proto/gen/twinward/v1/FinalizeSimulationResponse.ts';
import type { Job } from '#runtime/objects.ts';
import { annotation } from '../names.ts';
import { troubleOf } from '../pod-trouble.ts';
import type { Observed } from './observed.ts';

/** What a run was pinned to. */
export interface Pinned {
  readonly runKey: string;
  readonly modelSha256: string;
  readonly snapshot: string;
  readonly subjects: number;
  readonly units: number;
}

export type Stage =
  /** Decided before; only the Job's time to live still runs. */
  | { readonly at: 'Over' }
  | { readonly at: 'Suspended'; readonly pinned: Pinned | undefined }
  /** Something that it needs is not there yet. */
  | { readonly at: 'Waiting'; readonly message: string }
  | { readonly at: 'Freezing' }
  | { readonly at: 'Running'; readonly pinned: Pinned; readonly attempt: number }
  | {
      readonly at: 'Succeeded';
      readonly pinned: Pinned;
      readonly reused: boolean;
      readonly run: FinalizeSimulationResponse__Output;
    }
  | {
      readonly at: 'Failed';
      readonly pinned: Pinned | undefined;
      readonly reason: Reason;
      readonly message: string;
    };

const failureReasons: Readonly<Record<string, Reason>> = {
  TOO_FEW_SUBJECTS: Reason.TooFewSubjects,
  TOO_MANY_SUBJECTS: Reason.TooManySubjects,
  NONDETERMINISTIC_RESULT: Reason.NondeterministicResult,
  DIGEST_MISMATCH: Reason.ModelLoadFailed,
  ENGINE_FAILED: Reason.ModelLoadFailed,
};

/** Reason of the condition for a reason code of the twin service; what is wrong with the question is InvalidScenario. */
export function failureReason(code: string): Reason {
  return failureReasons[code] ?? Reason.InvalidScenario;
}

/** Classifies what was observed. */
export function stageOf(observed: Observed): Stage {
  if (isOver(observed)) return { at: 'Over' };
  const pinned = pinnedOf(observed);
  const run = pinned === undefined ? undefined : runStage(observed, pinned);
  if (run !== undefined) return run;
  if (observed.simulation.spec.suspend) return { at: 'Suspended', pinned };
  if (pinned === undefined) return beforeFreeze(observed);
  return jobStage(observed, pinned);
}

function isOver(observed: Observed): boolean {
  const succeeded = conditionOf(observed, ConditionType.Succeeded);
  return succeeded !== undefined && succeeded.status !== 'Unknown';
}

/** A condition of the status as it is. */
export function conditionOf(observed: Observed, type: ConditionType): Condition | undefined {
  return observed.simulation.status.conditions?.find((condition) => condition.type === type);
}

function pinnedOf(observed: Observed): Pinned | undefined {
  if (observed.freeze.state === 'Frozen') {
    const { frozen } = observed.freeze;
    return {
      runKey: frozen.runKey,
      modelSha256: frozen.modelSha256,
      snapshot: frozen.snapshot,
      subjects: Number(frozen.subjects),
      units: Number(frozen.unitsTotal),
    };
  }
  const { pinned, units } = observed.simulation.status;
  if (pinned?.runKey === undefined || pinned.modelSha256 === undefined) return undefined;
  return {
    runKey: pinned.runKey,
    modelSha256: pinned.modelSha256,
    snapshot: pinned.snapshot ?? '',
    subjects: pinned.subjects ?? 1,
    units: units?.total ?? 0,
  };
}

function runStage(observed: Observed, pinned: Pinned): Stage | undefined {
  const { run } = observed;
  if (run?.state === 'RUN_STATE_SUCCEEDED') {
    const reused = observed.job === undefined && observed.simulation.status.attempt === undefined;
    return { at: 'Succeeded', pinned, run, reused };
  }
  if (run?.state === 'RUN_STATE_FAILED') {
    return {
      at: 'Failed',
      pinned,
      reason: failureReason(run.reason),
      message: `${run.message} (${run.reason})`,
    };
  }
  return undefined;
}

function beforeFreeze(observed: Observed): Stage {
  const { freeze } = observed;
  if (freeze.state === 'Refused') {
    const { reason, message, retryable } = freeze.refused;
    return retryable
      ? { at: 'Waiting', message }
      : { at: 'Failed', pinned: undefined, reason: failureReason(reason), message: `${message} (${reason})` };
  }
  if (freeze.state === 'Away') return { at: 'Waiting', message: freeze.message };
  const missing = missingDependency(observed);
  return missing === undefined ? { at: 'Freezing' } : { at: 'Waiting', message: missing };
}

/** What must be there before subjects can be frozen, for people; undefined when all is. */
export function missingDependency(observed: Observed): string | undefined {
  return missingModel(observed) ?? missingRecords(observed);
}

function missingModel({ model, simulation }: Observed): string | undefined {
  const { modelRef, engine } = simulation.spec;
  if (model === undefined) return `There is no TwinModel ${modelRef.name} in this namespace yet; apply it.`;
  if (modelRef.sha256 !== undefined && modelRef.sha256 !== model.spec.artifact.sha256) {
    return `TwinModel ${modelRef.name} serves another bundle than spec.modelRef.sha256; roll that bundle out, or create a Simulation without the pin.`;
  }
  const verified = model.status.conditions?.find(
    (condition) => condition.type === ConditionType.ArtifactVerified,
  );
  if (verified?.status === 'False')
    return `The bundle of TwinModel ${modelRef.name} was refused: ${verified.message}`;
  const serving = (model.status.readyReplicas ?? 0) > 0;
  if (engine === 'Shared' && !serving) return `No pod of TwinModel ${modelRef.name} serves yet.`;
  return undefined;
}

function missingRecords(observed: Observed): string | undefined {
  if (observed.sources === 0)
    return 'There is no DataSource that feeds its subjects in this namespace yet; apply one.';
  if (observed.unsyncedSources.length === 0) return undefined;
  return `The first sync of DataSource ${observed.unsyncedSources.join(', ')} has not completed yet.`;
}

function jobStage(observed: Observed, pinned: Pinned): Stage {
  const failure = sidecarFailure(observed) ?? jobFailure(observed, pinned);
  if (failure !== undefined) return { at: 'Failed', pinned, ...failure };
  return { at: 'Running', pinned, attempt: attemptOf(observed) };
}

/** Attempt of the present Job, or of the one to create. */
function attemptOf({ job, simulation }: Observed): number {
  const present = Number(job?.metadata.annotations?.[annotation.attempt] ?? 0);
  return present > 0 ? present : (simulation.status.attempt ?? 0) + 1;
}

interface Failure {
  readonly reason: Reason;
  readonly message: string;
}

/** A sidecar restarts for ever; one that cannot load its bundle ends the run. */
function sidecarFailure(observed: Observed): Failure | undefined {
  for (const pod of observed.pods) {
    const trouble = troubleOf(pod);
    if (trouble?.kind === 'Terminal')
      return { reason: Reason.ModelLoadFailed, message: `${trouble.message} (${trouble.reason})` };
  }
  return undefined;
}

const jobFailureReasons: Readonly<Record<string, Failure>> = {
  DeadlineExceeded: {
    reason: Reason.DeadlineExceeded,
    message:
      'The run took longer than spec.activeDeadlineSeconds; create a Simulation with a longer one, or with more parallelism.',
  },
};

function jobFailure({ job, run }: Observed, pinned: Pinned): Failure | undefined {
  const ended = (type: string): string | undefined => jobCondition(job, type);
  const failed = ended('Failed');
  const retries = {
    reason: Reason.RetriesExhausted,
    message:
      'Workers failed more often than spec.retriesPerWorker allows; read their logs with kubectl logs.',
  };
  if (failed !== undefined) return jobFailureReasons[failed] ?? retries;
  if (ended('Complete') === undefined || run === undefined) return undefined;
  const missing = pinned.units - Number(run.unitsCompleted);
  return missing > 0
    ? {
        reason: Reason.RetriesExhausted,
        message: `All workers ended, but ${missing} of ${pinned.units} units have no result.`,
      }
    : undefined;
}

function jobCondition(job: Job | undefined, type: string): string | undefined {
  const found = job?.status?.conditions?.find(
    (condition) => condition.type === type && condition.status === 'True',
  );
  return found === undefined ? undefined : (found.reason ?? type);
}
