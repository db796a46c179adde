import type { ClinicalTime, Precision } from './clinical-event.ts';
import type { Zone, ZoneRule } from './zone.ts';

/** What reading times needs: the zone for times without offset, and when the record was received. */
export interface TimeContext {
  readonly zone: Zone;
  /** Milliseconds since the epoch; a time more than a year later is impossible. */
  readonly receivedAt: number;
}

/** A time, or the word that it cannot be one. */
export type TimeResult =
  | { readonly ok: true; readonly time: ClinicalTime; readonly rule: ZoneRule }
  | { readonly ok: false };

/** Nobody whose records we keep was born before this year. */
export const EARLIEST_YEAR = 1850;
const FURTHEST = 366 * 86_400_000;
const IMPOSSIBLE: TimeResult = { ok: false };
const DATE_TIME =
  /^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(Z|[+-]\d\d:\d\d)?)?)?)?$/;

/**
 * Reads a FHIR date, dateTime or instant. Not ok when it is malformed, not in the calendar, before 1850, or more
 * than a year after the receipt.
 */
export function readTime(text: string, context: TimeContext): TimeResult {
  const match = DATE_TIME.exec(text);
  if (match === null) return IMPOSSIBLE;
  const [, year, month, day, hour, minute, second, fraction, offset] = match;
  const date = calendarDay(Number(year), Number(month ?? 1), Number(day ?? 1));
  if (date === undefined) return IMPOSSIBLE;
  if (hour === undefined)
    return bounded(date, { precision: precisionOf(month, day), rule: 'exact' }, context);
  const ofDay = timeOfDay(Number(hour), Number(minute), Number(second ?? 0), fraction);
  if (ofDay === undefined) return IMPOSSIBLE;
  return withOffset(date + ofDay, offset, context);
}

function precisionOf(month: string | undefined, day: string | undefined): Precision {
  if (day !== undefined) return 'day';
  return month === undefined ? 'year' : 'month';
}

function withOffset(local: number, offset: string | undefined, context: TimeContext): TimeResult {
  if (offset === undefined) {
    const { instant, rule } = context.zone.toInstant(local);
    return bounded(instant, { precision: 'second', rule }, context);
  }
  const offsetMinutes = readOffset(offset);
  if (offsetMinutes === undefined) return IMPOSSIBLE;
  const how = { precision: 'second', rule: 'exact', offsetMinutes } as const;
  return bounded(local - offsetMinutes * 60_000, how, context);
}

function bounded(
  instant: number,
  how: { readonly precision: Precision; readonly rule: ZoneRule; readonly offsetMinutes?: number },
  context: TimeContext,
): TimeResult {
  if (instant > context.receivedAt + FURTHEST) return IMPOSSIBLE;
  const { rule, ...rest } = how;
  return { ok: true, rule, time: { instant: format(instant), ...rest } };
}

function format(instant: number): string {
  return new Date(instant).toISOString().replace('.000Z', 'Z');
}

/** Midnight UTC of a day of the calendar, or undefined. */
function calendarDay(year: number, month: number, day: number): number | undefined {
  if (year < EARLIEST_YEAR) return undefined;
  const at = Date.UTC(year, month - 1, day);
  const date = new Date(at);
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day ? at : undefined;
}

/** Milliseconds into the day; a leap second counts as the second before it. Fractions are kept to milliseconds. */
function timeOfDay(hour: number, minute: number, second: number, fraction?: string): number | undefined {
  if (hour > 23 || minute > 59 || second > 60) return undefined;
  const milliseconds = Number((fraction ?? '').padEnd(3, '0').slice(0, 3));
  return ((hour * 60 + minute) * 60 + Math.min(second, 59)) * 1000 + milliseconds;
}

/** Minutes from UTC; undefined beyond what any place on Earth uses. */
function readOffset(text: string): number | undefined {
  if (text === 'Z') return 0;
  const hours = Number(text.slice(1, 3));
  const minutes = Number(text.slice(4, 6));
  const total = hours * 60 + minutes;
  if (minutes > 59 || total > 14 * 60) return undefined;
  return text.startsWith('-') ? -total : total;
}
