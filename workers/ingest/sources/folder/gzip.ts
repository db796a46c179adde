import { createHash, type Hash } from 'node:crypto';
import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { CodedError } from '#runtime/errors.ts';
import { RejectReason } from '../../reasons.ts';

/** The compressed stream ends too early or is not what it says. The code is a RejectReason. */
export class GzipError extends CodedError {
  readonly reason: RejectReason;

  constructor(reason: RejectReason, options?: ErrorOptions) {
    super(reason, 'the gzip stream of a file cannot be read: write the file again', options);
    this.reason = reason;
  }
}

/**
 * The content of a stream, unpacked when it begins as gzip does, whatever its name. Throws GzipError when it is
 * damaged, or when `named` says gzip and it is none.
 */
export async function* unpacked(source: AsyncIterable<Buffer>, named: boolean): AsyncGenerator<Buffer> {
  const iterator = source[Symbol.asyncIterator]();
  const head: Buffer[] = [];
  while (Buffer.concat(head).length < 2) {
    const next = await iterator.next();
    if (next.done) break;
    head.push(next.value);
  }
  const start = Buffer.concat(head);
  const isGzip = start[0] === 0x1f && start[1] === 0x8b;
  if (named && !isGzip) {
    throw new GzipError(start.length < 2 ? RejectReason.truncatedGzip : RejectReason.corruptGzip);
  }
  const all = prepend(start, iterator);
  if (isGzip) yield* gunzipped(all);
  else yield* all;
}

async function* prepend(start: Buffer, rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  yield start;
  for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
}

/** Records unpack to 10 to 60 times their size. Far beyond that, a file is made to fill memory and store. */
const MOST_EXPANSION = 250;
/** So much may come out of any file, however small. */
const ALWAYS_BYTES = 64 * 1024 * 1024;

async function* gunzipped(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const gunzip = createGunzip({ chunkSize: 256 * 1024 });
  const packed = Readable.from(source, { objectMode: false });
  pipeline(packed, gunzip, () => undefined);
  let bytes = 0;
  try {
    for await (const chunk of gunzip) {
      bytes += chunk.length;
      if (bytes > ALWAYS_BYTES && bytes > gunzip.bytesWritten * MOST_EXPANSION) {
        throw new GzipError(RejectReason.tooLarge);
      }
      yield chunk;
    }
  } catch (error) {
    throw gzipError(error);
  } finally {
    packed.destroy();
    gunzip.destroy();
  }
}

function gzipError(error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'Z_BUF_ERROR') return new GzipError(RejectReason.truncatedGzip, { cause: error });
  return code === 'Z_DATA_ERROR' ? new GzipError(RejectReason.corruptGzip, { cause: error }) : error;
}

/** Passes a stream on and hashes it; `digest` is that of the whole only once it ended. */
export function hashing(source: AsyncIterable<Buffer>): {
  readonly bytes: AsyncIterable<Buffer>;
  readonly digest: () => string;
} {
  const hash: Hash = createHash('sha256');
  async function* pass(): AsyncGenerator<Buffer> {
    for await (const chunk of source) {
      hash.update(chunk);
      yield chunk;
    }
  }
  return { bytes: pass(), digest: () => hash.copy().digest('hex').slice(0, 32) };
}
