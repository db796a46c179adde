// Cuts JSON values out of a stream of bytes without parsing them, in memory bounded by the largest value that is kept.

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const COMMA = 0x2c;
const SPACES: ReadonlySet<number> = new Set([0x20, 0x09, 0x0a, 0x0d]);
const EMPTY = Buffer.alloc(0);
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

/** Where a scanner is inside a value. */
interface ValueState {
  kind: 'unknown' | 'structure' | 'text' | 'bare';
  depth: number;
  inText: boolean;
  escaped: boolean;
  done: boolean;
}

/** A scanner before the first byte of a value. */
export function newValue(): ValueState {
  return { kind: 'unknown', depth: 0, inText: false, escaped: false, done: false };
}

/** Moves over a value in `bytes` from `from`; returns where it ends, or the length when it goes on beyond. */
export function advance(state: ValueState, bytes: Buffer, from: number): number {
  if (state.kind === 'unknown') state.kind = kindOf(bytes[from] ?? 0);
  return state.kind === 'bare' ? advanceBare(state, bytes, from) : advanceNested(state, bytes, from);
}

function advanceBare(state: ValueState, bytes: Buffer, from: number): number {
  let at = from;
  while (at < bytes.length && !endsBare(bytes[at] ?? 0)) at += 1;
  state.done = at < bytes.length;
  return at;
}

function advanceNested(state: ValueState, bytes: Buffer, from: number): number {
  let at = from;
  while (at < bytes.length && !state.done) {
    const byte = bytes[at++] ?? 0;
    if (state.inText) stepText(state, byte);
    else stepStructure(state, byte);
  }
  return at;
}

function kindOf(first: number): ValueState['kind'] {
  if (first === QUOTE) return 'text';
  return first === OPEN_OBJECT || first === OPEN_LIST ? 'structure' : 'bare';
}

function endsBare(byte: number): boolean {
  return byte === COMMA || byte === CLOSE_OBJECT || byte === CLOSE_LIST || SPACES.has(byte);
}

function stepText(state: ValueState, byte: number): void {
  if (state.escaped) state.escaped = false;
  else if (byte === BACKSLASH) state.escaped = true;
  else if (byte === QUOTE) {
    state.inText = false;
    state.done = state.kind === 'text';
  }
}

function stepStructure(state: ValueState, byte: number): void {
  if (byte === QUOTE) state.inText = true;
  else if (byte === OPEN_OBJECT || byte === OPEN_LIST) state.depth += 1;
  else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) {
    state.depth -= 1;
    state.done = state.depth <= 0 && state.kind === 'structure';
  }
}

/** Bytes that were cut out. */
export interface Captured {
  readonly bytes: Buffer;
  /** Whether only the first `limit` bytes were kept. */
  readonly cut: boolean;
  /** Whether the value ended before the stream did. */
  readonly complete: boolean;
}

/** Collects up to `limit` bytes. */
class Collector {
  readonly #parts: Buffer[] = [];
  readonly #limit: number;
  #kept = 0;
  cut = false;

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(bytes: Buffer): void {
    const room = this.#limit - this.#kept;
    if (bytes.length > room) this.cut = true;
    if (room <= 0) return;
    const kept = bytes.subarray(0, room);
    this.#parts.push(kept);
    this.#kept += kept.length;
  }

  bytes(): Buffer {
    const [only] = this.#parts;
    return this.#parts.length === 1 && only !== undefined ? only : Buffer.concat(this.#parts);
  }
}

/** Reads a stream of chunks byte by byte and value by value. */
export class JsonStream {
  readonly #chunks: AsyncIterator<Buffer>;
  #chunk: Buffer = EMPTY;
  #at = 0;
  #isStart = true;
  #record: Collector | undefined;

  constructor(source: AsyncIterable<Buffer>) {
    this.#chunks = source[Symbol.asyncIterator]();
  }

  /** From here on, keeps everything that is passed, up to `limit` bytes, until `recorded` is called. */
  startRecording(limit: number): void {
    this.#record = new Collector(limit);
  }

