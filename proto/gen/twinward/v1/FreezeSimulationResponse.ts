// Original file: twinward/v1/twin_control.proto

import type { Frozen as _twinward_v1_Frozen, Frozen__Output as _twinward_v1_Frozen__Output } from '../../twinward/v1/Frozen.ts';
import type { Refused as _twinward_v1_Refused, Refused__Output as _twinward_v1_Refused__Output } from '../../twinward/v1/Refused.ts';

export interface FreezeSimulationResponse {
  'frozen'?: (_twinward_v1_Frozen | null);
  'refused'?: (_twinward_v1_Refused | null);
  'answer'?: "frozen"|"refused";
}

export interface FreezeSimulationResponse__Output {
  'frozen'?: (_twinward_v1_Frozen__Output | null);
  'refused'?: (_twinward_v1_Refused__Output | null);
  'answer'?: "frozen"|"refused";
}
