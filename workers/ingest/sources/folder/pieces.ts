// A file as pieces: entries of a bundle, lines, or one resource.

import { isObject, type JsonObject } from '../../fhir/json.ts';
import { RejectReason as Reason, type RejectReason } from '../../reasons.ts';
import { type Captured, JsonStream } from './json-stream.ts';

/** The largest resource that is read; a larger one is quarantined. */
export const MAX_RECORD_BYTES = 8 * 1024 * 1024;
/** How much of something that cannot be kept goes into quarantine. */
export const MAX_REJECTED_BYTES = 1024 * 1024;
const MAX_HEADER_BYTES = 64 * 1024;
/** A Bundle has a dozen members beside its entries. */
const MAX_HEADER_MEMBERS = 64;

const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const COLON = 0x3a;
const COMMA = 0x2c;
const QUOTE = 0x22;

/** A part of a file, not parsed yet. */
export type Piece =
  | { readonly kind: 'entry' | 'resource'; readonly bytes: Buffer }
  | { readonly kind: 'broken'; readonly bytes: Buffer; readonly reason: RejectReason }
  /** The members of a Bundle other than its entries. */
  | { readonly kind: 'header'; readonly header: JsonObject };

/** The lines of an NDJSON file; blank ones are passed over. */
export async function* linePieces(source: AsyncIterable<Buffer>): AsyncGenerator<Piece> {
  const stream = new JsonStream(source);
  for (;;) {
    const line = await stream.line(MAX_RECORD_BYTES);
    if (line === undefined) return;
    if (line.bytes.every((byte) => byte <= 0x20)) continue;
    yield whole('resource', line);
  }
}

/** What is known of a document while it is read. */
interface DocumentState {
  /** Without a prototype: any text may be the name of a member, `__proto__` too. */
  readonly header: Record<string, unknown>;
  members: number;
  sawEntries: boolean;
  /** Whether the break of the file was yielded already. */
  isReported: boolean;
  /** What stands before the entries: what is left of a file that breaks off between them. */
  head: Buffer;
}

/** The entries of a Bundle, or the one resource that the file is. */
export async function* documentPieces(source: AsyncIterable<Buffer>): AsyncGenerator<Piece> {
  const stream = new JsonStream(source);
  const state: DocumentState = {
    header: Object.create(null),
    members: 0,
    sawEntries: false,
    isReported: false,
    head: Buffer.alloc(0),
  };
  stream.startRecording(MAX_RECORD_BYTES);
  const isWhole = (await stream.accept(OPEN_OBJECT)) && (yield* memberPieces(stream, state));
  if (isWhole) yield* documentEnd(stream, state);
  else if (!state.isReported) yield* restOf(stream, state.head);
}

/** Reads the members of the document; false when it broke. */
async function* memberPieces(stream: JsonStream, state: DocumentState): AsyncGenerator<Piece, boolean> {
  if (await stream.accept(CLOSE_OBJECT)) return true;
  do {
    if (!(yield* memberPiece(stream, state))) return false;
  } while (await stream.accept(COMMA));
  return await stream.accept(CLOSE_OBJECT);
}

async function* memberPiece(stream: JsonStream, state: DocumentState): AsyncGenerator<Piece, boolean> {
  const key = await stream.value(MAX_HEADER_BYTES);
  const name = isKey(key) ? parsed(key.bytes) : undefined;
  if (typeof name !== 'string' || !(await stream.accept(COLON))) return false;
  const mayBeBundle = (state.header['resourceType'] ?? 'Bundle') === 'Bundle';
  if (name !== 'entry' || !mayBeBundle) return await readMember(stream, state, name);
  state.sawEntries = true;
  return yield* entryPieces(stream, state);
}

async function* documentEnd(stream: JsonStream, state: DocumentState): AsyncGenerator<Piece> {
  const { bytes, cut } = stream.recorded();
  const { header } = state;
  if (state.sawEntries || header['resourceType'] === 'Bundle') yield { kind: 'header', header };
  else yield whole('resource', { bytes, cut, complete: true });
  if ((await stream.skipSpaces()) !== undefined) yield* restOf(stream);
}

/** Yields the entries of the list that follows; false when the file broke inside it. */
async function* entryPieces(stream: JsonStream, state: DocumentState): AsyncGenerator<Piece, boolean> {
  state.head = Buffer.from(stream.recorded().bytes.subarray(0, MAX_HEADER_BYTES));
  if (!(await stream.accept(OPEN_LIST))) return false;
  if (await stream.accept(CLOSE_LIST)) return true;
  do {
    const entry = await stream.value(MAX_RECORD_BYTES);
    // A file that ends behind a comma has begun no entry: what is kept of it is its head.
    if (!entry.complete && entry.bytes.length === 0) return false;
    state.isReported = !entry.complete;
    yield whole('entry', entry);
    if (!entry.complete) return false;
  } while (await stream.accept(COMMA));
  return await stream.accept(CLOSE_LIST);
}

function whole(kind: 'entry' | 'resource', captured: Captured): Piece {
  const { bytes, cut, complete } = captured;
  if (!complete) return broken(bytes, Reason.malformedJson);
  return cut ? broken(bytes, Reason.tooLarge) : { kind, bytes };
}

/** A piece that cannot be read, cut to what quarantine takes. */
export function broken(bytes: Buffer, reason: RejectReason): Piece {
  return { kind: 'broken', reason, bytes: bytes.subarray(0, MAX_REJECTED_BYTES) };
}

/** What cannot be told apart any more is one rejected item. */
async function* restOf(stream: JsonStream, head: Buffer = Buffer.alloc(0)): AsyncGenerator<Piece> {
  const { bytes } = stream.recorded();
  const rest = await stream.rest(MAX_REJECTED_BYTES);
  yield broken(Buffer.concat([head, bytes, rest]), Reason.malformedJson);
}

async function readMember(stream: JsonStream, state: DocumentState, name: string): Promise<boolean> {
  const value = await stream.value(MAX_HEADER_BYTES);
  state.members += 1;
  const isKept = value.complete && !value.cut && state.members <= MAX_HEADER_MEMBERS;
  if (isKept) state.header[name] = parsed(value.bytes);
  return value.complete;
}

function isKey(member: Captured): boolean {
  return member.complete && member.bytes[0] === QUOTE;
}

/** The value of JSON bytes, undefined when they are none. */
export function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return undefined;
  }
}

/** The value when it is an object. */
export function parsedObject(bytes: Buffer): JsonObject | undefined {
  const value = parsed(bytes);
  return isObject(value) ? value : undefined;
}
