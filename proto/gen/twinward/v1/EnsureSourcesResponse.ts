// Original file: twinward/v1/twin_control.proto

import type { SourceState as _twinward_v1_SourceState, SourceState__Output as _twinward_v1_SourceState__Output } from '../../twinward/v1/SourceState.ts';

export interface EnsureSourcesResponse {
  'states'?: (_twinward_v1_SourceState)[];
}

export interface EnsureSourcesResponse__Output {
  'states': (_twinward_v1_SourceState__Output)[];
}
