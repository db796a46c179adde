// Original file: twinward/v1/twin_control.proto


export interface CohortCriterion {
  'system'?: (string);
  'code'?: (string);
  'presence'?: (string);
}

export interface CohortCriterion__Output {
  'system': (string);
  'code': (string);
  'presence': (string);
}
