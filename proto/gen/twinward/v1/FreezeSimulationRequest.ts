// Original file: twinward/v1/twin_control.proto

import type { Tenant as _twinward_v1_Tenant, Tenant__Output as _twinward_v1_Tenant__Output } from '../../twinward/v1/Tenant.ts';
import type { SimulationSpec as _twinward_v1_SimulationSpec, SimulationSpec__Output as _twinward_v1_SimulationSpec__Output } from '../../twinward/v1/SimulationSpec.ts';

export interface FreezeSimulationRequest {
  'tenant'?: (_twinward_v1_Tenant | null);
  'name'?: (string);
  'uid'?: (string);
  'spec'?: (_twinward_v1_SimulationSpec | null);
  'asOf'?: (string);
}

export interface FreezeSimulationRequest__Output {
  'tenant': (_twinward_v1_Tenant__Output | null);
  'name': (string);
  'uid': (string);
  'spec': (_twinward_v1_SimulationSpec__Output | null);
  'asOf': (string);
}
