// Original file: twinward/v1/twin_data.proto

import type { Long } from '@grpc/proto-loader';

export interface QueryCohortResponse {
  'subjects'?: (number | string | Long);
}

export interface QueryCohortResponse__Output {
  'subjects': (string);
}
