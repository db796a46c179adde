// Original file: twinward/v1/trajectory.proto


export interface Warning {
  'reason'?: (string);
  'message'?: (string);
}

export interface Warning__Output {
  'reason': (string);
  'message': (string);
}
