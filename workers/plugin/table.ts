/** Lines of a table: columns as wide as their widest cell, two blanks between them. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const all = [header, ...rows];
  const widths = header.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)));
  return all.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

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
  const value = (difference * 100).toFixed(1);
  return `${difference >= 0 && !value.startsWith('-') ? '+' : ''}${value} pp`;
}

/** Days as years where that is a whole number of years or half years. */
export function span(days: number): string {
  const years = days / 365.25;
  return Math.abs(years * 2 - Math.round(years * 2)) < 0.01 && years >= 0.5
    ? `${Number(years.toFixed(1))} y`
    : `${Number(days.toFixed(1))} d`;
}
