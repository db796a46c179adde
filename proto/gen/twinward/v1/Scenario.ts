// Original file: twinward/v1/trajectory.proto

import type { Intervention as _twinward_v1_Intervention, Intervention__Output as _twinward_v1_Intervention__Output } from '../../twinward/v1/Intervention.ts';

export interface Scenario {
  'name'?: (string);
  'interventions'?: (_twinward_v1_Intervention)[];
}

export interface Scenario__Output {
  'name': (string);
  'interventions': (_twinward_v1_Intervention__Output)[];
}
