// Original file: twinward/v1/twin_data.proto


export interface ListPredictionsRequest {
  'handle'?: (string);
  'pageSize'?: (number);
  'pageToken'?: (string);
}

export interface ListPredictionsRequest__Output {
  'handle': (string);
  'pageSize': (number);
  'pageToken': (string);
}
