// Original file: twinward/v1/twin_data.proto

import type { Long } from '@grpc/proto-loader';

export interface EraseSubjectResponse {
  'erasure'?: (string);
  'state'?: (string);
  'at'?: (string);
  'removed'?: ({[key: string]: number | string | Long});
  'certificate'?: (string);
}

export interface EraseSubjectResponse__Output {
  'erasure': (string);
  'state': (string);
  'at': (string);
  'removed': ({[key: string]: string});
  'certificate': (string);
}
