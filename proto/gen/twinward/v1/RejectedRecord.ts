// Original file: twinward/v1/twin_data.proto

import type { Long } from '@grpc/proto-loader';

export interface RejectedRecord {
  'reason'?: (string);
  'raw'?: (Buffer | Uint8Array | string);
  'position'?: (string);
  'itemKey'?: (Buffer | Uint8Array | string);
  'type'?: (string);
  'id'?: (string);
  'sourceOrder'?: (number | string | Long);
}

export interface RejectedRecord__Output {
  'reason': (string);
  'raw': (Buffer);
  'position': (string);
  'itemKey': (Buffer);
  'type': (string);
  'id': (string);
  'sourceOrder': (string);
}
