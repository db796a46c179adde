/** " (did you mean x?)" for the known name that is nearest to a wrong one; empty when none is near. */
export function didYouMean(wrong: string, known: readonly string[]): string {
  const near = known
    .map((name) => ({ name, distance: distanceOf(wrong.toLowerCase(), name.toLowerCase()) }))
    .filter(
      ({ name, distance }) => distance <= Math.max(1, Math.floor(Math.max(name.length, wrong.length) / 3)),
    )
    .sort((a, b) => a.distance - b.distance)[0];
  return near === undefined ? '' : ` (did you mean ${near.name}?)`;
}

/** Letters to add, drop, replace or swap with their neighbour until `a` is `b`. */
function distanceOf(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, column) => column)];
  for (let row = 1; row <= a.length; row++) {
    const next = [row];
    for (let column = 1; column <= b.length; column++) next.push(cell(a, b, row, column, rows, next));
    rows.push(next);
  }
  return rows[a.length]?.[b.length] ?? 0;
}

function cell(
  a: string,
  b: string,
  row: number,
  column: number,
  rows: readonly (readonly number[])[],
  next: readonly number[],
): number {
  const at = (r: number, c: number): number => rows[r]?.[c] ?? Number.POSITIVE_INFINITY;
  const same = a[row - 1] === b[column - 1];
  const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
  return Math.min(
    at(row - 1, column) + 1,
    (next[column - 1] ?? Number.POSITIVE_INFINITY) + 1,
    at(row - 1, column - 1) + (same ? 0 : 1),
    swapped ? at(row - 2, column - 2) + 1 : Number.POSITIVE_INFINITY,
  );
}
