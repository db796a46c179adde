// Original file: twinward/v1/twin_control.proto

import type { TwinState as _twinward_v1_TwinState, TwinState__Output as _twinward_v1_TwinState__Output } from '../../twinward/v1/TwinState.ts';

export interface BatchGetTwinsResponse {
  'states'?: (_twinward_v1_TwinState)[];
}

export interface BatchGetTwinsResponse__Output {
  'states': (_twinward_v1_TwinState__Output)[];
}
