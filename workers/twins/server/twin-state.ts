// Pure: a twin's row as the operator sees it.
import type { TwinState } from '#proto/gen/twinward/v1/TwinState.ts';
import type { TwinRow } from '../store/twins.ts';

/** The state of a twin; `conflict`: a quarantined record claims its handle for somebody else. */
export function twinState(row: TwinRow, conflict: boolean): TwinState {
  return {
    handle: row.handle,
    uid: row.object_uid ?? '',
    specHash: row.spec_hash,
    binding: bindingOf(row, conflict),
    revision: String(row.revision ?? 0),
    freshness: freshnessOf(row),
    update: updateOf(row),
    reasonCode: row.reason_code,
    message: row.message,
    models: row.update_state === 'CURRENT' ? [...row.done_models] : [],
    lastHandledRefresh: row.handled_refresh,
  };
}

function bindingOf(row: TwinRow, conflict: boolean): TwinState['binding'] & string {
  if (conflict) return 'BINDING_STATE_CONFLICT';
  return row.subject_id === null ? 'BINDING_STATE_AWAITING_SUBJECT' : 'BINDING_STATE_BOUND';
}

function isCurrent(row: TwinRow): boolean {
  return row.done_rev >= (row.revision ?? 0) && row.done_spec_hash === row.spec_hash;
}

function freshnessOf(row: TwinRow): TwinState['freshness'] & string {
  if ((row.revision ?? 0) === 0) return 'FRESHNESS_NO_DATA';
  return isCurrent(row) && row.update_state === 'CURRENT' ? 'FRESHNESS_FRESH' : 'FRESHNESS_STALE';
}

function updateOf(row: TwinRow): TwinState['update'] & string {
  if ((row.revision ?? 0) === 0) return 'UPDATE_STATE_AWAITING_DATA';
  if (row.update_state !== 'CURRENT' && row.update_state !== 'AWAITING_DATA')
    return failureState(row.update_state);
  // A twin that is not updated on data waits for its schedule or for somebody to ask.
  const waits = row.update_mode !== 'OnData' && row.refresh === row.handled_refresh;
  if (waits) return row.done_rev === 0 ? 'UPDATE_STATE_AWAITING_DATA' : 'UPDATE_STATE_CURRENT';
  return isCurrent(row) && row.update_state === 'CURRENT' ? 'UPDATE_STATE_CURRENT' : 'UPDATE_STATE_UPDATING';
}

function failureState(state: string): TwinState['update'] & string {
  if (state === 'MODEL_UNAVAILABLE') return 'UPDATE_STATE_MODEL_UNAVAILABLE';
  if (state === 'OUTSIDE_VALIDATED_RANGE') return 'UPDATE_STATE_OUTSIDE_VALIDATED_RANGE';
  return 'UPDATE_STATE_FAILED';
}
