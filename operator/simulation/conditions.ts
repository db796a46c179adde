// Observed and stage → conditions of a Simulation.
import { ConditionType, Reason } from '#crds/condition.ts';
import { fails, holds, unknown, type Verdict } from '../condition-list.ts';
import { label } from '../names.ts';
import { troubleOf } from '../pod-trouble.ts';
import type { Observed } from './observed.ts';
import { conditionOf, type Stage } from './stage.ts';

const { Ready, SubjectsFrozen, QuotaReserved, WorkersReady, Succeeded } = ConditionType;

/** Verdicts on a Simulation. Once it is over they stay. */
export function verdictsOf(observed: Observed, stage: Stage): readonly Verdict[] {
  if (stage.at === 'Over') return keptVerdicts(observed);
  return [
    readyVerdict(stage),
    frozenVerdict(observed, stage),
    ...workVerdicts(observed, stage),
    succeededVerdict(observed, stage),
  ];
}

function keptVerdicts(observed: Observed): readonly Verdict[] {
  const kept: Verdict[] = [];
  for (const type of [Ready, SubjectsFrozen, QuotaReserved, WorkersReady, Succeeded] as const) {
    const before = conditionOf(observed, type);
    if (before !== undefined)
      kept.push({ type, status: before.status, reason: before.reason as Reason, message: before.message });
  }
  return kept;
}

function readyVerdict(stage: Exclude<Stage, { at: 'Over' }>): Verdict {
  switch (stage.at) {
    case 'Suspended':
      return holds(Ready, Reason.Suspended, 'spec.suspend is true; nothing runs, finished units are kept.');
    case 'Waiting':
      return unknown(Ready, Reason.DependencyNotReady, stage.message);
    case 'Freezing':
      return unknown(Ready, Reason.Resolving, 'Subjects are being pinned.');
    case 'Running':
      return holds(Ready, Reason.Submitted, 'Accepted and submitted; condition Succeeded tells how it ends.');
    case 'Succeeded':
      return holds(Ready, Reason.Finished, 'The run has ended.');
    case 'Failed':
      return fails(Ready, stage.reason, stage.message);
  }
}

function frozenVerdict(observed: Observed, stage: Exclude<Stage, { at: 'Over' }>): Verdict {
  if ('pinned' in stage && stage.pinned !== undefined) {
    const who =
      observed.simulation.spec.subjects.twinRef === undefined
        ? `${stage.pinned.subjects} subjects are`
        : 'The twin is';
    return holds(SubjectsFrozen, Reason.Frozen, `${who} pinned, with the revision of each record.`);
  }
  const refused =
    stage.at === 'Failed' &&
    (stage.reason === Reason.TooFewSubjects || stage.reason === Reason.TooManySubjects);
  if (refused) return fails(SubjectsFrozen, stage.reason, stage.message);
  return unknown(
    SubjectsFrozen,
    Reason.Freezing,
    stage.at === 'Waiting' ? stage.message : 'Subjects are not pinned yet.',
  );
}

function workVerdicts(observed: Observed, stage: Stage): readonly Verdict[] {
  if (stage.at !== 'Running') return [];
  return isQueued(observed) ? [quotaVerdict(observed), workersVerdict(observed)] : [workersVerdict(observed)];
}

/** Whether a queue decides when the Job runs. What the Job says counts, since its labels are not changed later. */
function isQueued({ simulation, job }: Observed): boolean {
  if (job?.spec.suspend === true) return true;
  return (job ?? simulation).metadata.labels?.[label.queue] !== undefined;
}

function quotaVerdict(observed: Observed): Verdict {
  if (observed.job?.spec.suspend === false)
    return holds(QuotaReserved, Reason.Admitted, 'The queue has admitted the Job.');
  const before = conditionOf(observed, QuotaReserved);
  const hadQuota = before?.status === 'True' || before?.reason === Reason.Preempted;
  return hadQuota
    ? unknown(
        QuotaReserved,
        Reason.Preempted,
        'The queue took the quota back; finished units are kept, and the Job goes on when it is admitted again. Its Workload says why: kubectl describe workloads.',
      )
    : unknown(
        QuotaReserved,
        Reason.WaitingForQuota,
        'The Job waits in its queue; look at its Workload with kubectl get workloads.',
      );
}

function workersVerdict(observed: Observed): Verdict {
  if (observed.job?.spec.suspend === true)
    return unknown(WorkersReady, Reason.Starting, 'Workers start when the queue admits the Job.');
  for (const pod of observed.pods) {
    const trouble = troubleOf(pod);
    if (trouble?.kind === 'ImagePull') return fails(WorkersReady, Reason.ImagePullFailed, trouble.message);
    if (trouble?.kind === 'Unschedulable')
      return unknown(WorkersReady, Reason.Unschedulable, trouble.message);
  }
  const ready = observed.job?.status?.ready ?? 0;
  return ready > 0
    ? holds(WorkersReady, Reason.PodsReady, 'Workers are ready.')
    : unknown(WorkersReady, Reason.Starting, 'Workers are starting.');
}

function succeededVerdict(observed: Observed, stage: Exclude<Stage, { at: 'Over' }>): Verdict {
  switch (stage.at) {
    case 'Suspended':
      return unknown(Succeeded, Reason.Suspended, 'spec.suspend is true.');
    case 'Waiting':
    case 'Freezing':
      return unknown(Succeeded, Reason.Queued, 'The run has not begun.');
    case 'Running':
      return observed.job?.spec.suspend === true
        ? unknown(Succeeded, Reason.Queued, 'The Job waits in its queue.')
        : unknown(
            Succeeded,
            Reason.Running,
            'Units of work are being computed; status.units has the progress.',
          );
    case 'Succeeded':
      return stage.reused
        ? holds(
            Succeeded,
            Reason.ReusedResult,
            'The same question had been answered before; its stored answer stands.',
          )
        : holds(Succeeded, Reason.Completed, 'Every unit has a result.');
    case 'Failed':
      return fails(Succeeded, stage.reason, stage.message);
  }
}
