// Pure: the events of a subject as rows of the Medical Event Data Standard.
import { actionNames, personSystem } from '../intake/record.ts';
import type { EventRow } from '../store/events.ts';

/** One row. */
export interface MedsRow {
  /** Milliseconds since 1970, moved; undefined for what has no time. */
  readonly timeMs: number | undefined;
  readonly code: string;
  readonly value: number | undefined;
  /** UCUM, as the source gave it. */
  readonly unit: string | undefined;
}

/** Why a subject is left out. */
export type LeftOut = 'NoBirthDate' | 'NoEvents';

const dayMs = 86_400_000;

/**
 * The rows of a subject, what has no time first, then by time: birth, sex, the bounds of the observation, its events and
 * its death. Observation begins with the first measurement: what is dated before it was told then, not seen. It ends at
 * `asOfMs` (in stored time) or with death. Later events are left out.
 */
export function medsRows(
  rows: readonly EventRow[],
  asOfMs: number,
  offsetDays: number,
): readonly MedsRow[] | LeftOut {
  const facts = rows.filter((row) => row.system === personSystem);
  const birth = latest(facts, 'birth')?.time_ms;
  if (birth === undefined) return 'NoBirthDate';
  const events = rows.filter((row) => row.system !== personSystem && row.time_ms <= asOfMs);
  const first = observedFrom(events);
  if (first === undefined) return 'NoEvents';
  const death = latest(facts, 'death')?.time_ms;
  const died = death !== undefined && death <= asOfMs ? death : undefined;
  const timed = [
    mark('OBSERVED_FROM', first),
    mark('OBSERVED_TO', died ?? asOfMs),
    ...(died === undefined ? [] : [mark('MEDS_DEATH', died)]),
    ...events.map(eventRow),
  ];
  const moved = [mark('MEDS_BIRTH', birth), ...timed.sort(compareRows)].map((row) => ({
    ...row,
    timeMs: row.timeMs + offsetDays * dayMs,
  }));
  return [...sexRow(latest(facts, 'sex')?.value_text), ...moved];
}

function latest(facts: readonly EventRow[], code: string): EventRow | undefined {
  return facts
    .filter((row) => row.code === code)
    .sort((a, b) => a.rev_from - b.rev_from || a.time_ms - b.time_ms)
    .at(-1);
}

function observedFrom(events: readonly EventRow[]): number | undefined {
  const measured = events.filter((row) => actionNames[row.action] === 'ACTION_MEASURE');
  const seen = measured.length > 0 ? measured : events;
  return seen.length === 0 ? undefined : seen.reduce((least, row) => Math.min(least, row.time_ms), Infinity);
}

function sexRow(sex: string | null | undefined): readonly MedsRow[] {
  if (sex !== 'SEX_FEMALE' && sex !== 'SEX_MALE') return [];
  const code = sex === 'SEX_MALE' ? 'GENDER//male' : 'GENDER//female';
  return [{ timeMs: undefined, code, value: undefined, unit: undefined }];
}

type TimedRow = MedsRow & { readonly timeMs: number };

function mark(code: string, timeMs: number): TimedRow {
  return { timeMs, code, value: undefined, unit: undefined };
}

const suffixes: Readonly<Record<string, string>> = {
  ACTION_START: '//START',
  ACTION_STOP: '//STOP',
  ACTION_RESOLVE: '//RESOLVE',
  ACTION_SET: '//SET',
};

function eventRow(row: EventRow): TimedRow {
  const suffix = suffixes[actionNames[row.action] ?? ''] ?? '';
  const concept = row.value_text === null ? '' : `//${row.value_text}`;
  return {
    timeMs: row.time_ms,
    code: `${row.system}|${row.code}${suffix}${concept}`,
    value: row.numeric_value ?? undefined,
    unit: row.ucum ?? undefined,
  };
}

/** By time, then by content, so that an export depends on nothing but the events. */
function compareRows(a: TimedRow, b: TimedRow): number {
  if (a.timeMs !== b.timeMs) return a.timeMs - b.timeMs;
  if (a.code !== b.code) return a.code < b.code ? -1 : 1;
  return (a.value ?? 0) - (b.value ?? 0);
}
