// One scan of a folder: files in a fixed order, as batches that carry the cursor with which reading goes on after them.
import { setImmediate } from 'node:timers/promises';
import { toBatchEntry } from '../../batches.ts';
import type { Batch, SourceFile } from '../../ports.ts';
import { type FileStates, pathHash, planFile } from './cursor.ts';
import { formatOf } from './file-format.ts';
import { hashing } from './gzip.ts';
import { type ItemContext, type Read, readItems } from './items.ts';
import { type Known, OpenBatch } from './open-batch.ts';

/** What a scan needs. */
export interface ScanContext extends Omit<ItemContext, 'enrolled'> {
  readonly fingerprint: string;
  /** Files that changed less than this many milliseconds ago may still be written: the next scan reads them. */
  readonly settleMs: number;
  /** Sees every item. */
  readonly onItem: (read: Read) => void;
  /** A file was read to its end. */
  readonly onFile: () => void;
  /** A file could not be read; the others are. */
  readonly onUnreadable: (error: unknown) => void;
}

type Context = ScanContext & Pick<ItemContext, 'enrolled'>;

/** After so many items other work of the process gets its turn. */
const ITEMS_PER_TURN = 64;

/**
 * The batches of a scan that starts from `before`. `quarantined` are files with rejected items, by the hash of their
 * path: it is said of those that are gone.
 */
export async function* scanBatches(
  scan: ScanContext,
  before: FileStates,
  quarantined: readonly string[],
): AsyncGenerator<Batch> {
  const context = { ...scan, enrolled: new Map<string, string>() };
  const listed = knownFiles(await context.store.list());
  const files = listed.filter(({ file }) => isSettled(file, context));
  const hashes = new Set(listed.map(({ hash }) => hash));
  const batch = new OpenBatch({ fingerprint: context.fingerprint, files, listed: hashes, before });
  if (files.every((known) => planFile(known.file, before.get(known.hash)) === 'skip')) files.length = 0;
  for (const known of files) {
    try {
      if (known.format.content === 'enrolment') yield* enrolmentBatches(known, context, batch);
      else yield* fileBatches(known, context, batch);
    } catch (error) {
      context.onUnreadable(error);
    }
  }
  for (const file of quarantined.filter((hash) => !hashes.has(hash))) {
    if (!batch.fitsReading()) yield batch.take();
    batch.addGone(file);
  }
  if (batch.isWorthSending()) yield batch.takeLast();
}

/** Bindings are read by every scan that reads anything; new ones make the files of records new, whose Patients they name. */
async function* enrolmentBatches(known: Known, context: Context, batch: OpenBatch): AsyncGenerator<Batch> {
  const before = batch.state(known.hash);
  const isKnown = planFile(known.file, before) === 'skip';
  yield* contentBatches(known, context, batch, isKnown ? Number.MAX_SAFE_INTEGER : 0);
  if (before?.sha256 !== batch.state(known.hash)?.sha256) batch.forgetRecords();
}

/** Ours, enrolments first: they say which handles the Patients have. */
function knownFiles(files: readonly SourceFile[]): Known[] {
  const known = files.flatMap((file) => {
    const format = formatOf(file.path);
    return format === undefined ? [] : [{ file, format, hash: pathHash(file.path) }];
  });
  const rank = ({ format }: Known): number => (format.content === 'enrolment' ? 0 : 1);
  return known.toSorted((one, other) => rank(one) - rank(other) || compare(one.file.path, other.file.path));
}

/** A time in the future says that the clocks differ, not that the file is still written. */
function isSettled(file: SourceFile, context: ScanContext): boolean {
  const age = context.time.receivedAt - file.modifiedAt;
  return age < 0 || age >= context.settleMs;
}

function compare(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}

async function* fileBatches(known: Known, context: Context, batch: OpenBatch): AsyncGenerator<Batch> {
  const plan = planFile(known.file, batch.state(known.hash));
  if (plan === 'skip') return;
  if (plan !== 'compare') yield* contentBatches(known, context, batch, plan.from);
  else if (!(await isUnchanged(known, context, batch))) yield* contentBatches(known, context, batch, 0);
}

async function* contentBatches(
  known: Known,
  context: Context,
  batch: OpenBatch,
  from: number,
): AsyncGenerator<Batch> {
  let digest = (): string => '';
  const tap = (stored: AsyncIterable<Buffer>): AsyncIterable<Buffer> => {
    const hashed = hashing(stored);
    digest = hashed.digest;
    return hashed.bytes;
  };
  let index = -1;
  for await (const read of readItems(known.file, known.format, context, tap)) {
    index += 1;
    if (index % ITEMS_PER_TURN === 0) await setImmediate();
    if (index < from) continue;
    const entry = toBatchEntry(read, known.hash, index);
    if (!batch.fits(entry)) yield batch.take();
    batch.add(entry, known, index + 1);
    context.onItem(read);
  }
  if (!batch.fitsReading()) yield batch.take();
  batch.complete(known, digest(), index + 1);
  context.onFile();
}

/** Whether a file that was touched holds what it held; its new version is then noted. */
async function isUnchanged(known: Known, context: ScanContext, batch: OpenBatch): Promise<boolean> {
  const hashed = hashing(context.store.open(known.file));
  for await (const _ of hashed.bytes);
  if (hashed.digest() !== batch.state(known.hash)?.sha256) return false;
  batch.noteUnchanged(known, hashed.digest());
  return true;
}
