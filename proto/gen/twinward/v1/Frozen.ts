// Original file: twinward/v1/twin_control.proto

import type { Long } from '@grpc/proto-loader';

export interface Frozen {
  'runKey'?: (string);
  'snapshot'?: (string);
  'subjects'?: (number | string | Long);
  'unitsTotal'?: (number | string | Long);
  'reused'?: (boolean);
  'modelSha256'?: (string);
}

export interface Frozen__Output {
  'runKey': (string);
  'snapshot': (string);
  'subjects': (string);
  'unitsTotal': (string);
  'reused': (boolean);
  'modelSha256': (string);
}
