// What ingest needs from outside.
import type { NormalisedRecord, RecordName } from './fhir/record.ts';
import type { RejectReason } from './reasons.ts';

/** A file of a source. Its path never leaves the process: it may hold a name. */
export interface SourceFile {
  /** Path below the source, with `/`. */
  readonly path: string;
  readonly size: number;
  /** Changes whenever the content may have changed: modification time or generation. */
  readonly version: string;
  /** Milliseconds since the epoch. */
  readonly modifiedAt: number;
}

/** A folder or a bucket. */
export interface FileStore {
  /** All files below the source, in any order. Throws SourceError when it cannot be read at all. */
  list(): Promise<readonly SourceFile[]>;
  /** The content of a file. */
  open(file: SourceFile): AsyncIterable<Buffer>;
}

/** Something that was read and cannot be kept as a record. */
export interface RejectedItem {
  readonly reason: RejectReason;
  /** What was read, cut to 1 MiB. */
  readonly raw: Buffer;
  /** Hash of the path and index within the file. */
  readonly position: string;
  /** Equal for equal rejections, so that a second scan counts them as unchanged. */
  readonly itemKey: Buffer;
  /** The record that it would have been, when that can be told. */
  readonly about?: RecordName;
}

/** One received item. */
export type BatchEntry =
  | { readonly kind: 'record'; readonly record: NormalisedRecord; readonly position: string }
  | { readonly kind: 'rejected'; readonly rejected: RejectedItem };

/** Which items of a file a batch holds: what was rejected from there before, and is not again, is mended. */
export interface FileReading {
  /** Hash of the path. */
  readonly file: string;
  /** First item, and the item after the last one. */
  readonly from: number;
  readonly to: number;
  /** Whether the file ends there. */
  readonly complete: boolean;
  /** The source no longer has the file. */
  readonly gone: boolean;
}

/** What is committed together: records, rejections and where to go on after them. */
export interface Batch {
  readonly entries: readonly BatchEntry[];
  readonly readings: readonly FileReading[];
  /** Undefined = the cursor of an earlier batch stays: what follows it is read again after a crash, and changes nothing. */
  readonly cursor: Buffer | undefined;
  /** Newest modification time among the files that are complete with this batch, milliseconds since the epoch. */
  readonly watermark: number;
}

/** received = stored + unchanged + quarantined. */
export interface Counts {
  readonly received: number;
  readonly stored: number;
  readonly unchanged: number;
  readonly quarantined: number;
}

/** What the service says after the commit. */
export interface BatchResult extends Counts {
  readonly subjectsChanged: number;
  /** What the service itself quarantined, by reason. */
  readonly quarantinedByReason: Readonly<Record<string, number>>;
}

/** How a scan ended. */
export interface ScanEnd {
  /** Empty = succeeded. */
  readonly failure: string;
  readonly start: Date;
  readonly watermark: Date | undefined;
  /** Whether the lease is kept for the next scan. */
  readonly keepLease: boolean;
}

/** The lease of a source, and where it stopped. */
export interface OpenedSync {
  readonly lease: string;
  readonly cursor: Buffer;
  /** Files with rejected items, by the hash of their path. */
  readonly quarantinedFiles: readonly string[];
}

/** Where records go. Success is said after the commit. */
export interface RecordSink {
  open(): Promise<OpenedSync>;
  send(lease: string, batch: Batch): Promise<BatchResult>;
  close(lease: string, end: ScanEnd): Promise<void>;
}
