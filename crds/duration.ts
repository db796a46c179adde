/** Days in a year of clinical time. */
export const daysPerYear = 365.25;

const form = /^P(?=.)(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?$/;

/**
 * Length of an ISO 8601 duration of years, months, weeks and days, in days.
 * A year is 365.25 days and a month a twelfth of it.
 * @throws RangeError when the text is not such a duration.
 */
export function durationInDays(text: string): number {
  const parts = form.exec(text);
  if (parts === null) {
    throw new RangeError('Not an ISO 8601 duration of years, months, weeks and days; write for example P5Y.');
  }
  const [years, months, weeks, days] = [1, 2, 3, 4].map((index) => Number(parts[index] ?? 0));
  return (years ?? 0) * daysPerYear + ((months ?? 0) * daysPerYear) / 12 + (weeks ?? 0) * 7 + (days ?? 0);
}
