// Original file: twinward/v1/twin_data.proto

import type { Long } from '@grpc/proto-loader';

export interface ListEventsRequest {
  'handle'?: (string);
  'revision'?: (number | string | Long);
  'pageSize'?: (number);
  'pageToken'?: (string);
}

export interface ListEventsRequest__Output {
  'handle': (string);
  'revision': (string);
  'pageSize': (number);
  'pageToken': (string);
}
