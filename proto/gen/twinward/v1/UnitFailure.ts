// Original file: twinward/v1/twin_data.proto


export interface UnitFailure {
  'reason'?: (string);
  'message'?: (string);
}

export interface UnitFailure__Output {
  'reason': (string);
  'message': (string);
}