  /** What was passed since `startRecording`. */
  recorded(): { readonly bytes: Buffer; readonly cut: boolean } {
    const record = this.#record ?? new Collector(0);
    this.#record = undefined;
    return { bytes: record.bytes(), cut: record.cut };
  }

  /** The next byte without passing it; undefined at the end. */
  async peek(): Promise<number | undefined> {
    return (await this.#fill()) ? this.#chunk[this.#at] : undefined;
  }

  /** Passes white space (and a byte order mark at the start); the byte after it, without passing it. */
  async skipSpaces(): Promise<number | undefined> {
    for (;;) {
      const byte = await this.peek();
      if (byte === undefined || !SPACES.has(byte)) return byte;
      this.#pass(this.#at + 1);
    }
  }

  /** Passes the byte if it is the next one after white space. */
  async accept(byte: number): Promise<boolean> {
    if ((await this.skipSpaces()) !== byte) return false;
    this.#pass(this.#at + 1);
    return true;
  }

  /** Cuts out the next value. */
  async value(limit: number): Promise<Captured> {
    await this.skipSpaces();
    const collector = new Collector(limit);
    const state = newValue();
    while (!state.done && (await this.#fill())) {
      const end = advance(state, this.#chunk, this.#at);
      collector.add(this.#chunk.subarray(this.#at, end));
      this.#pass(end);
    }
    const complete = state.done || state.kind === 'bare';
    return { bytes: collector.bytes(), cut: collector.cut, complete };
  }

  /** Cuts out the next line, without its end; undefined at the end of the stream. */
  async line(limit: number): Promise<Captured | undefined> {
    if (!(await this.#fill())) return undefined;
    const collector = new Collector(limit);
    while (await this.#fill()) {
      const found = this.#chunk.indexOf(0x0a, this.#at);
      const end = found < 0 ? this.#chunk.length : found;
      collector.add(this.#chunk.subarray(this.#at, end));
      this.#pass(end);
      if (found < 0) continue;
      this.#pass(found + 1);
      return { bytes: collector.bytes(), cut: collector.cut, complete: true };
    }
    return { bytes: collector.bytes(), cut: collector.cut, complete: true };
  }

  /** Everything that is left, up to `limit` bytes. */
  async rest(limit: number): Promise<Buffer> {
    const collector = new Collector(limit);
    while (await this.#fill()) {
      collector.add(this.#chunk.subarray(this.#at));
      this.#pass(this.#chunk.length);
    }
    return collector.bytes();
  }

  #pass(to: number): void {
    this.#record?.add(this.#chunk.subarray(this.#at, to));
    this.#at = to;
  }

  async #fill(): Promise<boolean> {
    while (this.#at >= this.#chunk.length) {
      const next = await this.#chunks.next();
      if (next.done) return false;
      this.#chunk = next.value;
      this.#at = this.#isStart && next.value.subarray(0, 3).equals(BYTE_ORDER_MARK) ? 3 : 0;
      this.#isStart = false;
    }
    return true;
  }
}

/** The bytes of a member of an object, or undefined. The object must be valid JSON. */
export function memberBytes(object: Buffer, member: string): Buffer | undefined {
  const wanted = Buffer.from(JSON.stringify(member));
  let at = skip(object, 0) + 1;
  while (at < object.length) {
    const key = skip(object, at);
    if (object[key] !== QUOTE) return undefined;
    const keyEnd = advance(newValue(), object, key);
    const value = skip(object, skip(object, keyEnd) + 1);
    const end = advance(newValue(), object, value);
    if (object.subarray(key, keyEnd).equals(wanted)) return object.subarray(value, end);
    at = skip(object, end) + 1;
  }
  return undefined;
}

function skip(bytes: Buffer, from: number): number {
  let at = from;
  while (at < bytes.length && SPACES.has(bytes[at] ?? 0)) at += 1;
  return at;
}
