// Original file: twinward/v1/twin_data.proto

import type { SimulateRequest as _twinward_v1_SimulateRequest, SimulateRequest__Output as _twinward_v1_SimulateRequest__Output } from '../../twinward/v1/SimulateRequest.ts';
import type { Long } from '@grpc/proto-loader';

export interface UnitSubject {
  'ordinal'?: (number | string | Long);
  'request'?: (_twinward_v1_SimulateRequest | null);
}

export interface UnitSubject__Output {
  'ordinal': (string);
  'request': (_twinward_v1_SimulateRequest__Output | null);
}
