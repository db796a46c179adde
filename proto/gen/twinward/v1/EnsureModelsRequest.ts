// Original file: twinward/v1/twin_control.proto

import type { Tenant as _twinward_v1_Tenant, Tenant__Output as _twinward_v1_Tenant__Output } from '../../twinward/v1/Tenant.ts';
import type { ModelEndpoint as _twinward_v1_ModelEndpoint, ModelEndpoint__Output as _twinward_v1_ModelEndpoint__Output } from '../../twinward/v1/ModelEndpoint.ts';

export interface EnsureModelsRequest {
  'tenant'?: (_twinward_v1_Tenant | null);
  'models'?: (_twinward_v1_ModelEndpoint)[];
}

export interface EnsureModelsRequest__Output {
  'tenant': (_twinward_v1_Tenant__Output | null);
  'models': (_twinward_v1_ModelEndpoint__Output)[];
}
