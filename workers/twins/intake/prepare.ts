// Pure: a record under its blind names, before the store is asked about it.
import { isHandle } from '#crds/patient-twin/handle.ts';
import type { RejectedRecord__Output } from '#proto/gen/twinward/v1/RejectedRecord.ts';
import type { SourceRecord__Output } from '#proto/gen/twinward/v1/SourceRecord.ts';
import { blind } from '../vault/seal.ts';
import { type DraftEvent, draftEvents } from './record.ts';

/** An identifier of a person, with its blind name. */
export interface BlindIdentifier {
  readonly blind: string;
  readonly system: string;
  readonly value: string;
}

/** A record ready to be compared with the store. */
export interface Prepared {
  readonly record: SourceRecord__Output;
  readonly events: readonly DraftEvent[];
  readonly resourceKey: string;
  /** Blind name of the patient in this source; undefined for a record about nobody. */
  readonly recordBlind: string | undefined;
  readonly identifiers: readonly BlindIdentifier[];
  /** Handle that the feed carries; empty = none. */
  readonly handle: string;
}

/** An item that is not stored. `raw` undefined: nothing of it is kept. */
export interface RefusedItem {
  readonly itemKey: string;
  readonly reason: string;
  readonly contentHash: Buffer;
  readonly position: string;
  readonly handle: string | null;
  readonly recordId: number | null;
  /** Key of the record that it would have been, and its order; null when that cannot be told. */
  readonly recordKey: string | null;
  readonly sourceOrder: string | null;
  readonly raw: Buffer | undefined;
}

const longestPosition = 256;

/** Blind name of an identifier of a person. */
export function blindIdentifier(key: Uint8Array, system: string, value: string): string {
  return blind(key, 'identifier', system, value.trim());
}

/** Blind name of a handle, for suppression. */
export function blindHandle(key: Uint8Array, handle: string): string {
  return blind(key, 'handle', handle);
}

function blindResource(
  key: Uint8Array,
  sourceId: number,
  { type, id }: { readonly type: string; readonly id: string },
): string {
  return blind(key, 'resource', String(sourceId), type, id);
}

/** Gives a record its blind names and draft events, or says why it is refused. */
export function prepare(
  key: Uint8Array,
  sourceId: number,
  record: SourceRecord__Output,
): Prepared | RefusedItem {
  const resourceKey = blindResource(key, sourceId, record);
  const patient = record.patientId !== '' ? record.patientId : record.person === null ? '' : record.id;
  const handle = record.person?.handle ?? '';
  const events = handle !== '' && !isHandle(handle) ? 'INVALID_HANDLE' : draftEvents(record);
  if (typeof events === 'string') {
    return refusal(resourceKey, events, record, null);
  }
  return {
    record,
    events,
    resourceKey,
    recordBlind: patient === '' ? undefined : blind(key, 'record', String(sourceId), patient),
    identifiers: identifiersOf(key, record),
    handle,
  };
}

function identifiersOf(key: Uint8Array, record: SourceRecord__Output): readonly BlindIdentifier[] {
  const given = record.person?.identifiers ?? [];
  return given
    .filter(({ value }) => value.trim() !== '')
    .map(({ system, value }) => ({ blind: blindIdentifier(key, system, value), system, value }));
}

/** A record that is not stored, with what was received. */
export function refusal(
  resourceKey: string,
  reason: string,
  record: SourceRecord__Output,
  handle: string | null,
  recordId: number | null = null,
): RefusedItem {
  return {
    itemKey: resourceKey,
    reason,
    contentHash: record.contentHash,
    position: record.position.slice(0, longestPosition),
    handle,
    recordId,
    recordKey: resourceKey,
    sourceOrder: record.sourceOrder,
    raw: record.raw,
  };
}

/** The same without anything of its content: for erased and restricted subjects. */
export function refusalWithoutContent(
  resourceKey: string,
  reason: string,
  record: SourceRecord__Output,
): RefusedItem {
  return { ...refusal(resourceKey, reason, record, null), raw: undefined };
}

/** An item that ingest could not read. */
export function rejectedItem(key: Uint8Array, sourceId: number, item: RejectedRecord__Output): RefusedItem {
  const itemKey = blind(key, 'item', String(sourceId), item.itemKey.toString('base64'));
  const isNamed = item.type !== '' && item.id !== '';
  const reason = /^[A-Z][A-Z0-9_]{0,63}$/.test(item.reason) ? item.reason : 'UNSPECIFIED';
  return {
    itemKey,
    reason,
    contentHash: Buffer.from(itemKey),
    position: item.position.slice(0, longestPosition),
    handle: null,
    recordId: null,
    recordKey: isNamed ? blindResource(key, sourceId, item) : null,
    sourceOrder: isNamed ? item.sourceOrder : null,
    raw: item.raw,
  };
}

/** Splits records into rounds in which each key occurs once, in the order given: every version is stored. */
export function rounds(items: readonly Prepared[]): readonly (readonly Prepared[])[] {
  const result: Prepared[][] = [];
  const seen = new Map<string, number>();
  for (const item of items) {
    const round = seen.get(item.resourceKey) ?? 0;
    seen.set(item.resourceKey, round + 1);
    const list = result[round] ?? [];
    list.push(item);
    result[round] = list;
  }
  return result;
}
