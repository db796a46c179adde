// Original file: twinward/v1/twin_control.proto


export interface OutcomeSelection {
  'name'?: (string);
  'horizon'?: (string);
}

export interface OutcomeSelection__Output {
  'name': (string);
  'horizon': (string);
}
