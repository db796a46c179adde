// Original file: twinward/v1/twin_data.proto


export interface CommitUnitResponse {
  'duplicate'?: (boolean);
}

export interface CommitUnitResponse__Output {
  'duplicate': (boolean);
}
