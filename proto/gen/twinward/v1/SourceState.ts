// Original file: twinward/v1/twin_control.proto

import type { SyncState as _twinward_v1_SyncState, SyncState__Output as _twinward_v1_SyncState__Output } from '../../twinward/v1/SyncState.ts';
import type { SourceCounts as _twinward_v1_SourceCounts, SourceCounts__Output as _twinward_v1_SourceCounts__Output } from '../../twinward/v1/SourceCounts.ts';
import type { Long } from '@grpc/proto-loader';

export interface SourceState {
  'name'?: (string);
  'uid'?: (string);
  'sync'?: (_twinward_v1_SyncState);
  'reasonCode'?: (string);
  'lastStart'?: (string);
  'lastCompletion'?: (string);
  'watermark'?: (string);
  'counts'?: (_twinward_v1_SourceCounts | null);
  'quarantinedByReason'?: ({[key: string]: number | string | Long});
  'totals'?: (_twinward_v1_SourceCounts | null);
}

export interface SourceState__Output {
  'name': (string);
  'uid': (string);
  'sync': (_twinward_v1_SyncState__Output);
  'reasonCode': (string);
  'lastStart': (string);
  'lastCompletion': (string);
  'watermark': (string);
  'counts': (_twinward_v1_SourceCounts__Output | null);
  'quarantinedByReason': ({[key: string]: string});
  'totals': (_twinward_v1_SourceCounts__Output | null);
}
