/**
 * Compares two resource versions as numbers of any length: negative when `a` is older, 0 when equal,
 * positive when `a` is newer. An empty version is older than any other.
 */
export function compareResourceVersions(a: string, b: string): number {
  const left = a.replace(/^0+(?=\d)/, '');
  const right = b.replace(/^0+(?=\d)/, '');
  if (left.length !== right.length) return left.length - right.length;
  if (left === right) return 0;
  return left < right ? -1 : 1;
}
