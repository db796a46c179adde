// UCUM allows remarks in braces, which may hold anything. Only these may enter an event; others are cut out.
const ALLOWED: ReadonlySet<string> = new Set([
  '1.73_m2',
  '1.73m2',
  'INR',
  'T-score',
  'Z-score',
  'beat',
  'beats',
  'breath',
  'breaths',
  'cells',
  'copies',
  'count',
  'creat',
  'creatinine',
  'index',
  'pH',
  'ratio',
  'score',
]);

/** A UCUM expression without the remarks that are not on the list; `1` when nothing else is left. */
export function withoutFreeAnnotations(ucum: string): string {
  const kept = ucum.replace(/\{([^{}]*)\}/g, (all, inner: string) => (ALLOWED.has(inner) ? all : ''));
  return kept === '' ? '1' : kept.replace(/^\//, '/').replace(/\.(?=\/|$)/g, '');
}
