// Original file: twinward/v1/twin_data.proto


export interface PersonIdentifier {
  'system'?: (string);
  'value'?: (string);
}

export interface PersonIdentifier__Output {
  'system': (string);
  'value': (string);
}
