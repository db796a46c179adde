// Original file: twinward/v1/twin_data.proto

import type { Scenario as _twinward_v1_Scenario, Scenario__Output as _twinward_v1_Scenario__Output } from '../../twinward/v1/Scenario.ts';

export interface WhatIfRequest {
  'handle'?: (string);
  'model'?: (string);
  'scenarios'?: (_twinward_v1_Scenario)[];
  'horizonsDays'?: (number | string)[];
  'outcomes'?: (string)[];
  'trajectories'?: (number);
  'seed'?: (number);
}

export interface WhatIfRequest__Output {
  'handle': (string);
  'model': (string);
  'scenarios': (_twinward_v1_Scenario__Output)[];
  'horizonsDays': (number)[];
  'outcomes': (string)[];
  'trajectories': (number);
  'seed': (number);
}
