// Original file: twinward/v1/twin_data.proto


export interface GetTwinRequest {
  'handle'?: (string);
}

export interface GetTwinRequest__Output {
  'handle': (string);
}
