// Original file: twinward/v1/twin_control.proto

import type { Long } from '@grpc/proto-loader';

export interface SourceCounts {
  'received'?: (number | string | Long);
  'stored'?: (number | string | Long);
  'unchanged'?: (number | string | Long);
  'quarantined'?: (number | string | Long);
}

export interface SourceCounts__Output {
  'received': (string);
  'stored': (string);
  'unchanged': (string);
  'quarantined': (string);
}
