// Original file: twinward/v1/twin_data.proto

import type { Long } from '@grpc/proto-loader';

export interface ExtendUnitRequest {
  'runKey'?: (string);
  'unit'?: (string);
  'lease'?: (number | string | Long);
}

export interface ExtendUnitRequest__Output {
  'runKey': (string);
  'unit': (string);
  'lease': (string);
}
