// Observed → conditions of a DataSource.
import { ConditionType, Reason } from '#crds/condition.ts';
import type { SourceState__Output } from '#proto/gen/twinward/v1/SourceState.ts';
import type { SyncState__Output } from '#proto/gen/twinward/v1/SyncState.ts';
import { fails, holds, unknown, type Verdict } from '../condition-list.ts';
import { type Trouble, troubleOf } from '../pod-trouble.ts';
import type { Observed } from './observed.ts';

const quarantineHint =
  'quarantined records are kept sealed, with a reason code each; metric twinward_ingest_quarantined_total counts them by reason';

/** The first trouble of a pod that reads the source. */
function podTrouble(observed: Observed): Trouble | undefined {
  for (const pod of observed.pods) {
    if (pod.metadata.deletionTimestamp !== undefined) continue;
    const trouble = troubleOf(pod);
    if (trouble !== undefined) return trouble;
  }
  return undefined;
}

function connectedVerdict(observed: Observed, trouble: Trouble | undefined): Verdict {
  const type = ConditionType.Connected;
  if (trouble !== undefined) return unknown(type, Reason.SourceUnreachable, trouble.message);
  const state = stateOf(observed);
  if (state?.sync === 'SYNC_STATE_FAILED') {
    return unknown(
      type,
      Reason.SourceUnreachable,
      `The folder could not be read (${state.reasonCode}); look at spec.folder.uri and the log of the ingest pod.`,
    );
  }
  if (state === undefined || state.sync === 'SYNC_STATE_NEVER_SYNCED')
    return unknown(type, Reason.Connecting, 'The folder has not been read yet.');
  return holds(type, Reason.Authenticated, 'The folder can be read.');
}

function stateOf(observed: Observed): SourceState__Output | undefined {
  return observed.knowledge.known === 'Registered' ? observed.knowledge.state : undefined;
}

type SyncVerdict = (state: SourceState__Output, maxPercent: number) => Verdict;
const type = ConditionType.Synced;
const neverSynced: SyncVerdict = () => unknown(type, Reason.NeverSynced, 'No sync has completed yet.');
const countsOf = (state: SourceState__Output): string => {
  const { received = '0', stored = '0', unchanged = '0', quarantined = '0' } = state.totals ?? {};
  return `received ${received}, stored ${stored}, unchanged ${unchanged}, quarantined ${quarantined}`;
};

const syncVerdicts: Readonly<Record<SyncState__Output, SyncVerdict>> = {
  SYNC_STATE_UNSPECIFIED: neverSynced,
  SYNC_STATE_NEVER_SYNCED: neverSynced,
  SYNC_STATE_SYNCING: (state) =>
    state.lastCompletion === ''
      ? unknown(type, Reason.Syncing, 'The first sync runs.')
      : holds(type, Reason.SyncSucceeded, `The next sync runs. ${countsOf(state)}.`),
  SYNC_STATE_SUCCEEDED: (state) => holds(type, Reason.SyncSucceeded, `In all: ${countsOf(state)}.`),
  SYNC_STATE_FAILED: (state) =>
    fails(
      type,
      Reason.SyncFailed,
      `The last sync failed (${state.reasonCode}); it is tried again. ${countsOf(state)}.`,
    ),
  SYNC_STATE_QUARANTINE_LIMIT: (state, maxPercent) =>
    fails(
      type,
      Reason.QuarantineLimit,
      `More than ${maxPercent} % of the records were quarantined (${reasonsOf(state)}); ${quarantineHint}. Correct the source, or raise spec.quarantine.maxPercent.`,
    ),
};

function reasonsOf(state: SourceState__Output): string {
  return Object.entries(state.quarantinedByReason)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([reason, count]) => `${reason} ${count}`)
    .join(', ');
}

function syncedVerdict(observed: Observed): Verdict {
  const state = stateOf(observed);
  if (state === undefined) return unknown(type, Reason.NeverSynced, 'The source is being registered.');
  return syncVerdicts[state.sync](state, observed.source.spec.quarantine.maxPercent);
}

function readyVerdict(observed: Observed, trouble: Trouble | undefined): Verdict {
  if (observed.source.spec.suspend)
    return holds(ConditionType.Ready, Reason.Suspended, 'spec.suspend is true; nothing is read.');
  if (trouble !== undefined) return unknown(ConditionType.Ready, Reason.Deploying, trouble.message);
  return observed.knowledge.known === 'Registered'
    ? holds(ConditionType.Ready, Reason.Deployed, 'Accepted and acted on.')
    : unknown(ConditionType.Ready, Reason.Deploying, observed.knowledge.message);
}

/** Verdicts on a DataSource. */
export function verdictsOf(observed: Observed): readonly Verdict[] {
  const trouble = podTrouble(observed);
  return [readyVerdict(observed, trouble), connectedVerdict(observed, trouble), syncedVerdict(observed)];
}
