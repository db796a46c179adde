// Original file: twinward/v1/trajectory.proto


export interface Coverage {
  'mapped'?: (number);
  'ignored'?: (number);
  'unmapped'?: (number);
  'badUnit'?: (number);
}

export interface Coverage__Output {
  'mapped': (number);
  'ignored': (number);
  'unmapped': (number);
  'badUnit': (number);
}
