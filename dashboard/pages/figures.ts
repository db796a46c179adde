// Pure: numbers as people read them.

/** A share as per cent with one decimal. */
export function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

/** An interval of shares. */
export function interval(low: number, high: number): string {
  return `${percent(low)} to ${percent(high)}`;
}

/** A difference of shares in percentage points, with its sign. */
export function points(difference: number): string {
  const value = (Math.abs(difference) * 100).toFixed(1);
  if (Number(value) === 0) return '0.0 points';
  return `${difference > 0 ? '+' : '−'}${value} points`;
}

/** Log-odds with two decimals and a sign. */
export function signed(value: number): string {
  return `${value >= 0 ? '+' : '−'}${Math.abs(value).toFixed(2)}`;
}

/** Days in words: years where that is a whole number of half years. */
export function span(days: number): string {
  const halves = Math.round((days / 365.25) * 2);
  const isHalves = halves >= 1 && Math.abs(days - (halves * 365.25) / 2) < 4;
  const [count, unit] = isHalves ? [halves / 2, 'year'] : [Number(days.toFixed(1)), 'day'];
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}

/** Time counted back: in days, beyond two years in years. */
export function daysOld(days: number): string {
  const whole = Math.round(days);
  if (whole <= 0) return 'today';
  if (whole > 730) return `${(days / 365.25).toFixed(1)} years`;
  return whole === 1 ? '1 day' : `${whole} days`;
}

/** BINDING_STATE_AWAITING_SUBJECT → awaiting subject; ForecastFailed → forecast failed; heart-failure → heart failure. */
export function words(constant: string): string {
  return constant
    .replace(/^(?:[A-Z]+_STATE|FRESHNESS)_/, '')
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .replace(/[_-]/g, ' ')
    .toLowerCase();
}

const ABBREVIATIONS: ReadonlySet<string> = new Set(['mi', 'ckd', 'copd', 'mace']);

/** Name of an outcome: heart-failure → heart failure, mi → MI. */
export function outcomeTitle(name: string): string {
  return ABBREVIATIONS.has(name) ? name.toUpperCase() : words(name);
}

/** With a capital at its begin and a full stop at its end. */
export function sentence(text: string): string {
  const end = /[.!?]$/.test(text) || text === '' ? '' : '.';
  return text.charAt(0).toUpperCase() + text.slice(1) + end;
}

/** A probability with three decimals, never rounded to nothing. */
export function probability(value: number): string {
  return value < 0.001 ? 'less than 0.001' : value.toFixed(3);
}
