// Original file: twinward/v1/twin_data.proto


export interface EraseSubjectRequest {
  'handle'?: (string);
  'reason'?: (string);
  'immediate'?: (boolean);
  'dryRun'?: (boolean);
}

export interface EraseSubjectRequest__Output {
  'handle': (string);
  'reason': (string);
  'immediate': (boolean);
  'dryRun': (boolean);
}
