import { entryBytes, MAX_BATCH_BYTES, MAX_BATCH_READINGS, MAX_BATCH_RECORDS } from '../../batches.ts';
import type { Batch, BatchEntry, FileReading, SourceFile } from '../../ports.ts';
import { COMPLETE, encodeCursor, type FileState, type FileStates } from './cursor.ts';
import type { FileFormat } from './file-format.ts';

/** A file of a format that is read. */
export interface Known {
  readonly file: SourceFile;
  readonly format: FileFormat;
  /** Hash of its path. */
  readonly hash: string;
}

/** What a scan starts with. */
export interface ScanStart {
  readonly fingerprint: string;
  /** The files that are read. */
  readonly files: readonly Known[];
  /** Hashes of all files that are there: one that may still be written keeps its state. */
  readonly listed: ReadonlySet<string>;
  readonly before: FileStates;
}

/**
 * Files whose state a batch may carry on average. The cursor grows with the files of the source (about 46 bytes each,
 * 4.6 MB for 100,000); carried by each batch, it would cost more than the records.
 */
const FILES_PER_BATCH = 2_000;

/** The batch that is being filled, and the state of all files once it is committed. */
export class OpenBatch {
  readonly #fingerprint: string;
  readonly #states: Map<string, FileState>;
  readonly #records: readonly string[];
  #entries: BatchEntry[] = [];
  #readings: FileReading[] = [];
  #bytes = 0;
  /** States that batches could have carried since they last did. */
  #spared = 0;
  #changed: boolean;
  #watermark = 0;

  constructor({ fingerprint, files, listed, before }: ScanStart) {
    this.#fingerprint = fingerprint;
    this.#records = files.filter(({ format }) => format.content !== 'enrolment').map(({ hash }) => hash);
    this.#states = new Map([...before].filter(([hash]) => listed.has(hash)));
    this.#changed = this.#states.size !== before.size;
    for (const { file, hash } of files) {
      if (this.#states.get(hash)?.offset === COMPLETE) this.#seen(file.modifiedAt);
    }
  }

  state(hash: string): FileState | undefined {
    return this.#states.get(hash);
  }

  fits(entry: BatchEntry): boolean {
    if (this.#entries.length === 0) return this.fitsReading();
    const fitsEntry =
      this.#entries.length < MAX_BATCH_RECORDS && this.#bytes + entryBytes(entry) <= MAX_BATCH_BYTES;
    return fitsEntry && this.fitsReading();
  }

  fitsReading(): boolean {
    return this.#readings.length < MAX_BATCH_READINGS;
  }

  /** Adds the entry before item `behind` of its file. */
  add(entry: BatchEntry, { file, hash }: Known, behind: number): void {
    this.#entries.push(entry);
    this.#bytes += entryBytes(entry);
    this.#states.set(hash, { size: file.size, version: file.version, sha256: '', offset: behind });
    this.#read(hash, behind - 1, behind, false);
  }

  /** The file was read to its end, where item `end` would be. */
  complete(known: Known, sha256: string, end: number): void {
    this.noteUnchanged(known, sha256);
    this.#read(known.hash, end, end, true);
  }

  /** The file holds what it held, under a new version. */
  noteUnchanged({ file, hash }: Known, sha256: string): void {
    this.#states.set(hash, { size: file.size, version: file.version, sha256, offset: COMPLETE });
    this.#changed = true;
    this.#seen(file.modifiedAt);
  }

  /** A file that is not there any more. */
  addGone(file: string): void {
    this.#readings.push({ file, from: 0, to: 0, complete: false, gone: true });
  }

  /** Every file of records counts as new. */
  forgetRecords(): void {
    for (const hash of this.#records) this.#states.delete(hash);
    this.#changed = true;
  }

  isWorthSending(): boolean {
    return this.#changed || this.#entries.length > 0 || this.#readings.length > 0;
  }

  /** The batch so far; of many files, only some batches carry the cursor. */
  take(): Batch {
    this.#spared += FILES_PER_BATCH;
    return this.#spared < this.#states.size ? this.#batch(undefined) : this.takeLast();
  }

  /** The batch so far, with the cursor. */
  takeLast(): Batch {
    this.#spared = 0;
    return this.#batch(encodeCursor(this.#states, this.#fingerprint));
  }

  #batch(cursor: Buffer | undefined): Batch {
    const batch = { entries: this.#entries, readings: this.#readings, cursor, watermark: this.#watermark };
    this.#entries = [];
    this.#readings = [];
    this.#bytes = 0;
    this.#changed = cursor === undefined;
    return batch;
  }

  /** Items of one file that follow each other are one reading. */
  #read(file: string, from: number, to: number, complete: boolean): void {
    const last = this.#readings.at(-1);
    const joins = last?.file === file && last.to === from;
    if (joins) this.#readings.pop();
    this.#readings.push({ file, from: joins ? last.from : from, to, complete, gone: false });
  }

  #seen(modifiedAt: number): void {
    this.#watermark = Math.max(this.#watermark, modifiedAt);
  }
}
