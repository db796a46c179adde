// Pure: the events of a subject at one revision, as the trajectory model wants them: offsets in days from the index,
// no dates, in an order that depends on nothing but the events.
import type { CodedEvent } from '#proto/gen/twinward/v1/CodedEvent.ts';
import { actionNames, personSystem } from '../intake/record.ts';
import type { EventRow } from '../store/events.ts';

/** A history at an index. */
export interface History {
  /** Age at the index; undefined when the birth date is unknown. */
  readonly ageDays: number | undefined;
  readonly sex: 'SEX_UNSPECIFIED' | 'SEX_FEMALE' | 'SEX_MALE';
  /** Whether the person died before the index. */
  readonly dead: boolean;
  /** Entry into observation, <= 0. */
  readonly observedFromDays: number;
  readonly events: readonly CodedEvent[];
}

const dayMs = 86_400_000;

/** Midnight UTC of a day `YYYY-MM-DD`, moved by a subject's offset, in milliseconds. */
export function indexTime(asOf: string, offsetDays: number): number {
  return Date.parse(`${asOf}T00:00:00Z`) + offsetDays * dayMs;
}

/** The UTC day of a time. */
export function utcDay(time: Date): string {
  return time.toISOString().slice(0, 10);
}

/** Builds the history from rows of one subject; `sources` empty = all. Events after the index are left out. */
export function buildHistory(
  rows: readonly EventRow[],
  indexMs: number,
  sources: readonly string[],
): History {
  const own = rows.filter((row) => sources.length === 0 || sources.includes(row.source));
  const facts = rows.filter((row) => row.system === personSystem);
  const events = own.filter((row) => row.system !== personSystem && row.time_ms <= indexMs).sort(compareRows);
  const birth = latest(facts, 'birth');
  const sex = latest(facts, 'sex')?.value_text;
  const death = latest(facts, 'death');
  const first = events[0];
  return {
    ageDays: birth === undefined ? undefined : (indexMs - birth.time_ms) / dayMs,
    sex: sex === 'SEX_FEMALE' || sex === 'SEX_MALE' ? sex : 'SEX_UNSPECIFIED',
    dead: death !== undefined && death.time_ms <= indexMs,
    observedFromDays: first === undefined ? 0 : (first.time_ms - indexMs) / dayMs,
    events: events.map((row) => codedEvent(row, indexMs)),
  };
}

function latest(facts: readonly EventRow[], code: string): EventRow | undefined {
  return facts
    .filter((row) => row.code === code)
    .sort((a, b) => a.rev_from - b.rev_from || compareRows(a, b))
    .at(-1);
}

function compareRows(a: EventRow, b: EventRow): number {
  return a.time_ms - b.time_ms || compareKeys(keyOf(a), keyOf(b));
}

function keyOf(row: EventRow): string {
  return [
    row.system,
    row.code,
    row.action,
    row.numeric_value,
    row.value_text,
    row.ucum,
    row.resource_key,
    row.ordinal,
  ].join('\u0000');
}

function compareKeys(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function codedEvent(row: EventRow, indexMs: number): CodedEvent {
  const base: CodedEvent = {
    system: row.system,
    code: row.code,
    offsetDays: (row.time_ms - indexMs) / dayMs,
    action: actionNames[row.action] ?? 'ACTION_UNSPECIFIED',
    ucum: row.ucum ?? '',
  };
  if (row.numeric_value !== null) return { ...base, number: row.numeric_value, value: 'number' };
  return row.value_text === null ? base : { ...base, concept: row.value_text, value: 'concept' };
}

/** The stream key of a subject: its random number as 8 bytes. */
export function subjectKey(rngId: string): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(BigInt(rngId));
  return bytes;
}
