// TwinControl.WatchChanges: keys of what changed, by transaction cursor. Level-based: the operator reads states after.
import type { ChangedKey } from '#proto/gen/twinward/v1/ChangedKey.ts';
import type { WatchChangesResponse } from '#proto/gen/twinward/v1/WatchChangesResponse.ts';
import { type Clock, sleep } from '#runtime/clock.ts';
import { changeHorizon, changeKeys, changesAfter } from '../store/changes.ts';
import type { Database } from '../store/database.ts';
import { storeEpoch } from '../store/schema.ts';

/** Position in the stream: everything up to it was told. */
export interface Cursor {
  readonly epoch: string;
  readonly xid: string;
  readonly seq: number;
}

const pollMs = 250;
/** An idle stream says so this often; a client that hears nothing for a while knows that it is broken. */
const heartbeatMs = 5_000;
const mostKeys = 500;
const kinds = [
  'CHANGED_KIND_UNSPECIFIED',
  'CHANGED_KIND_TWIN',
  'CHANGED_KIND_SOURCE',
  'CHANGED_KIND_SIMULATION',
] as const;

/** A cursor as text. */
export function formatCursor(cursor: Cursor): string {
  return `${cursor.epoch}.${cursor.xid}.${cursor.seq}`;
}

/** Reads a cursor; undefined when it is none. */
export function parseCursor(text: string): Cursor | undefined {
  const match = /^([0-9a-f-]{36})\.(\d{1,20})\.(\d{1,19})$/.exec(text);
  const [, epoch, xid, seq] = match ?? [];
  return epoch === undefined || xid === undefined ? undefined : { epoch, xid, seq: Number(seq) };
}

type Write = (response: WatchChangesResponse) => Promise<void>;

/** Streams until the signal is aborted. An absent or expired cursor gets a snapshot of all keys first. */
export async function watchChanges(
  service: Database,
  clock: Clock,
  from: string,
  write: Write,
  signal: AbortSignal,
): Promise<void> {
  const { epoch, trimmed } = await service.inSystem(storeEpoch);
  const given = parseCursor(from);
  const valid = given !== undefined && given.epoch === epoch && BigInt(given.xid) >= trimmed;
  let cursor = valid ? given : await snapshot(service, epoch, write, signal);
  let spoken = clock.monotonic();
  while (!signal.aborted) {
    const rows = await service.inSystem((session) => changesAfter(session, cursor.xid, cursor.seq, mostKeys));
    const last = rows.at(-1);
    if (last === undefined) {
      if (clock.monotonic() - spoken >= heartbeatMs) {
        await write({ keys: [], cursor: formatCursor(cursor), snapshot: false });
        spoken = clock.monotonic();
      }
      await sleep(clock, pollMs, signal);
      continue;
    }
    spoken = clock.monotonic();
    cursor = { epoch, xid: last.xid, seq: last.seq };
    await write({ keys: coalesce(rows), cursor: formatCursor(cursor), snapshot: false });
  }
}

/** All keys, then the position from which changes go on. The horizon is read first, so that nothing falls between. */
async function snapshot(
  service: Database,
  epoch: string,
  write: Write,
  signal: AbortSignal,
): Promise<Cursor> {
  const xid = await service.inSystem(changeHorizon);
  const cursor = { epoch, xid: String(BigInt(xid) - 1n), seq: Number.MAX_SAFE_INTEGER };
  let after = { kind: 0, tenant_id: 0, name: '' };
  while (!signal.aborted) {
    const rows = await service.inSystem((session) => changeKeys(session, after, mostKeys));
    const last = rows.at(-1);
    await write({
      keys: coalesce(rows),
      cursor: last === undefined ? formatCursor(cursor) : '',
      snapshot: true,
    });
    if (last === undefined) break;
    after = last;
  }
  return cursor;
}

/** Each key once. */
export function coalesce(
  rows: readonly { readonly kind: number; readonly namespace: string; readonly name: string }[],
): ChangedKey[] {
  const keys = rows.map(({ kind, namespace, name }): [string, ChangedKey] => [
    `${kind}|${namespace}|${name}`,
    { kind: kinds[kind] ?? 'CHANGED_KIND_UNSPECIFIED', namespace, name },
  ]);
  return [...new Map(keys).values()];
}
