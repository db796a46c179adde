// Original file: twinward/v1/twin_data.proto

import type { UnitResult as _twinward_v1_UnitResult, UnitResult__Output as _twinward_v1_UnitResult__Output } from '../../twinward/v1/UnitResult.ts';
import type { UnitFailure as _twinward_v1_UnitFailure, UnitFailure__Output as _twinward_v1_UnitFailure__Output } from '../../twinward/v1/UnitFailure.ts';
import type { Long } from '@grpc/proto-loader';

export interface CommitUnitRequest {
  'runKey'?: (string);
  'unit'?: (string);
  'lease'?: (number | string | Long);
  'result'?: (_twinward_v1_UnitResult | null);
  'failure'?: (_twinward_v1_UnitFailure | null);
  'outcome'?: "result"|"failure";
}

export interface CommitUnitRequest__Output {
  'runKey': (string);
  'unit': (string);
  'lease': (string);
  'result'?: (_twinward_v1_UnitResult__Output | null);
  'failure'?: (_twinward_v1_UnitFailure__Output | null);
  'outcome'?: "result"|"failure";
}
