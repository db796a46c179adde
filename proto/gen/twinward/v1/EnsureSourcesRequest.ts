// Original file: twinward/v1/twin_control.proto

import type { Tenant as _twinward_v1_Tenant, Tenant__Output as _twinward_v1_Tenant__Output } from '../../twinward/v1/Tenant.ts';
import type { SourceSpec as _twinward_v1_SourceSpec, SourceSpec__Output as _twinward_v1_SourceSpec__Output } from '../../twinward/v1/SourceSpec.ts';

export interface EnsureSourcesRequest {
  'tenant'?: (_twinward_v1_Tenant | null);
  'sources'?: (_twinward_v1_SourceSpec)[];
}

export interface EnsureSourcesRequest__Output {
  'tenant': (_twinward_v1_Tenant__Output | null);
  'sources': (_twinward_v1_SourceSpec__Output)[];
}
