// Original file: twinward/v1/twin_data.proto

import type { SimulationResult as _twinward_v1_SimulationResult, SimulationResult__Output as _twinward_v1_SimulationResult__Output } from '../../twinward/v1/SimulationResult.ts';
import type { Warning as _twinward_v1_Warning, Warning__Output as _twinward_v1_Warning__Output } from '../../twinward/v1/Warning.ts';
import type { Long } from '@grpc/proto-loader';

export interface GetResultsResponse {
  'runKey'?: (string);
  'results'?: (_twinward_v1_SimulationResult)[];
  'modelSha256'?: (string);
  'engine'?: (string);
  'asOf'?: (string);
  'subjects'?: (number | string | Long);
  'warnings'?: (_twinward_v1_Warning)[];
  'digest'?: (string);
}

export interface GetResultsResponse__Output {
  'runKey': (string);
  'results': (_twinward_v1_SimulationResult__Output)[];
  'modelSha256': (string);
  'engine': (string);
  'asOf': (string);
  'subjects': (string);
  'warnings': (_twinward_v1_Warning__Output)[];
  'digest': (string);
}
