// Original file: twinward/v1/twin_control.proto

import type { Long } from '@grpc/proto-loader';

export interface RetainTwinsResponse {
  'released'?: (number | string | Long);
  'predictionsDeleted'?: (number | string | Long);
}

export interface RetainTwinsResponse__Output {
  'released': (string);
  'predictionsDeleted': (string);
}
