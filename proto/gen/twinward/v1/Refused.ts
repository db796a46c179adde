// Original file: twinward/v1/twin_control.proto


export interface Refused {
  'reason'?: (string);
  'message'?: (string);
  'retryable'?: (boolean);
}

export interface Refused__Output {
  'reason': (string);
  'message': (string);
  'retryable': (boolean);
}
