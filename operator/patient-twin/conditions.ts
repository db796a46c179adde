// Observed → conditions of a PatientTwin.
import { ConditionType, Reason } from '#crds/condition.ts';
import type { TwinState__Output } from '#proto/gen/twinward/v1/TwinState.ts';
import type { UpdateState__Output } from '#proto/gen/twinward/v1/UpdateState.ts';
import { fails, holds, unknown, type Verdict } from '../condition-list.ts';
import type { Observed } from './observed.ts';

function readyVerdict(observed: Observed): Verdict {
  const type = ConditionType.Ready;
  if (observed.twin.spec.suspend)
    return holds(type, Reason.Suspended, 'spec.suspend is true; the forecast stays as it is.');
  if (observed.wrongTask.length > 0) {
    return fails(
      type,
      Reason.ModelTaskMismatch,
      `spec.modelRefs names ${observed.wrongTask.join(', ')}, whose task is not Trajectory; name models that forecast trajectories.`,
    );
  }
  if (observed.missing.length > 0) {
    return unknown(
      type,
      Reason.DependencyNotFound,
      `There is no ${observed.missing.join(', no ')} in this namespace yet; apply it.`,
    );
  }
  if (observed.knowledge.known !== 'Registered')
    return unknown(type, Reason.Registering, 'The twin is being registered.');
  if (observed.knowledge.state.binding === 'BINDING_STATE_CONFLICT') return handleConflict(type);
  return holds(type, Reason.Registered, 'Accepted and acted on.');
}

function handleConflict(type: ConditionType): Verdict {
  return fails(
    type,
    Reason.HandleConflict,
    'Records of two patients carry this handle; the later ones are quarantined. Mint a handle of its own for each patient with "kubectl twin enrol".',
  );
}

function boundVerdict(state: TwinState__Output | undefined): Verdict {
  const type = ConditionType.Bound;
  if (state?.binding === 'BINDING_STATE_BOUND')
    return holds(type, Reason.SubjectBound, 'The handle is bound to a patient.');
  if (state?.binding === 'BINDING_STATE_CONFLICT') return handleConflict(type);
  return unknown(
    type,
    Reason.AwaitingSubject,
    'No record carries this handle yet; feed one, or bind an identifier with "kubectl twin enrol".',
  );
}

const type = ConditionType.UpToDate;
const updateVerdicts: Readonly<Record<UpdateState__Output, (state: TwinState__Output) => Verdict>> = {
  UPDATE_STATE_UNSPECIFIED: () => unknown(type, Reason.AwaitingData, 'No record has arrived yet.'),
  UPDATE_STATE_AWAITING_DATA: () => unknown(type, Reason.AwaitingData, 'No record has arrived yet.'),
  UPDATE_STATE_UPDATING: () =>
    unknown(type, Reason.Updating, 'A forecast from the newest records is being made.'),
  UPDATE_STATE_CURRENT: () => holds(type, Reason.Current, 'The forecast rests on the newest records.'),
  UPDATE_STATE_MODEL_UNAVAILABLE: () =>
    unknown(
      type,
      Reason.ModelUnavailable,
      'No pod of the model answers; the forecast is made as soon as one does.',
    ),
  UPDATE_STATE_FAILED: (state) => fails(type, Reason.UpdateFailed, failureOf(state)),
  UPDATE_STATE_OUTSIDE_VALIDATED_RANGE: (state) =>
    fails(type, Reason.OutsideValidatedRange, failureOf(state)),
};

const failureOf = (state: TwinState__Output): string =>
  state.message === ''
    ? `The forecast failed (${state.reasonCode}).`
    : `${state.message} (${state.reasonCode})`;

/** Verdicts on a PatientTwin. While the twin service is away, `Bound` and `UpToDate` stay as they were. */
export function verdictsOf(observed: Observed): readonly Verdict[] {
  const { knowledge, twin } = observed;
  if (knowledge.known === 'Away') return keptVerdicts(observed, knowledge.message);
  const state = knowledge.known === 'Registered' ? knowledge.state : undefined;
  const update =
    twin.spec.suspend && state === undefined
      ? 'UPDATE_STATE_AWAITING_DATA'
      : (state?.update ?? 'UPDATE_STATE_UNSPECIFIED');
  return [
    readyVerdict(observed),
    boundVerdict(state),
    state === undefined
      ? updateVerdicts.UPDATE_STATE_AWAITING_DATA(emptyState)
      : updateVerdicts[update](state),
  ];
}

const emptyState: TwinState__Output = {
  handle: '',
  uid: '',
  specHash: '',
  binding: 'BINDING_STATE_AWAITING_SUBJECT',
  revision: '0',
  freshness: 'FRESHNESS_NO_DATA',
  update: 'UPDATE_STATE_AWAITING_DATA',
  reasonCode: '',
  message: '',
  models: [],
  lastHandledRefresh: '',
};

function keptVerdicts(observed: Observed, message: string): readonly Verdict[] {
  const previous = observed.twin.status.conditions ?? [];
  const kept = (wanted: ConditionType): Verdict | undefined => {
    const before = previous.find((condition) => condition.type === wanted);
    return before === undefined
      ? undefined
      : { ...before, type: wanted, reason: before.reason as Verdict['reason'] };
  };
  return [
    kept(ConditionType.Ready) ?? unknown(ConditionType.Ready, Reason.Registering, message),
    kept(ConditionType.Bound) ?? boundVerdict(undefined),
    kept(ConditionType.UpToDate) ?? updateVerdicts.UPDATE_STATE_AWAITING_DATA(emptyState),
  ];
}
