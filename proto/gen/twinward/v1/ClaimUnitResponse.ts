// Original file: twinward/v1/twin_data.proto

import type { UnitSubject as _twinward_v1_UnitSubject, UnitSubject__Output as _twinward_v1_UnitSubject__Output } from '../../twinward/v1/UnitSubject.ts';
import type { Long } from '@grpc/proto-loader';

export interface ClaimUnitResponse {
  'unit'?: (string);
  'lease'?: (number | string | Long);
  'leaseSeconds'?: (number);
  'subjects'?: (_twinward_v1_UnitSubject)[];
  'finished'?: (boolean);
  'retryAfterMs'?: (number);
}

export interface ClaimUnitResponse__Output {
  'unit': (string);
  'lease': (string);
  'leaseSeconds': (number);
  'subjects': (_twinward_v1_UnitSubject__Output)[];
  'finished': (boolean);
  'retryAfterMs': (number);
}
