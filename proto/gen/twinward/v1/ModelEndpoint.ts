// Original file: twinward/v1/twin_control.proto


export interface ModelEndpoint {
  'name'?: (string);
  'uid'?: (string);
  'sha256'?: (string);
  'target'?: (string);
  'ready'?: (boolean);
  'deleted'?: (boolean);
}

export interface ModelEndpoint__Output {
  'name': (string);
  'uid': (string);
  'sha256': (string);
  'target': (string);
  'ready': (boolean);
  'deleted': (boolean);
}
