// Original file: inference/grpc_service.proto


export interface ModelParameter {
  'stringValue'?: (string);
}

export interface ModelParameter__Output {
  'stringValue': (string);
}
