// Original file: twinward/v1/twin_data.proto


export interface OpenSyncRequest {
  'source'?: (string);
  'holder'?: (string);
}

export interface OpenSyncRequest__Output {
  'source': (string);
  'holder': (string);
}
