// Original file: twinward/v1/twin_data.proto

import type { IngestHeader as _twinward_v1_IngestHeader, IngestHeader__Output as _twinward_v1_IngestHeader__Output } from '../../twinward/v1/IngestHeader.ts';
import type { SourceRecord as _twinward_v1_SourceRecord, SourceRecord__Output as _twinward_v1_SourceRecord__Output } from '../../twinward/v1/SourceRecord.ts';
import type { RejectedRecord as _twinward_v1_RejectedRecord, RejectedRecord__Output as _twinward_v1_RejectedRecord__Output } from '../../twinward/v1/RejectedRecord.ts';
import type { FileReading as _twinward_v1_FileReading, FileReading__Output as _twinward_v1_FileReading__Output } from '../../twinward/v1/FileReading.ts';

export interface IngestRecordsRequest {
  'header'?: (_twinward_v1_IngestHeader | null);
  'record'?: (_twinward_v1_SourceRecord | null);
  'rejected'?: (_twinward_v1_RejectedRecord | null);
  'cursor'?: (Buffer | Uint8Array | string);
  'reading'?: (_twinward_v1_FileReading | null);
  'part'?: "header"|"record"|"rejected"|"cursor"|"reading";
}

export interface IngestRecordsRequest__Output {
  'header'?: (_twinward_v1_IngestHeader__Output | null);
  'record'?: (_twinward_v1_SourceRecord__Output | null);
  'rejected'?: (_twinward_v1_RejectedRecord__Output | null);
  'cursor'?: (Buffer);
  'reading'?: (_twinward_v1_FileReading__Output | null);
  'part'?: "header"|"record"|"rejected"|"cursor"|"reading";
}
