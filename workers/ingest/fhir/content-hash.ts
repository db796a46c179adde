import { createHash } from 'node:crypto';

/** Raised whenever the same bytes may become other events: records are then stored anew. */
export const NORMALISER_VERSION = 1;

const SPACES: ReadonlySet<number> = new Set([0x20, 0x09, 0x0a, 0x0d]);
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** What, beside the bytes, decides what a record becomes. */
export interface HashContext {
  readonly zone: string;
  readonly patientId: string;
  readonly deleted: boolean;
  /** Handle of a Patient, empty for others. */
  readonly handle: string;
}

/** sha256 over the resource without insignificant white space, what it is about, and the normaliser's version. */
export function contentHash(raw: Buffer, context: HashContext): Buffer {
  const { zone, patientId, deleted, handle } = context;
  const about = JSON.stringify([NORMALISER_VERSION, zone, patientId, deleted, handle]);
  return createHash('sha256').update(about).update(withoutSpaces(raw)).digest();
}

/** JSON bytes without the white space between tokens. */
export function withoutSpaces(json: Buffer): Buffer {
  const kept = Buffer.allocUnsafe(json.length);
  let length = 0;
  let at = 0;
  while (at < json.length) {
    const byte = json[at] ?? 0;
    const end = byte === QUOTE ? endOfText(json, at) : at + 1;
    if (byte === QUOTE) length += json.copy(kept, length, at, end);
    else if (!SPACES.has(byte)) kept[length++] = byte;
    at = end;
  }
  return kept.subarray(0, length);
}

/** Where the text that begins at `from` ends: behind its closing quote. */
function endOfText(json: Buffer, from: number): number {
  let at = from + 1;
  while (at < json.length && json[at] !== QUOTE) at += json[at] === BACKSLASH ? 2 : 1;
  return Math.min(at + 1, json.length);
}
