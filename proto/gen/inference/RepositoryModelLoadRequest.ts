// Original file: inference/grpc_service.proto


export interface RepositoryModelLoadRequest {
  'repositoryName'?: (string);
  'modelName'?: (string);
}

export interface RepositoryModelLoadRequest__Output {
  'repositoryName': (string);
  'modelName': (string);
}
