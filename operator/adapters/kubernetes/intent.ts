import { createHash } from 'node:crypto';

/** JSON with the keys of objects in order, so that equal values give equal text. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => {
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

/** A short fingerprint of a value. */
export function fingerprint(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('base64url').slice(0, 22);
}

/**
 * What `live` says about the fields that `intent` names, and nothing else. Items of a list are matched by
 * `name`, `type`, `uid` or `key` when they have one, else by position.
 */
export function project(live: unknown, intent: unknown): unknown {
  if (Array.isArray(intent)) return Array.isArray(live) ? projectList(live, intent) : live;
  if (!isRecord(intent) || !isRecord(live)) return live;
  return Object.fromEntries(Object.entries(intent).map(([key, wanted]) => [key, project(live[key], wanted)]));
}

function projectList(live: readonly unknown[], intent: readonly unknown[]): readonly unknown[] {
  return intent.map((wanted, index) => project(findItem(live, wanted) ?? live[index], wanted));
}

const MERGE_KEYS = ['name', 'type', 'uid', 'key'];

function findItem(live: readonly unknown[], wanted: unknown): unknown {
  if (!isRecord(wanted)) return undefined;
  const key = MERGE_KEYS.find((name) => typeof wanted[name] === 'string');
  if (key === undefined) return undefined;
  return live.find((item) => isRecord(item) && item[key] === wanted[key]);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
