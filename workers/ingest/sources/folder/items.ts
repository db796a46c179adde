import { type NormaliseContext, normalise } from '../../fhir/normalise.ts';
import type { Outcome } from '../../fhir/record.ts';
import { EMPTY_INDEX } from '../../fhir/reference.ts';
import type { FileStore, SourceFile } from '../../ports.ts';
import { RejectReason } from '../../reasons.ts';
import { bundleItems, type Item, toResource } from './bundle.ts';
import { readEnrolmentLine } from './enrolment.ts';
import type { FileFormat } from './file-format.ts';
import { GzipError, unpacked } from './gzip.ts';
import { broken, documentPieces, linePieces, MAX_REJECTED_BYTES, type Piece } from './pieces.ts';

/** What one item of a file became, with the bytes to quarantine when it was rejected. */
export type Read = Outcome & { readonly raw: Buffer };

/** What reading a file needs beside the file. */
export interface ItemContext extends Omit<NormaliseContext, 'index' | 'modifiedAt' | 'enrolled'> {
  readonly store: FileStore;
  /** Filled by the lines of enrolment.csv, which are read before the records. */
  readonly enrolled: Map<string, string>;
}

/** Everything that a file holds, in its order. `tap` sees the stored bytes of the first pass. */
export async function* readItems(
  file: SourceFile,
  format: FileFormat,
  context: ItemContext,
  tap: (bytes: AsyncIterable<Buffer>) => AsyncIterable<Buffer> = (bytes) => bytes,
): AsyncGenerator<Read> {
  let passes = 0;
  const open = (): AsyncIterable<Buffer> => {
    const stored = context.store.open(file);
    passes += 1;
    return unpacked(passes === 1 ? tap(stored) : stored, format.gzip);
  };
  if (format.content === 'enrolment') {
    return yield* enrolments(
      pieces(() => linePieces(open())),
      context.enrolled,
    );
  }
  const items =
    format.content === 'lines'
      ? lineItems(() => pieces(() => linePieces(open())))
      : bundleItems(() => pieces(() => documentPieces(open())));
  for await (const item of items) yield toRead(item, { ...context, modifiedAt: file.modifiedAt });
}

/** Damage to the compression is one rejected item after all that could be read. */
async function* pieces(open: () => AsyncIterable<Piece>): AsyncGenerator<Piece> {
  try {
    yield* open();
  } catch (error) {
    if (!(error instanceof GzipError)) throw error;
    yield broken(Buffer.alloc(0), error.reason);
  }
}

async function* lineItems(open: () => AsyncIterable<Piece>): AsyncGenerator<Item> {
  for await (const piece of open()) {
    const entry = piece.kind === 'resource' ? toResource(piece.bytes) : undefined;
    if (entry?.resource?.['resourceType'] === 'Bundle') {
      yield* bundleItems(() => documentPieces(chunks(entry.raw)));
    } else if (entry !== undefined) yield { kind: 'entry', entry, index: EMPTY_INDEX };
    else if (piece.kind !== 'header') yield brokenLine(piece);
  }
}

async function* chunks(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}

function brokenLine(piece: Exclude<Piece, { kind: 'header' }>): Item {
  const reason = piece.kind === 'broken' ? piece.reason : RejectReason.malformedJson;
  return { kind: 'broken', reason, raw: piece.bytes.subarray(0, MAX_REJECTED_BYTES) };
}

function toRead(item: Item, context: Omit<NormaliseContext, 'index'>): Read {
  if (item.kind === 'broken') return { kind: 'rejected', reason: item.reason, raw: item.raw };
  const outcome = normalise(item.entry, { ...context, index: item.index });
  return { ...outcome, raw: item.entry.raw.subarray(0, MAX_REJECTED_BYTES) };
}

/** Bindings go into `enrolled`; only what binds nothing is an item. */
async function* enrolments(lines: AsyncIterable<Piece>, enrolled: Map<string, string>): AsyncGenerator<Read> {
  for await (const piece of lines) {
    if (piece.kind === 'header') continue;
    const line =
      piece.kind === 'broken'
        ? ({ kind: 'rejected', reason: piece.reason } as const)
        : readEnrolmentLine(piece.bytes.toString(), enrolled);
    if (line.kind === 'rejected') yield { ...line, raw: piece.bytes.subarray(0, MAX_REJECTED_BYTES) };
    if (line.kind === 'binding') enrolled.set(line.identifier, line.handle);
  }
}
