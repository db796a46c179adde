// Original file: twinward/v1/twin_data.proto


export interface EnrolResponse {
  'handle'?: (string);
  'known'?: (boolean);
}

export interface EnrolResponse__Output {
  'handle': (string);
  'known': (boolean);
}
