// Original file: twinward/v1/twin_control.proto

import type { Cohort as _twinward_v1_Cohort, Cohort__Output as _twinward_v1_Cohort__Output } from '../../twinward/v1/Cohort.ts';
import type { SimulationScenario as _twinward_v1_SimulationScenario, SimulationScenario__Output as _twinward_v1_SimulationScenario__Output } from '../../twinward/v1/SimulationScenario.ts';

export interface SimulationSpec {
  'model'?: (string);
  'modelSha256'?: (string);
  'twin'?: (string);
  'cohort'?: (_twinward_v1_Cohort | null);
  'horizon'?: (string);
  'trajectories'?: (number);
  'seed'?: (number);
  'baseline'?: (string);
  'scenarios'?: (_twinward_v1_SimulationScenario)[];
  'outcomes'?: (string)[];
  'subjects'?: "twin"|"cohort";
}

export interface SimulationSpec__Output {
  'model': (string);
  'modelSha256': (string);
  'twin'?: (string);
  'cohort'?: (_twinward_v1_Cohort__Output | null);
  'horizon': (string);
  'trajectories': (number);
  'seed': (number);
  'baseline': (string);
  'scenarios': (_twinward_v1_SimulationScenario__Output)[];
  'outcomes': (string)[];
  'subjects'?: "twin"|"cohort";
}
