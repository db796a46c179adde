import type { ClinicalEvent } from './clinical-event.ts';
import type { EventDraft } from './reading.ts';
import type { LeftOut } from './record.ts';
import { readTime, type TimeContext } from './time.ts';
import type { ZoneRule } from './zone.ts';

/** The events of drafts, or the word that one of the times is impossible. */
export type EventsResult =
  | { readonly ok: true; readonly events: readonly ClinicalEvent[]; readonly leftOut: LeftOut }
  | { readonly ok: false };

/** Reads the times of drafts and leaves out what has no code or no time. */
export function toEvents(drafts: readonly EventDraft[], context: TimeContext): EventsResult {
  const events: ClinicalEvent[] = [];
  const leftOut = { uncoded: 0, undated: 0, gap: 0, fold: 0 };
  for (const draft of drafts) {
    const one = toEvent(draft, context);
    if (one === 'impossible') return { ok: false };
    if (typeof one === 'object') events.push(one.event);
    const counted = typeof one === 'object' ? one.rule : one;
    if (counted !== 'exact' && counted !== 'open') leftOut[counted] += 1;
  }
  return { ok: true, events, leftOut };
}

type Read = { readonly event: ClinicalEvent; readonly rule: ZoneRule };

function toEvent(
  draft: EventDraft,
  context: TimeContext,
): Read | 'impossible' | 'open' | 'uncoded' | 'undated' {
  if (draft.at === undefined) return 'undated';
  const read = readTime(draft.at, context);
  if (!read.ok) return isOpenEnd(draft, context) ? 'open' : 'impossible';
  if (draft.coding === undefined) return 'uncoded';
  const { coding, action, value } = draft;
  const event = { ...coding, action, time: read.time, ...(value === undefined ? {} : { value }) };
  return { event, rule: read.rule };
}

/** A planned end that is a date of the calendar, only too far away to be more than "open". */
function isOpenEnd(draft: EventDraft, context: TimeContext): boolean {
  const whenever = { zone: context.zone, receivedAt: Number.MAX_SAFE_INTEGER };
  return draft.mayBePlanned === true && draft.at !== undefined && readTime(draft.at, whenever).ok;
}
