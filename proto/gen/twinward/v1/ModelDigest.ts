// Original file: twinward/v1/twin_control.proto


export interface ModelDigest {
  'name'?: (string);
  'sha256'?: (string);
}

export interface ModelDigest__Output {
  'name': (string);
  'sha256': (string);
}
