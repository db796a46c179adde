import { CodedError } from './errors.ts';

declare const durationBrand: unique symbol;

/** A length of time in milliseconds, never negative. */
export type Duration = number & { readonly [durationBrand]: true };

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** A clinical year is 365.25 days and a month is a twelfth of it. */
const YEAR = 365.25 * DAY;
const MONTH = YEAR / 12;

function isDuration(value: number): value is Duration {
  return Number.isFinite(value) && value >= 0;
}

/** `value` milliseconds. Throws CodedError InvalidDuration when negative or not finite. */
export function milliseconds(value: number): Duration {
  if (!isDuration(value)) {
    throw new CodedError('InvalidDuration', 'a duration must be a finite number that is not negative');
  }
  return value;
}

/** `value` seconds. */
export function seconds(value: number): Duration {
  return milliseconds(value * SECOND);
}

/** `value` minutes. */
export function minutes(value: number): Duration {
  return milliseconds(value * MINUTE);
}

/** `value` hours. */
export function hours(value: number): Duration {
  return milliseconds(value * HOUR);
}

/** `value` days of 24 hours. */
export function days(value: number): Duration {
  return milliseconds(value * DAY);
}

/** `value` years of 365.25 days. */
export function years(value: number): Duration {
  return milliseconds(value * YEAR);
}

/** The duration in seconds. */
export function toSeconds(duration: Duration): number {
  return duration / SECOND;
}

/** The duration in days of 24 hours. */
export function toDays(duration: Duration): number {
  return duration / DAY;
}

/** The duration in years of 365.25 days. */
export function toYears(duration: Duration): number {
  return duration / YEAR;
}

const ISO_8601 =
  /^P(?=\d|T\d)(?:(\d+(?:\.\d+)?)Y)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)W)?(?:(\d+(?:\.\d+)?)D)?(?:T(?=\d)(?:(\d+(?:\.\d+)?)H)?(?:(\d+(?:\.\d+)?)M)?(?:(\d+(?:\.\d+)?)S)?)?$/;
const UNITS = [YEAR, MONTH, 7 * DAY, DAY, HOUR, MINUTE, SECOND];

/** Reads an ISO 8601 duration such as `P5Y` or `PT15M`; undefined when the text is none. */
export function tryParseDuration(text: string): Duration | undefined {
  const match = ISO_8601.exec(text);
  if (match === null) return undefined;
  const total = UNITS.reduce((sum, unit, index) => sum + Number(match[index + 1] ?? 0) * unit, 0);
  return isDuration(total) ? total : undefined;
}

/** Reads an ISO 8601 duration. Throws CodedError InvalidDuration, naming `field`, when the text is none. */
export function parseDuration(text: string, field = 'duration'): Duration {
  const parsed = tryParseDuration(text);
  if (parsed === undefined) {
    throw new CodedError(
      'InvalidDuration',
      `${field} is no ISO 8601 duration: write for example P5Y, P30D or PT15M`,
    );
  }
  return parsed;
}
