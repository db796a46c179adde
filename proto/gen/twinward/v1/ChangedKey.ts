// Original file: twinward/v1/twin_control.proto

import type { ChangedKind as _twinward_v1_ChangedKind, ChangedKind__Output as _twinward_v1_ChangedKind__Output } from '../../twinward/v1/ChangedKind.ts';

export interface ChangedKey {
  'kind'?: (_twinward_v1_ChangedKind);
  'namespace'?: (string);
  'name'?: (string);
}

export interface ChangedKey__Output {
  'kind': (_twinward_v1_ChangedKind__Output);
  'namespace': (string);
  'name': (string);
}
