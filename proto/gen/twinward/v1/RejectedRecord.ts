// Original file: twinward/v1/twin_data.proto


export interface RejectedRecord {
  'reason'?: (string);
  'raw'?: (Buffer | Uint8Array | string);
  'position'?: (string);
  'itemKey'?: (Buffer | Uint8Array | string);
}

export interface RejectedRecord__Output {
  'reason': (string);
  'raw': (Buffer);
  'position': (string);
  'itemKey': (Buffer);
}
