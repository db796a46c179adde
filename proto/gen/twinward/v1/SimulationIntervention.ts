// Original file: twinward/v1/twin_control.proto


export interface SimulationIntervention {
  'action'?: (string);
  'system'?: (string);
  'code'?: (string);
  'after'?: (string);
  'value'?: (string);
  'unit'?: (string);
}

export interface SimulationIntervention__Output {
  'action': (string);
  'system': (string);
  'code': (string);
  'after': (string);
  'value': (string);
  'unit': (string);
}
