// Original file: twinward/v1/twin_data.proto

import type { SourceCounts as _twinward_v1_SourceCounts, SourceCounts__Output as _twinward_v1_SourceCounts__Output } from '../../twinward/v1/SourceCounts.ts';
import type { Long } from '@grpc/proto-loader';

export interface IngestRecordsResponse {
  'counts'?: (_twinward_v1_SourceCounts | null);
  'subjectsChanged'?: (number | string | Long);
  'quarantinedByReason'?: ({[key: string]: number | string | Long});
}

export interface IngestRecordsResponse__Output {
  'counts': (_twinward_v1_SourceCounts__Output | null);
  'subjectsChanged': (string);
  'quarantinedByReason': ({[key: string]: string});
}
