// Original file: twinward/v1/twin_control.proto

import type { Tenant as _twinward_v1_Tenant, Tenant__Output as _twinward_v1_Tenant__Output } from '../../twinward/v1/Tenant.ts';
import type { TwinSpec as _twinward_v1_TwinSpec, TwinSpec__Output as _twinward_v1_TwinSpec__Output } from '../../twinward/v1/TwinSpec.ts';

export interface EnsureTwinsRequest {
  'tenant'?: (_twinward_v1_Tenant | null);
  'twins'?: (_twinward_v1_TwinSpec)[];
}

export interface EnsureTwinsRequest__Output {
  'tenant': (_twinward_v1_Tenant__Output | null);
  'twins': (_twinward_v1_TwinSpec__Output)[];
}
