// Original file: twinward/v1/twin_data.proto

import type { Long } from '@grpc/proto-loader';

export interface IngestHeader {
  'source'?: (string);
  'lease'?: (number | string | Long);
}

export interface IngestHeader__Output {
  'source': (string);
  'lease': (string);
}
