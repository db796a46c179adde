// Original file: twinward/v1/trajectory.proto


export interface SampleRange {
  'from'?: (number);
  'to'?: (number);
}

export interface SampleRange__Output {
  'from': (number);
  'to': (number);
}
