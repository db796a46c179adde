// Original file: twinward/v1/trajectory.proto


export interface DescribeRequest {
  'model'?: (string);
}

export interface DescribeRequest__Output {
  'model': (string);
}
