// Original file: twinward/v1/twin_control.proto

import type { ChangedKey as _twinward_v1_ChangedKey, ChangedKey__Output as _twinward_v1_ChangedKey__Output } from '../../twinward/v1/ChangedKey.ts';

export interface WatchChangesResponse {
  'keys'?: (_twinward_v1_ChangedKey)[];
  'cursor'?: (string);
  'snapshot'?: (boolean);
}

export interface WatchChangesResponse__Output {
  'keys': (_twinward_v1_ChangedKey__Output)[];
  'cursor': (string);
  'snapshot': (boolean);
}
