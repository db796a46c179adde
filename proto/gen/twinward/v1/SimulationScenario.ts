// Original file: twinward/v1/twin_control.proto

import type { SimulationIntervention as _twinward_v1_SimulationIntervention, SimulationIntervention__Output as _twinward_v1_SimulationIntervention__Output } from '../../twinward/v1/SimulationIntervention.ts';

export interface SimulationScenario {
  'name'?: (string);
  'interventions'?: (_twinward_v1_SimulationIntervention)[];
}

export interface SimulationScenario__Output {
  'name': (string);
  'interventions': (_twinward_v1_SimulationIntervention__Output)[];
}
