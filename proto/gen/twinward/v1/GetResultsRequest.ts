// Original file: twinward/v1/twin_data.proto


export interface GetResultsRequest {
  'simulation'?: (string);
}

export interface GetResultsRequest__Output {
  'simulation': (string);
}
