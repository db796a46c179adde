// Original file: twinward/v1/trajectory.proto


export interface OutcomeDescription {
  'name'?: (string);
  'title'?: (string);
  'calibrated'?: (boolean);
  'recurrent'?: (boolean);
}

export interface OutcomeDescription__Output {
  'name': (string);
  'title': (string);
  'calibrated': (boolean);
  'recurrent': (boolean);
}
