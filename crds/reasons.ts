import { ConditionType, Reason } from './condition.ts';

/** Reasons that a condition may carry, by its status. */
export interface ReasonsByStatus {
  readonly True: readonly Reason[];
  readonly Unknown: readonly Reason[];
  readonly False: readonly Reason[];
}

const whileTrue = { Unknown: [], False: [] };

const everywhere: Readonly<Record<string, ReasonsByStatus>> = {
  [ConditionType.Reconciling]: { True: [Reason.ApplyingSpec], ...whileTrue },
  [ConditionType.Suspended]: { True: [Reason.Suspended], ...whileTrue },
};

const runFailures = [
  Reason.RetriesExhausted,
  Reason.DeadlineExceeded,
  Reason.ModelLoadFailed,
  Reason.NondeterministicResult,
  Reason.InvalidScenario,
];
const modelFailures = [
  Reason.DigestMismatch,
  Reason.FetchFailed,
  Reason.ContractViolation,
  Reason.NoReadyReplicas,
  Reason.AcceleratorUnavailable,
];

/** A child cannot be made as it must be. */
const childFailures = [Reason.ChildNotOurs, Reason.ChildRefused];

/** Which reasons each condition of each kind may carry. */
export const conditionReasons: Readonly<Record<string, Readonly<Record<string, ReasonsByStatus>>>> = {
  PatientTwin: {
    Ready: {
      True: [Reason.Registered, Reason.Suspended],
      Unknown: [Reason.Registering, Reason.DependencyNotFound],
      False: [Reason.HandleConflict, Reason.ModelTaskMismatch],
    },
    Bound: { True: [Reason.SubjectBound], Unknown: [Reason.AwaitingSubject], False: [Reason.HandleConflict] },
    UpToDate: {
      True: [Reason.Current],
      Unknown: [Reason.AwaitingData, Reason.Updating, Reason.ModelUnavailable],
      False: [Reason.DataStale, Reason.UpdateFailed, Reason.OutsideValidatedRange],
    },
    ...everywhere,
    Stalled: { True: [Reason.HandleConflict, Reason.ModelTaskMismatch], ...whileTrue },
  },
  Simulation: {
    Ready: {
      True: [Reason.Submitted, Reason.Suspended, Reason.Finished],
      Unknown: [Reason.Resolving, Reason.DependencyNotReady],
      False: [...runFailures, Reason.TooFewSubjects, Reason.TooManySubjects, ...childFailures],
    },
    SubjectsFrozen: {
      True: [Reason.Frozen],
      Unknown: [Reason.Freezing],
      False: [Reason.TooFewSubjects, Reason.TooManySubjects],
    },
    QuotaReserved: {
      True: [Reason.Admitted],
      Unknown: [Reason.WaitingForQuota, Reason.Preempted],
      False: [Reason.NoMatchingFlavor],
    },
    WorkersReady: {
      True: [Reason.PodsReady],
      Unknown: [Reason.Unschedulable, Reason.Starting],
      False: [Reason.ImagePullFailed, Reason.AcceleratorUnavailable],
    },
    Succeeded: {
      True: [Reason.Completed, Reason.ReusedResult],
      Unknown: [Reason.Queued, Reason.Running, Reason.Aggregating, Reason.Suspended],
      False: [...runFailures, Reason.TooFewSubjects, Reason.TooManySubjects],
    },
    ...everywhere,
    Stalled: { True: [...runFailures, Reason.TooFewSubjects, Reason.TooManySubjects], ...whileTrue },
  },
  TwinModel: {
    Ready: {
      True: [Reason.RolledOut, Reason.ScaledToZero, Reason.Suspended],
      Unknown: [Reason.RollingOut, Reason.Unschedulable],
      False: [...modelFailures, ...childFailures],
    },
    ArtifactVerified: {
      True: [Reason.DigestMatches],
      Unknown: [Reason.Fetching],
      False: [Reason.DigestMismatch, Reason.FetchFailed, Reason.ContractViolation],
    },
    Available: {
      True: [Reason.Serving],
      Unknown: [Reason.Starting, Reason.ScaledToZero],
      False: [Reason.NoReadyReplicas, Reason.AcceleratorUnavailable],
    },
    Calibrated: {
      True: [Reason.ReportAccepted],
      Unknown: [Reason.NoLocalReport],
      False: [Reason.ReportRejected],
    },
    ...everywhere,
    Stalled: { True: [Reason.DigestMismatch, Reason.ContractViolation], ...whileTrue },
  },
  DataSource: {
    Ready: {
      True: [Reason.Deployed, Reason.Suspended],
      Unknown: [Reason.Deploying],
      False: [Reason.CredentialsRejected, Reason.HostNotAllowed, ...childFailures],
    },
    Connected: {
      True: [Reason.Authenticated],
      Unknown: [Reason.Connecting, Reason.SourceUnreachable],
      False: [Reason.CredentialsRejected],
    },
    Synced: {
      True: [Reason.SyncSucceeded, Reason.Streaming],
      Unknown: [Reason.NeverSynced, Reason.Syncing],
      False: [Reason.SyncFailed, Reason.QuarantineLimit, Reason.Lagging],
    },
    ...everywhere,
    Stalled: { True: [Reason.HostNotAllowed], ...whileTrue },
  },
};
