import { appendFile, copyFile, open, readFile, rm, stat, truncate } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

/*
 * A container writes straight to its log file, so that it never depends on the process node. The times of its
 * lines are those at which the process node saw the file grow, kept beside it as `size time` lines. A file
 * that has grown too big is copied to `.1` and emptied; the writer appends and goes on at the start.
 */

/** A log file is rotated at this size, bytes; so a container keeps at most twice as much. */
export const LONGEST_LOG = 10 * 1024 * 1024;

export interface LogQuery {
  readonly follow: boolean;
  readonly timestamps: boolean;
  /** Last lines to show; undefined for all. */
  readonly tail?: number;
  /** Earliest time, milliseconds since the epoch. */
  readonly since?: number;
  readonly limitBytes?: number;
}

/** Notes when logs grow, and rotates them; told of each running container's log now and then. */
export interface GrowthKeeper {
  note(path: string, now: number): Promise<void>;
  forget(path: string): void;
}

/** A keeper that rotates a log once it is longer than `longest` bytes. */
export function createGrowthKeeper(longest: number = LONGEST_LOG): GrowthKeeper {
  const known = new Map<string, number>();
  return {
    note: async (path, now) => {
      const size = (await sizeOf(path)) ?? 0;
      const before = known.get(path) ?? (await growth(path)).at(-1)?.size ?? 0;
      known.set(path, size);
      if (size === before) return;
      await appendFile(timesOf(path), `${size} ${now}\n`, { mode: 0o600 });
      if (size <= longest) return;
      await rotate(path);
      known.set(path, 0);
    },
    forget: (path) => void known.delete(path),
  };
}

async function rotate(path: string): Promise<void> {
  await copyFile(path, `${path}.1`);
  await copyFile(timesOf(path), timesOf(`${path}.1`));
  await truncate(path, 0);
  await rm(timesOf(path));
}

interface Growth {
  readonly size: number;
  readonly time: number;
}

function timesOf(path: string): string {
  return `${path}.times`;
}

async function sizeOf(path: string): Promise<number | undefined> {
  return stat(path).then(
    (found) => found.size,
    () => undefined,
  );
}

async function growth(path: string): Promise<readonly Growth[]> {
  const text = await readFile(timesOf(path), 'utf8').catch(() => '');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [size, time] = line.split(' ').map(Number);
      return { size: size ?? 0, time: time ?? 0 };
    });
}

interface Line {
  readonly text: Buffer;
  readonly time: number;
}

/**
 * The lines of a log as `kubectl logs` asks for them; with `follow` until the container has ended and all is
 * read, or `signal` aborts.
 */
export async function* readLog(
  path: string,
  query: LogQuery,
  isRunning: () => boolean,
  signal: AbortSignal,
): AsyncIterable<Buffer> {
  let budget = query.limitBytes ?? Number.POSITIVE_INFINITY;
  const shown = (line: Line): Buffer => {
    const text = rendered(line, query.timestamps).subarray(0, budget);
    budget -= text.length;
    return text;
  };
  const size = (await sizeOf(path)) ?? 0;
  const lines = [...(await linesOf(`${path}.1`)), ...(await linesOf(path, size))];
  const recent = lines.filter((line) => line.time >= (query.since ?? 0));
  const chosen = query.tail === undefined ? recent : query.tail === 0 ? [] : recent.slice(-query.tail);
  for (const line of chosen) yield shown(line);
  if (!query.follow) return;
  for await (const chunk of followed(path, size, isRunning, signal)) {
    if (budget <= 0) return;
    yield shown({ text: chunk, time: Date.now() });
  }
}

function rendered(line: Line, timestamps: boolean): Buffer {
  if (!timestamps) return line.text;
  const stamp = new Date(line.time).toISOString().replace('Z', '000000Z');
  return Buffer.concat([Buffer.from(`${stamp} `), line.text]);
}

async function linesOf(path: string, size = Number.POSITIVE_INFINITY): Promise<readonly Line[]> {
  const content = await readFile(path).catch(() => Buffer.alloc(0));
  const whole = content.subarray(0, Math.min(size, content.length));
  const times = await growth(path);
  const lines: Line[] = [];
  let mark = 0;
  for (let start = 0; start < whole.length; ) {
    const newline = whole.indexOf(10, start);
    const end = newline < 0 ? whole.length : newline + 1;
    while (mark < times.length && (times[mark]?.size ?? 0) <= start) mark += 1;
    lines.push({ text: whole.subarray(start, end), time: times[mark]?.time ?? Date.now() });
    start = end;
  }
  return lines;
}

const POLL = 150;

async function* followed(
  path: string,
  from: number,
  isRunning: () => boolean,
  signal: AbortSignal,
): AsyncIterable<Buffer> {
  let position = from;
  let rest = Buffer.alloc(0);
  for (;;) {
    const running = isRunning() && !signal.aborted;
    const news = await newBytes(path, position);
    position = news.position;
    rest = Buffer.concat([rest, news.bytes]);
    const end = rest.lastIndexOf(10) + 1;
    yield* split(rest.subarray(0, end));
    rest = rest.subarray(end);
    if (!running && news.bytes.length === 0) break;
    if (news.bytes.length === 0) await delay(POLL, undefined, { signal }).catch(() => undefined);
  }
  if (rest.length > 0) yield rest;
}

/** What was written after `position`; a file that became shorter was rotated and is read from its start. */
async function newBytes(
  path: string,
  position: number,
): Promise<{ readonly bytes: Buffer; readonly position: number }> {
  const size = (await sizeOf(path)) ?? 0;
  const from = size < position ? 0 : position;
  if (size === from) return { bytes: Buffer.alloc(0), position: size };
  return { bytes: await slice(path, from, size), position: size };
}

function* split(text: Buffer): Iterable<Buffer> {
  for (let start = 0; start < text.length; ) {
    const end = text.indexOf(10, start) + 1;
    yield text.subarray(start, end);
    start = end;
  }
}

async function slice(path: string, from: number, to: number): Promise<Buffer> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(to - from), 0, to - from, from);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/** The end of a log, at most `bytes` and `lines` long: what a termination message falls back to. */
export async function logTail(path: string, bytes: number, lines: number): Promise<string> {
  const content = await readFile(path).catch(() => Buffer.alloc(0));
  const end = content.subarray(Math.max(0, content.length - bytes)).toString('utf8');
  return end
    .split('\n')
    .slice(-lines - 1)
    .join('\n');
}
