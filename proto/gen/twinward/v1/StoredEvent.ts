// Original file: twinward/v1/twin_data.proto

import type { RecordEvent as _twinward_v1_RecordEvent, RecordEvent__Output as _twinward_v1_RecordEvent__Output } from '../../twinward/v1/RecordEvent.ts';
import type { Long } from '@grpc/proto-loader';

export interface StoredEvent {
  'event'?: (_twinward_v1_RecordEvent | null);
  'source'?: (string);
  'fromRevision'?: (number | string | Long);
}

export interface StoredEvent__Output {
  'event': (_twinward_v1_RecordEvent__Output | null);
  'source': (string);
  'fromRevision': (string);
}
