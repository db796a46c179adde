// Requests of one client differ in their raw contents and, at most, their id: what stands before the contents is read
// once and remembered. Anything else is read by protobuf.js, as before. Raw contents are views of the message.
import type { ModelInferRequest__Output } from '#proto/gen/inference/ModelInferRequest.ts';
import type { ModelInferResponse } from '#proto/gen/inference/ModelInferResponse.ts';

/** Reads a message as the proto file has it. */
export type Deserialize = (bytes: Buffer) => ModelInferRequest__Output;
/** Writes a message as the proto file has it. */
export type Serialize = (message: ModelInferResponse) => Buffer;

/** Tags of length-delimited fields: of the request its id and raw contents, of the response the same. */
const REQUEST_ID = 0x1a;
const REQUEST_RAW = 0x3a;
const RESPONSE_ID = 0x1a;
const RESPONSE_RAW = 0x32;
const LENGTH_DELIMITED = 2;

/** Heads that are remembered, and the largest of them. */
const MOST_HEADS = 8;
const LARGEST_HEAD = 4_096;

interface Span {
  readonly tag: number;
  /** Of the tag, and of the content behind it. */
  readonly from: number;
  readonly start: number;
  readonly end: number;
}

/** A message in its parts: what stands before and behind its id, the id itself, the raw contents at its end. */
interface Parts {
  readonly before: Buffer;
  readonly after: Buffer;
  readonly id: string;
  readonly raw: readonly Buffer[];
}

interface Head {
  readonly before: Buffer;
  readonly after: Buffer;
  readonly request: ModelInferRequest__Output;
}

/** A reader of requests. Requests of an equal head share its parsed parts, which must not be changed. */
export function requestReader(deserialize: Deserialize): Deserialize {
  let heads: readonly Head[] = [];
  const headOf = ({ before, after }: Parts): Head => {
    const known = heads.find((one) => one.before.equals(before) && one.after.equals(after));
    if (known !== undefined) return known;
    const own = Buffer.concat([before, after]);
    const request = deserialize(own);
    const head = { before: own.subarray(0, before.length), after: own.subarray(before.length), request };
    heads = [head, ...heads.slice(0, MOST_HEADS - 1)];
    return head;
  };
  return (bytes) => {
    const parts = partsOf(bytes);
    if (parts === undefined) return deserialize(bytes);
    return { ...headOf(parts).request, id: parts.id, rawInputContents: [...parts.raw] };
  };
}

/** Undefined when a message has no raw contents, or is not in the order of its fields, or begins with much. */
function partsOf(bytes: Buffer): Parts | undefined {
  const spans = spansOf(bytes);
  const first = spans.findIndex(({ tag }) => tag === REQUEST_RAW);
  const end = spans[first]?.from ?? Infinity;
  if (end > LARGEST_HEAD) return undefined;
  const raw = spans.slice(first);
  const ids = spans.filter(({ tag }) => tag === REQUEST_ID);
  if (ids.length > 1 || raw.some(({ tag }) => tag !== REQUEST_RAW)) return undefined;
  const [id] = ids;
  return {
    before: bytes.subarray(0, id?.from ?? end),
    after: bytes.subarray(id?.end ?? end, end),
    id: id === undefined ? '' : bytes.toString('utf8', id.start, id.end),
    raw: raw.map((span) => bytes.subarray(span.start, span.end)),
  };
}

/** A writer of responses. What stands before their raw contents is written once for every array of outputs. */
export function responseWriter(serialize: Serialize): Serialize {
  const heads = new WeakMap<object, Buffer>();
  return (response) => {
    const { id = '', outputs, rawOutputContents: raw = [] } = response;
    if (outputs === undefined || raw.length === 0 || response.parameters !== undefined)
      return serialize(response);
    let head = heads.get(outputs);
    if (head === undefined) {
      head = serialize({ ...response, id: '', rawOutputContents: [] });
      heads.set(outputs, head);
    }
    const own = Buffer.from(id);
    const contents = raw.map((content) =>
      typeof content === 'string' ? Buffer.from(content, 'base64') : content,
    );
    const size = contents.reduce((sum, { length }) => sum + fieldSize(length), fieldSize(own.length));
    const bytes = Buffer.allocUnsafe(head.length + size);
    bytes.set(head, 0);
    let at = writeField(bytes, head.length, RESPONSE_ID, own);
    for (const content of contents) at = writeField(bytes, at, RESPONSE_RAW, content);
    return bytes.subarray(0, at);
  };
}

/** The fields of a message; none when they are not all length-delimited with one byte as tag. */
function spansOf(bytes: Buffer): readonly Span[] {
  const spans: Span[] = [];
  let from = 0;
  while (from < bytes.length) {
    const span = spanAt(bytes, from);
    if (span === undefined) return [];
    spans.push(span);
    from = span.end;
  }
  return spans;
}

function spanAt(bytes: Buffer, from: number): Span | undefined {
  const tag = bytes[from] ?? 0;
  if (tag >= 0x80 || (tag & 7) !== LENGTH_DELIMITED) return undefined;
  let start = from + 1;
  let length = 0;
  for (let shift = 0; shift < 35; shift += 7) {
    const byte = bytes[start++] ?? 0;
    length += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) break;
  }
  const end = start + length;
  return end > bytes.length ? undefined : { tag, from, start, end };
}

function fieldSize(length: number): number {
  return length + 6;
}

/** Writes a field; returns where the next one begins. */
function writeField(into: Buffer, from: number, tag: number, content: Uint8Array): number {
  let at = from;
  into[at++] = tag;
  let rest = content.length;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) into[at++] = (rest & 0x7f) | 0x80;
  into[at++] = rest;
  into.set(content, at);
  return at + content.length;
}
