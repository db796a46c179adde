// Local times without an offset are read in the source's time zone. Twice a year that is not unique:
//   gap  (the clock jumped forward, the time never was): moved forward by the length of the gap;
//   fold (the clock was set back, the time was twice):   the earlier of the two.
// Both are what Temporal calls "compatible"; both are counted.

/** How a local time became an instant. */
export type ZoneRule = 'exact' | 'gap' | 'fold';

/** Reads local times of one time zone. */
export interface Zone {
  readonly name: string;
  /** `local` is the local time written as if it were UTC, in milliseconds. */
  toInstant(local: number): { readonly instant: number; readonly rule: ZoneRule };
}

const DAY = 86_400_000;

/** The zone of an IANA name. Throws RangeError when the name is unknown. */
export function createZone(name: string): Zone {
  const offsetAt = offsets(name);
  return {
    name,
    toInstant: (local) => {
      const before = offsetAt(local - DAY);
      const after = offsetAt(local + DAY);
      const candidates = [...new Set([local - before, local - after])].filter(
        (instant) => instant + offsetAt(instant) === local,
      );
      const [first, second] = candidates;
      if (first === undefined) return { instant: local - before, rule: 'gap' };
      if (second === undefined) return { instant: first, rule: 'exact' };
      return { instant: Math.min(first, second), rule: 'fold' };
    },
  };
}

/** Offset from UTC in milliseconds at an instant. */
function offsets(name: string): (instant: number) => number {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: name,
    calendar: 'gregory',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  return (instant) => {
    const second = Math.floor(instant / 1000) * 1000;
    const parts = new Map(format.formatToParts(second).map((part) => [part.type, Number(part.value)]));
    const field = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0;
    const local = Date.UTC(
      field('year'),
      field('month') - 1,
      field('day'),
      field('hour'),
      field('minute'),
      field('second'),
    );
    return local - second;
  };
}
