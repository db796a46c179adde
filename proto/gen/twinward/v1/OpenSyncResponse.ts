// Original file: twinward/v1/twin_data.proto

import type { Long } from '@grpc/proto-loader';

export interface OpenSyncResponse {
  'lease'?: (number | string | Long);
  'cursor'?: (Buffer | Uint8Array | string);
  'quarantinedFiles'?: (string)[];
}

export interface OpenSyncResponse__Output {
  'lease': (string);
  'cursor': (Buffer);
  'quarantinedFiles': (string)[];
}
