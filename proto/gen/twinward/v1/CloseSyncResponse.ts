// Original file: twinward/v1/twin_data.proto

import type { SourceState as _twinward_v1_SourceState, SourceState__Output as _twinward_v1_SourceState__Output } from '../../twinward/v1/SourceState.ts';

export interface CloseSyncResponse {
  'state'?: (_twinward_v1_SourceState | null);
}

export interface CloseSyncResponse__Output {
  'state': (_twinward_v1_SourceState__Output | null);
}
