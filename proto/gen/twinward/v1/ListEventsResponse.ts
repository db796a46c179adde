// Original file: twinward/v1/twin_data.proto

import type { StoredEvent as _twinward_v1_StoredEvent, StoredEvent__Output as _twinward_v1_StoredEvent__Output } from '../../twinward/v1/StoredEvent.ts';
import type { Long } from '@grpc/proto-loader';

export interface ListEventsResponse {
  'events'?: (_twinward_v1_StoredEvent)[];
  'nextPageToken'?: (string);
  'revision'?: (number | string | Long);
}

export interface ListEventsResponse__Output {
  'events': (_twinward_v1_StoredEvent__Output)[];
  'nextPageToken': (string);
  'revision': (string);
}
