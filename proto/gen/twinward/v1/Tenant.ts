// Original file: twinward/v1/twin_control.proto


export interface Tenant {
  'namespace'?: (string);
  'namespaceUid'?: (string);
  'purpose'?: (string);
  'adoptsNamespaceUid'?: (string);
}

export interface Tenant__Output {
  'namespace': (string);
  'namespaceUid': (string);
  'purpose': (string);
  'adoptsNamespaceUid': (string);
}
