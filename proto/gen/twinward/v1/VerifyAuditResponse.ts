// Original file: twinward/v1/twin_data.proto

import type { Long } from '@grpc/proto-loader';

export interface VerifyAuditResponse {
  'entries'?: (number | string | Long);
  'blocks'?: (number | string | Long);
  'firstBrokenBlock'?: (number | string | Long);
  'unsealed'?: (number | string | Long);
  'firstAlteredEntry'?: (number | string | Long);
}

export interface VerifyAuditResponse__Output {
  'entries': (string);
  'blocks': (string);
  'firstBrokenBlock': (string);
  'unsealed': (string);
  'firstAlteredEntry': (string);
}
