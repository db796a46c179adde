// Original file: twinward/v1/twin_data.proto

import type { Long } from '@grpc/proto-loader';

export interface CloseSyncRequest {
  'source'?: (string);
  'lease'?: (number | string | Long);
  'failure'?: (string);
  'start'?: (string);
  'watermark'?: (string);
  'keepLease'?: (boolean);
}

export interface CloseSyncRequest__Output {
  'source': (string);
  'lease': (string);
  'failure': (string);
  'start': (string);
  'watermark': (string);
  'keepLease': (boolean);
}
