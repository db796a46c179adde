// Original file: twinward/v1/twin_control.proto

import type { Tenant as _twinward_v1_Tenant, Tenant__Output as _twinward_v1_Tenant__Output } from '../../twinward/v1/Tenant.ts';

export interface RetainTwinsRequest {
  'tenant'?: (_twinward_v1_Tenant | null);
  'livingUids'?: (string)[];
}

export interface RetainTwinsRequest__Output {
  'tenant': (_twinward_v1_Tenant__Output | null);
  'livingUids': (string)[];
}
