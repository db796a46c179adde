// Original file: twinward/v1/twin_control.proto


export interface WatchChangesRequest {
  'cursor'?: (string);
}

export interface WatchChangesRequest__Output {
  'cursor': (string);
}
