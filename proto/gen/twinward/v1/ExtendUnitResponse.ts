// Original file: twinward/v1/twin_data.proto


export interface ExtendUnitResponse {
  'leaseSeconds'?: (number);
}

export interface ExtendUnitResponse__Output {
  'leaseSeconds': (number);
}
