// Original file: twinward/v1/trajectory.proto


export interface OutcomeDescription {
  'name'?: (string);
  'title'?: (string);
  'calibrated'?: (boolean);
  'recurrent'?: (boolean);
  'logitSd'?: (number | string);
}

export interface OutcomeDescription__Output {
  'name': (string);
  'title': (string);
  'calibrated': (boolean);
  'recurrent': (boolean);
  'logitSd': (number);
}
