// Original file: twinward/v1/twin_control.proto

import type { RunState as _twinward_v1_RunState, RunState__Output as _twinward_v1_RunState__Output } from '../../twinward/v1/RunState.ts';
import type { SimulationResult as _twinward_v1_SimulationResult, SimulationResult__Output as _twinward_v1_SimulationResult__Output } from '../../twinward/v1/SimulationResult.ts';
import type { Long } from '@grpc/proto-loader';

export interface FinalizeSimulationResponse {
  'state'?: (_twinward_v1_RunState);
  'unitsTotal'?: (number | string | Long);
  'unitsCompleted'?: (number | string | Long);
  'results'?: (_twinward_v1_SimulationResult)[];
  'engine'?: (string);
  'reason'?: (string);
  'message'?: (string);
  'withdrawn'?: (number | string | Long);
}

export interface FinalizeSimulationResponse__Output {
  'state': (_twinward_v1_RunState__Output);
  'unitsTotal': (string);
  'unitsCompleted': (string);
  'results': (_twinward_v1_SimulationResult__Output)[];
  'engine': (string);
  'reason': (string);
  'message': (string);
  'withdrawn': (string);
}
