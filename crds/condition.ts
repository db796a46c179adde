import { z } from 'zod';
import { timestamp } from './fields.ts';
import type { Immutable } from './immutable.ts';

/** One condition, in the form that all Kubernetes tools read. */
export const condition = z
  .object({
    type: z.string().min(1).max(64).meta({ description: 'What the condition is about, in PascalCase.' }),
    status: z.enum(['True', 'False', 'Unknown']).meta({ description: 'Whether it holds.' }),
    observedGeneration: z
      .int()
      .exactOptional()
      .meta({ description: 'Generation of the object that the condition was judged for.' }),
    lastTransitionTime: timestamp('When the status last changed.'),
    reason: z.string().min(1).max(64).meta({ description: 'Why, as a constant in PascalCase.' }),
    message: z.string().max(1024).meta({ description: 'Why, for people, and what to do next.' }),
  })
  .meta({ description: 'State of one aspect of the object.' });

/** `status.conditions`. */
export const conditions = z
  .array(condition)
  .max(16)
  .exactOptional()
  .meta({
    description: 'Conditions of the object, one per type.',
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': ['type'],
  });

/** `status.observedGeneration`: -1 until the operator has seen the object. */
export const observedGeneration = z
  .int()
  .default(-1)
  .meta({ description: 'Generation of the spec that the status was made for; -1 before the first.' });

export type Condition = Immutable<z.output<typeof condition>>;
export type ConditionStatus = Condition['status'];

/** Types of conditions. */
export const ConditionType = {
  Ready: 'Ready',
  Reconciling: 'Reconciling',
  Stalled: 'Stalled',
  Suspended: 'Suspended',
  Bound: 'Bound',
  UpToDate: 'UpToDate',
  SubjectsFrozen: 'SubjectsFrozen',
  QuotaReserved: 'QuotaReserved',
  WorkersReady: 'WorkersReady',
  Succeeded: 'Succeeded',
  ArtifactVerified: 'ArtifactVerified',
  Available: 'Available',
  CanaryHealthy: 'CanaryHealthy',
  Calibrated: 'Calibrated',
  Connected: 'Connected',
  Synced: 'Synced',
} as const;
export type ConditionType = (typeof ConditionType)[keyof typeof ConditionType];

/** Reasons of conditions. Alerts and scripts depend on them: a name is never reused for another meaning. */
export const Reason = {
  ApplyingSpec: 'ApplyingSpec',
  ChildNotOurs: 'ChildNotOurs',
  ChildRefused: 'ChildRefused',
  Suspended: 'Suspended',
  // PatientTwin
  Registered: 'Registered',
  Registering: 'Registering',
  DependencyNotFound: 'DependencyNotFound',
  HandleConflict: 'HandleConflict',
  ModelTaskMismatch: 'ModelTaskMismatch',
  SubjectBound: 'SubjectBound',
  AwaitingSubject: 'AwaitingSubject',
  Current: 'Current',
  AwaitingData: 'AwaitingData',
  Updating: 'Updating',
  ModelUnavailable: 'ModelUnavailable',
  DataStale: 'DataStale',
  UpdateFailed: 'UpdateFailed',
  OutsideValidatedRange: 'OutsideValidatedRange',
  // Simulation
  Submitted: 'Submitted',
  Finished: 'Finished',
  Resolving: 'Resolving',
  DependencyNotReady: 'DependencyNotReady',
  Frozen: 'Frozen',
  Freezing: 'Freezing',
  TooFewSubjects: 'TooFewSubjects',
  TooManySubjects: 'TooManySubjects',
  Admitted: 'Admitted',
  WaitingForQuota: 'WaitingForQuota',
  Preempted: 'Preempted',
  NoMatchingFlavor: 'NoMatchingFlavor',
  PodsReady: 'PodsReady',
  Unschedulable: 'Unschedulable',
  Starting: 'Starting',
  ImagePullFailed: 'ImagePullFailed',
  AcceleratorUnavailable: 'AcceleratorUnavailable',
  Completed: 'Completed',
  ReusedResult: 'ReusedResult',
  Queued: 'Queued',
  Running: 'Running',
  Aggregating: 'Aggregating',
  RetriesExhausted: 'RetriesExhausted',
  DeadlineExceeded: 'DeadlineExceeded',
  ModelLoadFailed: 'ModelLoadFailed',
  NondeterministicResult: 'NondeterministicResult',
  InvalidScenario: 'InvalidScenario',
  // TwinModel
  RolledOut: 'RolledOut',
  ScaledToZero: 'ScaledToZero',
  RollingOut: 'RollingOut',
  DigestMatches: 'DigestMatches',
  Fetching: 'Fetching',
  DigestMismatch: 'DigestMismatch',
  FetchFailed: 'FetchFailed',
  ContractViolation: 'ContractViolation',
  Serving: 'Serving',
  NoReadyReplicas: 'NoReadyReplicas',
  GatesPassed: 'GatesPassed',
  CollectingEvidence: 'CollectingEvidence',
  CalibrationWorse: 'CalibrationWorse',
  ErrorRate: 'ErrorRate',
  ReportAccepted: 'ReportAccepted',
  NoLocalReport: 'NoLocalReport',
  ReportRejected: 'ReportRejected',
  // DataSource
  Deployed: 'Deployed',
  Deploying: 'Deploying',
  CredentialsRejected: 'CredentialsRejected',
  HostNotAllowed: 'HostNotAllowed',
  Authenticated: 'Authenticated',
  Connecting: 'Connecting',
  SourceUnreachable: 'SourceUnreachable',
  SyncSucceeded: 'SyncSucceeded',
  Streaming: 'Streaming',
  NeverSynced: 'NeverSynced',
  Syncing: 'Syncing',
  SyncFailed: 'SyncFailed',
  QuarantineLimit: 'QuarantineLimit',
  Lagging: 'Lagging',
} as const;
export type Reason = (typeof Reason)[keyof typeof Reason];

/** Reasons that a retry cannot mend: the only ones that go with `Stalled`. */
export const terminalReasons: ReadonlySet<Reason> = new Set<Reason>([
  Reason.HandleConflict,
  Reason.ModelTaskMismatch,
  Reason.DigestMismatch,
  Reason.ContractViolation,
  Reason.HostNotAllowed,
  Reason.RetriesExhausted,
  Reason.DeadlineExceeded,
  Reason.ModelLoadFailed,
  Reason.NondeterministicResult,
  Reason.InvalidScenario,
  Reason.TooFewSubjects,
  Reason.TooManySubjects,
]);
