// Original file: twinward/v1/twin_data.proto


export interface ClaimUnitRequest {
  'runKey'?: (string);
  'holder'?: (string);
}

export interface ClaimUnitRequest__Output {
  'runKey': (string);
  'holder': (string);
}
